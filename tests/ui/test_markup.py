"""No text of a server, a container or a release is read as markup, wherever the window shows it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import ui
from tests.ui.audit import read_as_markup
from tests.ui.preview import settle, throw_away, wizard_window
from tests.ui.states import panel, unfold, wizard_states
from ui.panel.elided_label import Cut
from ui.widgets.tips import no_markup, tip

EVIL = '<img src="file:///etc/passwd"><b>x</b> &lt;'
ROOT = Path(ui.__file__).parent

#: Fields of the states that hold text from elsewhere, and nothing that the program tells cases apart by.
FOREIGN = {
    *(
        "about",
        "banner",
        "comment",
        "detail",
        "evidence",
        "health_output",
        "image",
        "issuer",
        "kernel",
        "line",
    ),
    *("lines", "link", "notes_url", "output", "path", "ports", "product", "project", "said", "subject"),
    *("text", "title", "url", "user", "who"),
}


def hostile(value: Any, name: str = "") -> Any:
    """*value* with EVIL before every text of a field in FOREIGN, however deep."""
    if isinstance(value, str):
        return EVIL + value if name in FOREIGN and value else value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(hostile(v, name) for v in value)
    if isinstance(value, list):
        return [hostile(v, name) for v in value]
    if isinstance(value, dict):
        return {k: hostile(v, name) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        old = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        new = {k: hostile(v, k) for k, v in old.items()}
        changed = {k: v for k, v in new.items() if v is not old[k] and v != old[k]}
        return replace(value, **changed) if changed else value
    return value


def panel_windows() -> Mapping[str, tuple[Any, str]]:
    return {
        f"{section}-{name}": (section, name) for section, states in panel.STATES.items() for name in states
    }


@pytest.mark.parametrize("text", [EVIL, "a <b", "&lt;b&gt;", "a\nb <i>c</i>\n  d", "plain & simple"])
def test_a_tip_shows_every_letter(text: str) -> None:
    made = tip(text)
    if not Qt.mightBeRichText(made):
        assert made == text
        return
    document = QTextDocument()
    document.setHtml(made)
    assert document.toPlainText().replace("\u2028", "\n") == text


def test_what_is_cut_off_is_in_a_tip_that_opens_no_file(qtbot: QtBot) -> None:
    cut = Cut()
    qtbot.addWidget(cut)
    cut.resize(40, 20)
    cut.show_text(EVIL)
    parent = QWidget()
    qtbot.addWidget(parent)
    cut.setParent(parent)
    assert cut.toolTip() and not [*read_as_markup(parent)]
    cut.setToolTip(EVIL)
    assert [*read_as_markup(parent)]  # the audit sees it


def test_the_desktop_gets_no_markup() -> None:
    assert not Qt.mightBeRichText(no_markup(EVIL))
    assert not set("<>&") & set(no_markup(EVIL))


@pytest.mark.parametrize("name", ["containers-running", "overview-running"])
def test_hostile_names_in_the_panel(name: str) -> None:
    look_at_panel(name)


def look_at_panel(name: str) -> None:
    section, state = panel_windows()[name]
    shown = panel.STATES[section][state]
    window = panel.panel_window(hostile(replace(shown.make(), section=section)), "en", "light")
    judge(window)


def judge(window: QWidget) -> None:
    settle(window, 1024, 700)
    try:
        assert not [*read_as_markup(window)]
    finally:
        throw_away(window)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(panel_windows()))
def test_hostile_names_in_every_state_of_the_panel(name: str) -> None:
    look_at_panel(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(wizard_states()))
def test_hostile_names_on_every_page(name: str) -> None:
    state = hostile(wizard_states()[name]())
    shell, view = wizard_window(state, "en", "light")
    unfold(name, view.pages[state.page])
    judge(shell)


#: What reads markup where it looks like some, and where it is called.
NOWHERE: frozenset[str] = frozenset()
ONLY_IN: Mapping[str, frozenset[str]] = {
    "setToolTip": frozenset({"widgets/tips.py"}),
    **dict.fromkeys(("setWhatsThis", "setStatusTip", "setHtml", "appendHtml", "insertHtml"), NOWHERE),
    **dict.fromkeys(("QMessageBox", "QErrorMessage", "QTextEdit", "QTextBrowser", "QStaticText"), NOWHERE),
}


def test_tool_tips_are_set_at_one_place_and_markup_nowhere() -> None:
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "attr", getattr(called, "id", ""))
            assert place in ONLY_IN.get(name, {place}), f"{name} in {place}"
            if name == "showMessage":
                assert "no_markup(" in ast.unparse(node), place


def test_models_give_out_tips_that_are_made_here() -> None:
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "ToolTipRole" in text:
            assert "from ui.widgets.tips import tip" in text, path
