"""The list of releases."""

from __future__ import annotations

import json
import time

import pytest

from installer.core.errors import Code, InstallError
from installer.core.formatting import moment
from installer.release.catalogue import ReleaseInfo, archive_url, fetch_releases, list_url, resolve
from tests.unit.release.web_server import Handler, serving


def entry(tag: str, **more: object) -> dict[str, object]:
    base = {"tag_name": tag, "published_at": "2026-07-28T00:00:00Z", "prerelease": False, "draft": False}
    return {**base, "body": "notes", "html_url": f"https://example.org/{tag}", **more}


LIST = [
    entry("1.10.1"),
    entry("2.0.0-rc1", prerelease=True),
    entry("1.16.1"),
    entry("1.10.1-fix.1"),
    entry("9.9.9", draft=True),
    entry("3.0.0-beta.1"),
    entry("not a version"),
]


def info(version: str, prerelease: bool = False) -> ReleaseInfo:
    return ReleaseInfo(version, "", prerelease, "", "")


def test_urls() -> None:
    assert list_url("https://github.com/").startswith(
        "https://api.github.com/repos/langgenius/dify/releases?"
    )
    assert list_url("http://m:8/x") == "http://m:8/x/api/v3/repos/langgenius/dify/releases?per_page=100"
    assert archive_url("https://github.com", "1.2.3").endswith(
        "/langgenius/dify/archive/refs/tags/1.2.3.tar.gz"
    )


def test_list_is_read_and_sorted() -> None:
    with serving(lambda h: h.send(200, json.dumps(LIST).encode())) as server:
        releases = fetch_releases(server.url)
        ((path, headers),) = server.seen
    assert [r.version for r in releases] == ["3.0.0-beta.1", "2.0.0-rc1", "1.16.1", "1.10.1-fix.1", "1.10.1"]
    assert [r.prerelease for r in releases] == [True, True, False, False, False]
    assert path == "/api/v3/repos/langgenius/dify/releases?per_page=100"
    assert "Authorization" not in headers and headers["User-Agent"].startswith("dify-installer/")
    assert resolve("latest", releases).version == "1.16.1"
    assert resolve("v1.10.1-fix.1", releases).version == "1.10.1-fix.1"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one time zone")
def test_the_hour_when_one_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the person: the hour, and the day only if it is another one."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    monkeypatch.setattr(time, "time", lambda: 1_790_000_000.0)
    try:
        assert moment(1_790_000_000) == "2026-09-21 23:13"
        for reset, after, said in (
            ("1790001800", "", "23:43"),
            ("1790003600", "", "2026-09-22 00:13"),
            ("", "60", "23:14"),
            ("", "", ""),
            ("9" * 30, "", ""),
            ("soon", "Wed, 21 Oct 2026 07:28:00 GMT", ""),
        ):
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset, "Retry-After": after}
            with (
                serving(lambda h, sent=headers: h.send(403, b"", sent)) as server,  # type: ignore[misc]
                pytest.raises(InstallError) as caught,
            ):
                fetch_releases(server.url)
            assert (caught.value.code, caught.value.params["reset"]) == (Code.RELEASE_RATE_LIMITED, said)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_further_pages_of_the_same_server_only() -> None:
    def answer(handler: Handler) -> None:
        host = handler.headers["Host"]
        link = (
            f'<http://{host}/next?page=2>; rel="next"'
            if "per_page" in handler.path
            else '<http://other/x>; rel="next"'
        )
        tag = "1.0.0" if "per_page" in handler.path else "2.0.0"
        handler.send(200, json.dumps([entry(tag)]).encode(), {"Link": link})

    with serving(answer) as server:
        assert [r.version for r in fetch_releases(server.url)] == ["2.0.0", "1.0.0"]
        assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1790000000"}, Code.RELEASE_RATE_LIMITED),
        (429, {"Retry-After": "60"}, Code.RELEASE_RATE_LIMITED),
        (403, {}, Code.RELEASE_LIST_FAILED),
        (500, {}, Code.RELEASE_LIST_FAILED),
        (404, {}, Code.RELEASE_LIST_FAILED),
    ],
)
def test_refusals(status: int, headers: dict[str, str], code: Code) -> None:
    with serving(lambda h: h.send(status, b"{}", headers)) as server, pytest.raises(InstallError) as caught:
        fetch_releases(server.url)
    assert caught.value.code == code
    if "X-RateLimit-Reset" in headers:
        assert caught.value.params["reset"] == moment(1790000000)
    if status == 429:
        assert caught.value.params["reset"] in (moment(time.time() + s).split(" ")[1] for s in (59, 60))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[1]", b'[{"x":1}]', b"\xff"])
def test_strange_answers(body: bytes) -> None:
    with serving(lambda h: h.send(200, body)) as server:
        if body == b"{}":
            assert fetch_releases(server.url) == ()
            return
        with pytest.raises(InstallError) as caught:
            fetch_releases(server.url)
    assert caught.value.code == Code.RELEASE_LIST_FAILED


def test_no_server() -> None:
    with pytest.raises(InstallError) as caught:
        fetch_releases("http://127.0.0.1:1")
    assert caught.value.code == Code.RELEASE_LIST_FAILED


@pytest.mark.parametrize("source", ["http://[", "file:///etc/passwd", "github.com", "http://h:port"])
def test_no_usable_address(source: str) -> None:
    with pytest.raises(InstallError) as caught:
        fetch_releases(source)
    assert (caught.value.code, caught.value.params["value"]) == (Code.ANSWERS_BAD_VALUE, source)


def test_unknown_release_names_its_neighbours() -> None:
    known = [info("1.9.2"), info("1.10.0"), info("1.11.0"), info("2.0.0-rc1", prerelease=True)]
    with pytest.raises(InstallError) as caught:
        resolve("1.10.5", known)
    assert caught.value.params == {"version": "1.10.5", "nearest": "1.10.0, 1.11.0"}
    with pytest.raises(InstallError):
        resolve("latest", [info("2.0.0-rc1", prerelease=True)])
