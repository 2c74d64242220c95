"""Pictures of every page in every state, for people who look at the program.

python -m tests.ui.screenshots

docs/screenshots       one state of each page, in both languages and colours
docs/screenshots/all   every state, in English light and Japanese dark
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from tests.ui.preview import change_look, settle, throw_away, wizard_window
from tests.ui.states import bring_into_sight, panel, unfold, wizard_states
from tests.ui.states.install import START
from ui.wizard.install.page import InstallPage
from ui.wizard.view import WizardView

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
LOOKS = (("en", "light"), ("ja", "dark"), ("ja", "light"), ("en", "dark"))
WIDTH, HEIGHT = 1040, 720
#: The state that stands for its page.
SHOWN = frozenset(
    {
        *("welcome-known", "where-local", "login-host_key", "checks-port", "settings-preset"),
        *("review-new", "install-pull", "install-two-causes", "install-cancelled", "install-re-attached"),
        *("done-first", "panel:overview-running", "panel:containers-running", "panel:logs-lines"),
        *("panel:server-known", "settings-authority", "settings-own_read", "checks-dns"),
        *("panel:certificate-automatic", "panel:overview-holes", "panel:containers-out-of-memory"),
        *("panel:logs-unfolded", "welcome-connected", "settings-service_refused", "review-services"),
    }
)


def windows(language: str, theme: str) -> Iterator[tuple[str, QWidget, object]]:
    """(state, window, what must live as long)."""
    change_look()
    for name, make in wizard_states().items():
        state = make()
        window, view = wizard_window(state, language, theme)
        page = view.pages[state.page]
        unfold(name, page)
        if isinstance(page, InstallPage):  # as at that moment, not minutes after the last news of it
            page._clock = lambda: START + 132.0
            view.show_state(state)
        yield name, window, view
    for section, states in panel.STATES.items():
        for name in states:
            window = panel.window(section, name, language, theme)
            yield f"panel:{section}-{name}", window, window


def take(window: QWidget, path: Path) -> None:
    """Write a picture of *window*."""
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path), "PNG", 0)


def main() -> int:
    """Write them all anew."""
    for old in FOLDER.rglob("*.png"):
        old.unlink()
    seen: set[str] = set()
    for place, (language, theme) in enumerate(LOOKS):
        for name, window, keep in windows(language, theme):
            file = f"{name.replace(':', '-')}-{language}-{theme}.png"
            if name in SHOWN or place < 2:
                settle(window, WIDTH, HEIGHT)
                if isinstance(keep, WizardView) and bring_into_sight(name, keep.pages[keep.state.page]):
                    settle(window, WIDTH, HEIGHT)
            if name in SHOWN:
                take(window, FOLDER / file)
            if place < 2:
                take(window, FOLDER / "all" / file)
            seen.add(name)
            throw_away(window)
            assert keep is not None
    print(f"{len(seen)} states; pictures in {FOLDER}")
    if unknown := SHOWN - seen:
        print(f"no such state: {sorted(unknown)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
