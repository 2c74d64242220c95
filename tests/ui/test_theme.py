"""Colours that can be read."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ui.style.theme import DARK, LIGHT, Colors, Theme, contrast, is_dark, palette, style_sheet

TEXT_ON = {
    "text": ("background", "surface", "rail", "hover", "selection", "accent_tint"),
    "second": ("background", "surface", "rail", "hover", "accent_tint"),
    "accent": ("background", "surface", "accent_tint"),
    "on_accent": ("accent", "accent_hover"),
    "ok": ("surface", "ok_tint", "background"),
    "warning": ("surface", "warning_tint", "background"),
    "stop": ("surface", "stop_tint", "background"),
    "neutral": ("surface", "neutral_tint"),
    "disabled": ("surface", "background", "rail"),
}


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(colors: Colors) -> None:
    low = {
        f"{text} on {ground}": round(contrast(getattr(colors, text), getattr(colors, ground)), 2)
        for text, grounds in TEXT_ON.items()
        for ground in grounds
        if contrast(getattr(colors, text), getattr(colors, ground)) < 4.5
    }
    assert not low


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_of_controls_can_be_seen(colors: Colors) -> None:
    for border in ("strong_border", "accent", "stop", "warning"):
        for ground in ("background", "surface"):
            assert contrast(getattr(colors, border), getattr(colors, ground)) >= 3, (border, ground)


def test_contrast_is_the_published_formula() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_name_in_the_style_sheet_is_a_colour(colors: Colors) -> None:
    assert "@" not in style_sheet(colors)
    assert all(getattr(colors, f.name).startswith("#") for f in fields(colors))


class _Hints:
    """What a system says about dark and light."""

    def __init__(self, scheme: Qt.ColorScheme) -> None:
        self._scheme = scheme

    def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802
        return self._scheme


@pytest.mark.parametrize(
    ("scheme", "changes"),
    [(Qt.ColorScheme.Unknown, 0), (Qt.ColorScheme.Light, 0), (Qt.ColorScheme.Dark, 1)],
)
def test_the_look_changes_once_the_window_is_there_only_if_the_system_says_so(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, scheme: Qt.ColorScheme, changes: int
) -> None:
    qapp.setPalette(palette(LIGHT))  # as the system has it when the program begins
    theme = Theme()
    seen: list[bool] = []
    theme.changed.connect(lambda: seen.append(theme.dark))
    monkeypatch.setattr(QGuiApplication, "styleHints", lambda: _Hints(scheme))
    theme.look()
    theme.look()
    assert seen == [True] * changes
    monkeypatch.undo()
    theme.apply()


def test_dark_is_light_text_on_dark_ground() -> None:
    assert is_dark(palette(DARK)) and not is_dark(palette(LIGHT))
