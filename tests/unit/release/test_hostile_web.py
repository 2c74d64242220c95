"""A server that would lead downloads elsewhere, hold them for ever, or break them with its headers."""

from __future__ import annotations

import json
import time
import tracemalloc
import urllib.error
import urllib.request
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from installer.core.errors import Code, InstallError
from installer.release import catalogue, web
from installer.release.catalogue import ReleaseInfo, archive_url, fetch_releases, origin_folder
from installer.release.download import cached_archive, fetch_archive, unfinished
from installer.release.source import source_problem
from tests.unit.release.web_server import Handler, serving

BODY = bytes(range(256)) * 4000
VERSION = "99.0.0"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def read(url: str, **how: Any) -> bytes:
    with web.get(url, **how) as response:
        return bytes(response.read())


# ------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "x", "http://[", ""])
def test_nothing_but_the_web_is_asked(url: str) -> None:
    with pytest.raises(urllib.error.URLError):
        read(url)


@pytest.mark.parametrize("to", ["ftp://127.0.0.1:1/x", "file:///etc/passwd", "data:,x", "http://[", "//["])
def test_a_redirect_goes_to_the_web_alone(to: str) -> None:
    with serving(lambda h: h.send(302, b"", {"Location": to})) as server, pytest.raises(OSError):  # noqa: PT011
        read(server.url)


@pytest.mark.parametrize("to", ["http://127.0.0.1:1/x", "ftp://127.0.0.1:1/x"])
@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_no_redirect_leads_away_from_https(scheme: str, to: str) -> None:
    request = urllib.request.Request(f"{scheme}://x.example/")
    with pytest.raises(urllib.error.HTTPError, match="redirect from https"):
        web._Redirects().redirect_request(request, open("/dev/null"), 302, "", {}, to)  # noqa: SIM115, PTH123


def test_what_a_redirect_s_own_answer_holds_is_not_read() -> None:
    """It would be kept in memory, whatever its size."""

    def answer(handler: Handler) -> None:
        if handler.path == "/end":
            handler.send(200, b"here")
            return
        handler.send_response(302)
        handler.send_header("Location", "/end")
        handler.end_headers()
        try:
            for _ in range(64):
                handler.wfile.write(bytes(1 << 20))
        except OSError:
            return

    with serving(answer) as server:
        tracemalloc.start()
        try:
            assert read(server.url) == b"here"
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize("token", ["a\nX: y", "ü\u3042"])
def test_what_is_no_header_is_a_failed_connection(token: str) -> None:
    with serving(lambda h: h.send(200, b"")) as server, pytest.raises(urllib.error.URLError):
        read(server.url, token=token)


# ---------------------------------------------------------------------------------- time


def test_an_answer_that_never_ends_is_given_up() -> None:
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    with serving(drip) as server:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            read(server.url, seconds=0.5)
        assert time.monotonic() - began < 5


def test_a_list_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_PAGE_SECONDS", 0.3)
    with serving(lambda h: time.sleep(3)) as server, pytest.raises(InstallError) as caught:
        fetch_releases(server.url)
    assert caught.value.code is Code.RELEASE_LIST_FAILED


# ------------------------------------------------------------------------------- headers


@pytest.mark.parametrize("length", ["x", "-5", "1e3", "9" * 5000, "\xb2", "1,2"])
def test_a_length_that_is_none(tmp_path: Path, length: str) -> None:
    def answer(handler: Handler) -> None:
        handler.send(200, BODY, {"Content-Length": length})

    with serving(answer) as server:
        path = fetch_archive(VERSION, server.url, tmp_path, first_wait=0.001)
    assert path.read_bytes() == BODY


@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
@pytest.mark.parametrize(
    "value", ["\xb2", "9" * 400, "-1", "1e9", "x" * 60_000, "Wed, 21 Oct 9999 07:28:00 GMT"]
)
def test_when_to_come_again_can_be_anything(tmp_path: Path, header: str, value: str) -> None:
    status = 429

    def answer(handler: Handler) -> None:
        handler.send(status, b"", {header: value})

    with serving(answer) as server:
        with pytest.raises(InstallError) as caught:
            fetch_releases(server.url)
        assert caught.value.code in (Code.RELEASE_RATE_LIMITED, Code.RELEASE_LIST_FAILED)
        assert "\xb2" not in str(caught.value.params)
        status = 404
        with pytest.raises(InstallError) as caught:
            fetch_archive(VERSION, server.url, tmp_path, first_wait=0.001)
        assert caught.value.code is Code.RELEASE_UNKNOWN


def test_a_wait_is_never_longer_than_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("installer.core.cancel.CancelToken.wait", lambda _, seconds: waited.append(seconds))
    for value in ("9" * 15, "\xb2", "7"):
        again = {"Retry-After": value}
        refuse = partial(Handler.send, status=503, body=b"", headers=again)
        with serving(refuse) as server, pytest.raises(InstallError):
            fetch_archive(VERSION, server.url, tmp_path, first_wait=0.001)
    assert max(waited) == 60 and 7 in waited


@pytest.mark.parametrize("tag", ['"\xe9"', '"a\tb"', f'"{"x" * 5000}"'])
def test_a_mark_that_no_header_holds_is_not_sent_back(tmp_path: Path, tag: str) -> None:
    with serving(lambda h: h.send(200, BODY, {"ETag": tag}, cut=1000)) as server, pytest.raises(InstallError):
        fetch_archive(VERSION, server.url, tmp_path, first_wait=0.001)
    assert not unfinished(VERSION, server.url, tmp_path)
    assert not [headers for _, headers in server.seen if "If-Range" in headers]


# ----------------------------------------------------------------------------- the cache


def test_the_cache_of_a_source_is_its_own(tmp_path: Path) -> None:
    same = [
        *("https://github.com", "http://github.com", "https://github.com:8443", "https://GITHUB.com"),
        *(
            "https://github.com/x/y",
            "https://github.com/x_y",
            "https://github.com/x%2fy",
            "https://github.com_x/y",
        ),
        *("https://github.com/" + "x" * 400, "https://github.com/../../x", "https://ドイツ.example"),
    ]
    folders = [origin_folder(source, tmp_path) for source in same]
    assert len({*folders}) == len(same)
    assert all(folder.parent == tmp_path and len(folder.name) < 100 for folder in folders)
    assert origin_folder("https://github.com/", tmp_path) == folders[0]


def test_what_came_by_http_is_not_there_for_https(tmp_path: Path) -> None:
    with serving(lambda h: h.send(200, BODY)) as server:
        path = fetch_archive(VERSION, server.url, tmp_path)
        assert path.exists()
        assert not cached_archive(VERSION, server.url.replace("http:", "https:"), tmp_path).exists()


@pytest.mark.parametrize(
    "version", ["1.0.0/../../x", "../1.0.0", "1.0.0?x", "", "1.0.0-" + "x" * 5000, "1" * 5000]
)
def test_only_a_version_becomes_a_path_or_an_address(tmp_path: Path, version: str) -> None:
    for make in (
        lambda: cached_archive(version, "https://x", tmp_path),
        lambda: archive_url("https://x", version),
    ):
        with pytest.raises(InstallError) as caught:
            make()
        assert caught.value.code is Code.RELEASE_UNKNOWN


def test_blanks_around_a_version_are_no_part_of_an_address() -> None:
    assert archive_url("https://x/", " 1.0.0\n") == "https://x/langgenius/dify/archive/refs/tags/1.0.0.tar.gz"


# ---------------------------------------------------------------------------- the source


@pytest.mark.parametrize(
    "source",
    [
        *("http://github.com", "http://mirror.example.jp/x", "http://10.0.0.5", "http://127.example.jp"),
        *("HTTP://x.jp", "http://localhost.example.jp", "http://[2001:db8::1]", "ftp://x.jp", "//x.jp"),
        *("http://127.0.0.1@x.jp", "https://me@x.jp", "https://", "https://x.jp#y", "https://x.jp?y"),
    ],
)
def test_what_becomes_containers_comes_by_https(source: str) -> None:
    assert source_problem(source) is not None
    with pytest.raises(InstallError) as caught:
        fetch_releases(source)
    assert caught.value.code is Code.ANSWERS_BAD_VALUE


@pytest.mark.parametrize(
    "source",
    ["https://x.jp", "https://x.jp:8443/a/b", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:1"],
)
def test_or_from_this_computer_itself(source: str) -> None:
    assert source_problem(source) is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        json.dumps([{"tag_name": "1.0.0", "body": "x", "published_at": 1e308}]).encode(),
        b'[{"tag_name":"1.0.0","body":1e999}]',
        b'[{"tag_name":["1.0.0"]}]',
        b'[{"tag_name":"1.0.0","draft":[]}, 7]',
        b'{"a":[1]}',
        b"[null]",
        b'[[["1.0.0"]]]',
        b'[{"tag_name":"' + b"9" * 5000 + b'.0.0"}]',
        b'[{"tag_name":"1.0.0","body":"\\ud800"}]',
    ],
)
def test_any_list_is_one_or_none(body: bytes) -> None:
    with serving(lambda h: h.send(200, body)) as server:
        found: tuple[ReleaseInfo, ...] = ()
        with suppress(InstallError):  # no other error
            found = fetch_releases(server.url)
        assert all(isinstance(text, str) for r in found for text in (r.version, r.notes, r.notes_url))
