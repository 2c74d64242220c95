"""Whether what is known was judged from the answers as they are now."""

from __future__ import annotations

from installer.views.wizard import WizardState, effective


def judged(state: WizardState) -> bool:
    """Whether the situation at hand belongs to these very answers."""
    if state.situation is None:
        return False
    from installer.config.acme_awaited import as_asked  # late: the first window needs none of it

    return as_asked(state.situation.answers) == effective(state)
