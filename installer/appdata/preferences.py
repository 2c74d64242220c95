"""How people want the program to look: ``settings.toml`` in the program's folder.

Read before the first window is painted, so nothing heavy is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from installer.core.app_files import read_tables, write_private
from installer.core.app_folder import Home

NAME = "settings.toml"
#: Window systems count positions in 32 bits; what is beyond this is no screen.
_FARTHEST = 1_000_000

Theme = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Preferences:
    """*language* as ``texts.pick_language`` takes it, empty = the platform's. *window*: x, y, width, height
    in the window system's units, None = wherever the platform puts it. *keep_in_tray*: closing the window
    does not end the program; *connect_at_start*: known servers that need no person are connected by
    themselves (written by hand only)."""

    language: str = ""
    theme: Theme = "system"
    window: tuple[int, int, int, int] | None = None
    maximized: bool = False
    keep_in_tray: bool = False
    connect_at_start: bool = True


def load_preferences(home: Home) -> Preferences:
    """What was saved; a default for everything that is missing or unusable. Never raises."""
    try:
        tables = read_tables(home.folder / NAME)
    except (OSError, ValueError):
        return Preferences()
    return Preferences(
        language=_language(tables.get("language")),
        theme=_theme(tables.get("theme")),
        window=_window(tables.get("window")),
        maximized=tables.get("maximized") is True,
        keep_in_tray=tables.get("keep_in_tray") is True,
        connect_at_start=tables.get("connect_at_start") is not False,
    )


def save_preferences(home: Home, preferences: Preferences) -> None:
    """Write *preferences*. Raises ``InstallError(HOST_FILE_FAILED)``."""
    lines = [
        f'language = "{_language(preferences.language)}"',
        f'theme = "{_theme(preferences.theme)}"',
        f"maximized = {'true' if preferences.maximized else 'false'}",
        f"keep_in_tray = {'true' if preferences.keep_in_tray else 'false'}",
        f"connect_at_start = {'true' if preferences.connect_at_start else 'false'}",
    ]
    if preferences.window:
        lines.append(f"window = [{', '.join(map(str, preferences.window))}]")
    write_private(home, NAME, "\n".join(lines) + "\n")


def _language(value: object) -> str:
    """A language's short name; whether there are texts for it is asked when they are."""
    if not isinstance(value, str) or len(value) > 20 or not value.isascii():
        return ""
    return value if value.replace("-", "").replace("_", "").isalnum() else ""


def _theme(value: object) -> Theme:
    return cast("Theme", value) if value in get_args(Theme) else "system"


def _window(value: Any) -> tuple[int, int, int, int] | None:
    if not isinstance(value, list) or len(value) != 4 or not all(type(n) is int for n in value):
        return None
    x, y, width, height = value
    usable = min(width, height) > 0 and all(abs(n) <= _FARTHEST for n in value)
    return (x, y, width, height) if usable else None
