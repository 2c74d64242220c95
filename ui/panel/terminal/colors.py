"""The colours of a terminal: dark in either theme, because programs choose theirs for that."""

from __future__ import annotations

from collections.abc import Mapping

BACKGROUND, FOREGROUND, CURSOR, SELECTED = "#13161B", "#E7EBF1", "#7AA2FF", "#33507F"
#: pyte's names; "brown" is yellow. One of its bright names has a letter too many (pyte 0.8.2, graphics.py).
_NAMED: Mapping[str, str] = {
    "default": FOREGROUND,
    "foreground": FOREGROUND,
    "background": BACKGROUND,
    "black": "#2A303A",
    "red": "#FF7B72",
    "green": "#63C98A",
    "brown": "#E8B84A",
    "blue": "#5C8DF6",
    "magenta": "#D28CF0",
    "cyan": "#4FC6D9",
    "white": "#C9D1DB",
    "brightblack": "#7C8794",
    "brightred": "#FFA198",
    "brightgreen": "#8FE3AE",
    "brightbrown": "#F7D57E",
    "brightblue": "#7AA2FF",
    "brightmagenta": "#E5B3FF",
    "bfightmagenta": "#E5B3FF",
    "brightcyan": "#86E3F1",
    "brightwhite": "#FFFFFF",
}


def color(name: str, *, back: bool = False) -> str:
    """``#rrggbb`` of one of the emulator's colours; *back*: of what is behind a character."""
    if back and name == "default":
        return BACKGROUND
    if name in _NAMED:
        return _NAMED[name]
    return f"#{name}" if len(name) == 6 else FOREGROUND
