"""What keys send, as xterm does it."""

from __future__ import annotations

import pytest

from installer.terminal.keys import NAMES, Modifiers, control, named, pasted, typed

NONE, SHIFT, ALT, CTRL = Modifiers(), Modifiers(shift=True), Modifiers(alt=True), Modifiers(ctrl=True)


@pytest.mark.parametrize(
    ("name", "held", "application", "sent"),
    [
        ("up", NONE, False, b"\x1b[A"),
        ("up", NONE, True, b"\x1bOA"),
        ("left", CTRL, True, b"\x1b[1;5D"),
        ("right", Modifiers(shift=True, alt=True, ctrl=True), False, b"\x1b[1;8C"),
        ("home", NONE, False, b"\x1b[H"),
        ("end", NONE, True, b"\x1bOF"),
        ("delete", NONE, False, b"\x1b[3~"),
        ("delete", SHIFT, False, b"\x1b[3;2~"),
        ("page up", NONE, False, b"\x1b[5~"),
        ("f1", NONE, False, b"\x1bOP"),
        ("f4", ALT, False, b"\x1b[1;3S"),
        ("f5", NONE, False, b"\x1b[15~"),
        ("f12", CTRL, False, b"\x1b[24;5~"),
        ("enter", NONE, False, b"\r"),
        ("enter", ALT, False, b"\x1b\r"),
        ("tab", SHIFT, False, b"\x1b[Z"),
        ("tab", NONE, False, b"\t"),
        ("backspace", NONE, False, b"\x7f"),
        ("backspace", CTRL, False, b"\x08"),
        ("backspace", ALT, False, b"\x1b\x7f"),
        ("escape", NONE, False, b"\x1b"),
    ],
)
def test_named_keys(name: str, held: Modifiers, application: bool, sent: bytes) -> None:
    assert named(name, held, application=application) == sent


def test_every_name_sends_something() -> None:
    assert all(
        named(name, held, application=a) for name in NAMES for held in (NONE, CTRL) for a in (True, False)
    )


@pytest.mark.parametrize(
    ("text", "key", "held", "sent"),
    [
        ("a", "A", NONE, b"a"),
        ("日本", "", NONE, "日本".encode()),
        ("x", "X", ALT, b"\x1bx"),
        ("\x03", "C", CTRL, b"\x03"),
        ("", "C", CTRL, b"\x03"),
        ("", " ", CTRL, b"\x00"),
        ("", "\\", CTRL, b"\x1c"),
        ("", "_", Modifiers(ctrl=True, shift=True), b"\x1f"),
        ("", "D", Modifiers(ctrl=True, alt=True), b"\x1b\x04"),
        ("@", "Q", Modifiers(ctrl=True, alt=True), b"@"),
        ("€", "E", Modifiers(ctrl=True, alt=True), "€".encode()),
        ("", "ö", CTRL, b""),
        ("", "", NONE, b""),
    ],
)
def test_text(text: str, key: str, held: Modifiers, sent: bytes) -> None:
    assert typed(text, key, held) == sent


def test_controls() -> None:
    assert [control(c) for c in "aZ[?"] == [1, 26, 27, 127] and control("ab") is None


def test_what_is_pasted_cannot_end_its_brackets() -> None:
    text = "one\ntwo\r\nthree\x1b[201~rm -rf /\x03\t日本"
    assert pasted(text, bracketed=False) == "one\rtwo\rthree[201~rm -rf /\t日本".encode()
    marked = pasted(text, bracketed=True)
    assert marked.startswith(b"\x1b[200~") and marked.count(b"\x1b") == 2
