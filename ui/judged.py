"""Whether what is known was judged from the answers as they are now."""

from __future__ import annotations

from dataclasses import fields, replace

from installer.settings import Answers, Tls
from installer.wizard import WizardState, effective


def judged(state: WizardState) -> bool:
    """Whether the situation at hand belongs to these very answers."""
    return state.situation is not None and _as_asked(state.situation.answers) == effective(state)


def _as_asked(answers: Answers) -> Answers:
    """*answers* of a situation without what it adds while HTTPS waits for its certificate."""
    tls = answers.tls
    if type(tls) is Tls:
        return answers
    return replace(answers, tls=Tls(**{field.name: getattr(tls, field.name) for field in fields(Tls)}))
