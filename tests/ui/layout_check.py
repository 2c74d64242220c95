"""Walks every page in every state and prints what is wrong with its layout, one JSON line a finding.

Run as a program of its own, because Qt reads the scale factor before the application is made:
QT_SCALE_FACTOR=1.25 python -m tests.ui.layout_check --language ja
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from tests.ui.audit import clipped, doubled_mnemonics, nameless, out_of_order, overlapping, read_as_markup
from tests.ui.preview import settle, throw_away, wizard_window
from tests.ui.states import panel, unfold, wizard_states

SIZES = ((960, 620), (1024, 700))


def windows(language: str) -> Iterator[tuple[str, QWidget, QWidget]]:
    """(state, window, the page in it) of everything there is."""
    for name, make in wizard_states().items():
        state = make()
        shell, view = wizard_window(state, language, "light")
        page = view.pages[state.page]
        unfold(name, page)
        yield name, shell, page
    for section, states in panel.STATES.items():
        for name in states:
            window = panel.window(section, name, language, "light")
            yield f"panel:{section}-{name}", window, panel.page_of(window)


def findings(window: QWidget, page: QWidget, width: int, height: int) -> Iterator[str]:
    """Everything wrong with *window* at a size."""
    settle(window, width, height)
    if window.width() > width or window.height() > height:
        yield f"window grew to {window.width()}x{window.height()}"
    yield from clipped(window)
    yield from overlapping(window)
    if (width, height) == SIZES[0]:
        yield from nameless(window)
        yield from out_of_order(window, page)
        yield from doubled_mnemonics(window)
        yield from read_as_markup(window)


def main(argv: list[str]) -> int:
    """Print the findings and, last, how many windows were looked at."""
    options = argparse.ArgumentParser()
    options.add_argument("--language", required=True)
    options.add_argument("--only", default="")
    options.add_argument("--smallest", action="store_true", help="the smallest size alone")
    chosen = options.parse_args(argv)
    looked = 0
    for name, window, page in windows(chosen.language):
        if chosen.only in name:
            for width, height in SIZES[:1] if chosen.smallest else SIZES:
                looked += 1
                for text in findings(window, page, width, height):
                    print(json.dumps({"state": name, "size": f"{width}x{height}", "finding": text}))
        throw_away(window)
    print(json.dumps({"looked": looked}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
