"""The two sets of colours, and how well one can be read on another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colors:
    """One theme, as ``#rrggbb``. *…_tint* lie behind text of that colour; *on_accent* is text on *accent*."""

    background: str
    rail: str
    surface: str
    border: str
    strong_border: str
    text: str
    second: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_tint: str
    ok: str
    ok_tint: str
    warning: str
    warning_tint: str
    stop: str
    stop_tint: str
    neutral: str
    neutral_tint: str
    hover: str
    selection: str
    disabled: str


LIGHT = Colors(
    background="#F6F7F9",
    rail="#EDEFF3",
    surface="#FFFFFF",
    border="#D9DEE5",
    strong_border="#868F9B",
    text="#1A1F26",
    second="#56606C",
    accent="#2257E7",
    accent_hover="#1B49C6",
    on_accent="#FFFFFF",
    accent_tint="#E6EDFF",
    ok="#176F32",
    ok_tint="#E3F4E8",
    warning="#8A5A00",
    warning_tint="#FFF3D6",
    stop="#B9202B",
    stop_tint="#FCE8E9",
    neutral="#56606C",
    neutral_tint="#E9ECF1",
    hover="#F0F2F6",
    selection="#D9E4FF",
    disabled="#5F6873",
)


DARK = Colors(
    background="#13161B",
    rail="#171B21",
    surface="#1A1E25",
    border="#333B47",
    strong_border="#75808F",
    text="#E7EBF1",
    second="#A2ADBA",
    accent="#7AA2FF",
    accent_hover="#97B6FF",
    on_accent="#10141C",
    accent_tint="#1D2842",
    ok="#63C98A",
    ok_tint="#14291C",
    warning="#E8B84A",
    warning_tint="#2E2512",
    stop="#FF8A83",
    stop_tint="#3A191B",
    neutral="#A2ADBA",
    neutral_tint="#262C35",
    hover="#222831",
    selection="#26365C",
    disabled="#8C97A5",
)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
