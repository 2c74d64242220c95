"""The list of releases of the last time, when there is none to be had."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.core.errors import Code, InstallError
from installer.core.formatting import moment
from installer.preflight.findings import warnings
from installer.release.catalogue import origin_folder
from installer.release.listing import list_releases
from installer.release.obtain import obtain
from installer.release.source import Release
from tests.situations import situation
from tests.unit.release.test_archive import packed_release
from tests.unit.release.test_catalogue import LIST, entry
from tests.unit.release.web_server import Handler, serving

DAY = 86_400.0
NOW = 1_790_000_000.0


class Mirror:
    """Answers with the list, or with *status*; with an archive where one is asked for."""

    def __init__(self, archive: bytes = b"", entries: list[dict[str, object]] | None = None) -> None:
        self.status, self.archive = 200, archive
        self.entries = LIST if entries is None else entries

    def __call__(self, handler: Handler) -> None:
        if handler.path.endswith(".tar.gz"):
            handler.send(200, self.archive)
        else:
            handler.send(self.status, json.dumps(self.entries).encode() if self.status == 200 else b"")


@pytest.mark.parametrize(
    ("status", "code"), [(403, Code.RELEASE_LIST_FAILED), (429, Code.RELEASE_RATE_LIMITED)]
)
def test_the_one_of_the_last_time_with_the_reason(tmp_path: Path, status: int, code: Code) -> None:
    mirror = Mirror()
    with serving(mirror) as server:
        first = list_releases(server.url, tmp_path, now=lambda: NOW)
        mirror.status = status
        again = list_releases(server.url, tmp_path, now=lambda: NOW + DAY)
        assert (first.error, first.at, again.at) == (None, NOW, NOW)
        assert again.releases == first.releases and again.error is not None and again.error.code is code
        assert again.releases[2].notes == "notes" and again.releases[2].notes_url
        mirror.status = 200
        assert list_releases(server.url, tmp_path, now=lambda: NOW + DAY).at == NOW + DAY
        mirror.status = status
        with pytest.raises(InstallError):  # another source has a list of its own
            list_releases(f"{server.url}/other", tmp_path)
    again = list_releases(server.url, tmp_path)  # nobody is there at all
    assert again.at == NOW + DAY and again.error is not None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{", '{"version":2,"at":1,"releases":[]}', '{"version":1,"at":1,"releases":[]}'),
        *('{"version":1,"at":1,"releases":[{}]}', '{"version":1,"at":1,"releases":[7]}', "[" * 99_999),
        '{"version":1,"at":1,"releases":[{"version":"x","published_at":"","prerelease":false,"notes":"",'
        '"notes_url":""}]}',
    ],
)
def test_a_damaged_one_is_none(tmp_path: Path, text: str) -> None:
    mirror = Mirror()
    with serving(mirror) as server:
        path = origin_folder(server.url, tmp_path) / "releases.json"
        path.parent.mkdir()
        path.write_text(text)
        mirror.status = 500
        with pytest.raises(InstallError) as caught:
            list_releases(server.url, tmp_path)
        assert caught.value.code is Code.RELEASE_LIST_FAILED
        mirror.status = 200
        list_releases(server.url, tmp_path)
        mirror.status = 500
        assert list_releases(server.url, tmp_path).releases


def test_another_source_has_another_list(tmp_path: Path) -> None:
    web = Mirror()
    with serving(web) as server:
        list_releases(f"{server.url}/a_b", tmp_path)
        web.status = 503
        with pytest.raises(InstallError):
            list_releases(f"{server.url}/a/b", tmp_path)
        assert list_releases(f"{server.url}/a_b", tmp_path).releases


def test_an_empty_list_does_not_take_the_place_of_a_good_one(tmp_path: Path) -> None:
    web = Mirror()
    with serving(web) as server:
        list_releases(server.url, tmp_path)
        web.entries = []
        assert list_releases(server.url, tmp_path).releases == ()
        web.status = 503
        assert list_releases(server.url, tmp_path).releases


def test_a_list_that_cannot_be_kept_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with serving(Mirror()) as server:
        assert list_releases(server.url, tmp_path / "cache").error is None


def test_the_latest_of_an_earlier_list_is_told(tmp_path: Path) -> None:
    mirror = Mirror(packed_release(tmp_path).read_bytes(), [entry("99.0.0"), entry("98.0.0")])
    with serving(mirror) as server:
        wanted, cache = Release("latest", server.url), tmp_path / "cache"
        assert obtain(wanted, cache).listed == 0
        mirror.status = 500
        found = obtain(wanted, cache)
        assert found.version == "99.0.0" and found.listed > 0
        assert obtain(Release("99.0.0", server.url), cache).listed == 0
    there = situation()
    assert Code.RELEASE_LIST_OLD not in {p.code for p in warnings(there)}
    told = next(p for p in warnings(replace(there, listed=NOW)) if p.code is Code.RELEASE_LIST_OLD)
    assert told.params == {"version": "99.0.0", "at": moment(NOW)}


def test_the_command_says_of_when_the_list_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path))
    mirror = Mirror()
    with serving(mirror) as server:
        words = ["releases", "--source", server.url, "--language", "en"]
        assert main([*words, "--json"]) == 0
        first = capsys.readouterr()
        entries = json.loads(first.out)
        assert first.err == "" and entries[2]["notes"] == "notes"
        assert entries[2]["notes_url"] == "https://example.org/1.16.1"
        mirror.status = 403
        assert main([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == entries
        assert main(words) == 0
        later = capsys.readouterr()
        assert f"This is the list of {moment(entries[0]['listed_at'])}" in later.err
        assert "could not be fetched" in later.err and "1.16.1  2026-07-28" in later.out
