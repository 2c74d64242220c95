"""How people want the program to look, kept between two starts."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.appdata.preferences import NAME, Preferences, load_preferences, save_preferences
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError


@pytest.mark.parametrize(
    "preferences",
    [
        Preferences(),
        Preferences("ja", "dark", (-1200, 0, 1024, 768), maximized=True),
        Preferences(language="pt_BR", theme="light"),
    ],
)
def test_what_is_saved_comes_back(tmp_path: Path, preferences: Preferences) -> None:
    home = Home(tmp_path / "new" / "home")
    save_preferences(home, preferences)
    assert load_preferences(home) == preferences
    assert [p.name for p in home.folder.iterdir()] == [NAME]
    if sys.platform != "win32":
        assert stat.S_IMODE((home.folder / NAME).stat().st_mode) == 0o600


def test_nothing_saved_yet(tmp_path: Path) -> None:
    assert load_preferences(Home(tmp_path / "none")) == Preferences()
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language = 1\ntheme = 'dark'", Preferences(theme="dark")),
        ("language = 'ja\\n'", Preferences(language="")),
        ("language = 'ja'\ntheme = 'pink'", Preferences(language="ja")),
        ("language = 'ja'\ntheme = ['dark']", Preferences(language="ja")),
        ("window = [1, 2, 3]", Preferences()),
        ("window = [1, 2, 0, 4]", Preferences()),
        ("window = [1, 2, 3, 99999999999]", Preferences()),
        ("window = [1, true, 3, 4]", Preferences()),
        ("window = [1, 2.0, 3, 4]", Preferences()),
        ("window = 'x'\nmaximized = true", Preferences(maximized=True)),
        ("maximized = 1", Preferences()),
        ("from_the_future = 1\n[more]\nx = 1", Preferences()),
        ("language = ", Preferences()),
        ("a = " + "[" * 5000, Preferences()),
        ("a = " + "1" * 5000, Preferences()),
    ],
)
def test_bad_values_are_defaults(tmp_path: Path, text: str, expected: Preferences) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    assert load_preferences(Home(tmp_path)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_any_bytes_are_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    assert isinstance(load_preferences(Home(tmp_path)), Preferences)


def test_things_in_the_way(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / "file").write_bytes(b"")
    for home, path in ((Home(tmp_path), tmp_path / NAME), (Home(tmp_path / "file"), tmp_path / "file")):
        assert load_preferences(home) == Preferences()
        with pytest.raises(InstallError) as caught:
            save_preferences(home, Preferences())
        assert (caught.value.code, caught.value.params) == (Code.HOST_FILE_FAILED, {"path": str(path)})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", NAME]


def test_what_cannot_be_read_back_is_not_written(tmp_path: Path) -> None:
    save_preferences(Home(tmp_path), Preferences(language='x"\ny = 1'))
    assert load_preferences(Home(tmp_path)) == Preferences()
