"""Release order."""

from __future__ import annotations

import pytest

from installer.core.errors import Code, InstallError
from installer.core.version import Version, is_label

ORDER = [
    "0.15.3",
    "1.0.0-beta.1",
    "1.0.0-rc1",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "1.10.1-rc.1",
    "1.10.1",
    "1.10.1-fix.1",
    "1.10.1-fix.2",
    "1.10.1-fix.10",
    "1.10.2",
]


def test_order() -> None:
    assert sorted(set(ORDER), key=Version.parse) == ORDER


def test_equal_ones() -> None:
    assert Version.parse("v1.2.3") == Version.parse("1.2.3")
    assert Version.parse("1.2") == Version.parse("1.2.0")
    assert str(Version.parse("v1.2.3")) == "v1.2.3"


def test_prereleases() -> None:
    assert [v for v in ORDER if Version.parse(v).prerelease] == ["1.0.0-beta.1", "1.0.0-rc1", "1.10.1-rc.1"]
    assert Version.parse("1.0.0-something").prerelease


@pytest.mark.parametrize("text", ["", "latest", "1", "a.b.c", "1.2.3 4", "1..2", "1.2.3/../x"])
def test_no_versions(text: str) -> None:
    assert Version.try_parse(text) is None
    with pytest.raises(InstallError) as caught:
        Version.parse(text)
    assert caught.value.code == Code.RELEASE_UNKNOWN


def test_a_label_comes_after_every_version() -> None:
    label = Version.of_release("main-20260815")
    assert str(label) == "main-20260815" and label > Version.parse("999999.0.0")
    assert Version.of_release("1.16.1") == Version.parse("1.16.1")
    assert not is_label("latest") and not is_label("1.16.1")
    for text in ("", "a b", "../x", "-x", "x" * 101, "a$(id)"):
        assert not is_label(text)
        with pytest.raises(InstallError):
            Version.of_release(text)
