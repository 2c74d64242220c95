"""Whether there is a newer release: only stable ones count, and the list is not fetched all the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.release import updates
from installer.release.catalogue import ReleaseInfo
from installer.release.listing import ReleaseList
from installer.release.updates import is_newer, look_for_newest, newest_stable

NOW = 1_790_000_000.0


def release(version: str, *, prerelease: bool = False) -> ReleaseInfo:
    return ReleaseInfo(version, "2026-11-01T00:00:00Z", prerelease, "", f"https://example.org/{version}")


def test_neither_marked_nor_named_pre_releases_count() -> None:
    listed = [release("2.0.0-rc1"), release("1.18.0", prerelease=True), release("1.17.0"), release("1.16.1")]
    found = newest_stable(listed)
    assert found is not None and found.version == "1.17.0"
    assert newest_stable(listed[:2]) is None


@pytest.mark.parametrize(
    ("version", "installed", "newer"),
    [
        ("1.17.0", "1.16.1", True),
        ("1.10.1-fix.1", "1.10.1", True),
        ("1.16.1", "1.16.1", False),
        ("1.16.1", "1.17.0-rc1", False),
        ("1.17.0", "", False),
        ("1.17.0", "main", False),
    ],
)
def test_newer(version: str, installed: str, newer: bool) -> None:
    assert is_newer(version, installed) is newer


class Lists:
    """What is kept and what is fetched; counts the fetches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kept: ReleaseList | None) -> None:
        self.fetched = 0
        self.error: InstallError | None = None
        monkeypatch.setattr(updates, "kept_list", lambda *_: kept)
        monkeypatch.setattr(updates, "list_releases", self._fetch)

    def _fetch(self, *_args: object, **_options: object) -> ReleaseList:
        self.fetched += 1
        if self.error is not None:
            raise self.error
        return ReleaseList((release("1.17.0"),), NOW)


@pytest.mark.parametrize(("hours", "fetches"), [(None, 1), (1, 0), (5.9, 0), (6.1, 1), (-1, 1)])
def test_a_list_of_the_last_hours_is_as_good_as_a_new_one(
    monkeypatch: pytest.MonkeyPatch, hours: float | None, fetches: int
) -> None:
    kept = None if hours is None else ReleaseList((release("1.16.2"),), NOW - 3600 * hours)
    lists = Lists(monkeypatch, kept)
    found = look_for_newest("https://example.org", Path("/nowhere"), now=lambda: NOW)
    assert lists.fetched == fetches
    assert found is not None and found.version == ("1.17.0" if fetches else "1.16.2")


def test_offline_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Lists(monkeypatch, None).error = InstallError(Code.RELEASE_LIST_FAILED)
    with pytest.raises(InstallError) as caught:
        look_for_newest("https://example.org", Path("/nowhere"))
    assert caught.value.code is Code.RELEASE_LIST_FAILED
