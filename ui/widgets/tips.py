"""Tool tips and desktop notifications: foreign text in them is never interpreted as markup.

Qt renders a tool tip as rich text if it looks like it (``Qt::mightBeRichText``) and then opens the files that
its images name. Labels have a text format (``basics.label``); tool tips have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Protocol

_BEGIN, _END = '<span style="white-space: pre-wrap">', "</span>"


class HasTip(Protocol):
    """A widget, an action or an item of a list."""

    def setToolTip(self, tip: str, /) -> None: ...  # noqa: N802


def tip(text: str) -> str:
    """What Qt shows as *text*, letter for letter. Without ``<`` and ``&lt;`` it takes none for markup (Qt 6,
    qtextdocument.cpp), and screen readers, which read tool tips out, get the text itself."""
    if "<" not in text and "&lt;" not in text:
        return text
    return f"{_BEGIN}{escape(text)}{_END}"


def tip_of_parts(parts: Iterable[str]) -> str:
    """A paragraph for each of *parts* that says something. Long lines wrap."""
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def set_tip(widget: HasTip, text: str) -> None:
    """Give *widget* a tool tip."""
    widget.setToolTip(tip(text))


def no_markup(text: str) -> str:
    """*text* for the desktop's own notes and for the tray: some desktops read markup there, others do not, so
    that neither ``<`` nor an escape of it would do."""
    return text.replace("<", "\u2039").replace(">", "\u203a").replace("&", "\uff06")


def set_tray_tip(icon: HasTip, text: str) -> None:
    """Give the *icon* in the tray a tool tip."""
    icon.setToolTip(no_markup(text))
