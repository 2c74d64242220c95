"""Downloads, over a server that fails in many ways."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from installer.cancel import Cancelled, CancelToken
from installer.errors import Code, InstallError
from installer.release import download
from installer.release.download import cached_archive, fetch_archive
from installer.release.obtain import obtain
from installer.settings.model import Release
from tests.unit.release.test_archive import packed_release
from tests.unit.release.web_server import Handler, Server, serving

BODY = bytes(range(256)) * 4000
VERSION = "99.0.0"


def fetch(server: Server, cache: Path, **more: object) -> Path:
    return fetch_archive(VERSION, server.url, cache, first_wait=0.001, **more)  # type: ignore[arg-type]


def no_drafts(cache: Path) -> bool:
    return not list(cache.rglob("*.part"))


def test_whole_and_then_from_the_cache(tmp_path: Path) -> None:
    progress: list[tuple[int, int]] = []
    with serving(lambda h: h.send(200, BODY)) as server:
        path = fetch(server, tmp_path, on_progress=lambda done, total: progress.append((done, total)))
        assert path.read_bytes() == BODY
        assert fetch(server, tmp_path) == path == cached_archive(VERSION, server.url, tmp_path)
        assert [p for p, _ in server.seen] == [f"/langgenius/dify/archive/refs/tags/{VERSION}.tar.gz"]
    assert progress[-1] == (len(BODY), len(BODY)) and progress == sorted(progress)
    assert no_drafts(tmp_path)


def test_a_cut_transfer_goes_on_where_it_ended(tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        tag = {"ETag": '"one"'}
        if asked := handler.headers.get("Range"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            assert handler.headers["If-Range"] == '"one"'
            handler.send(
                206, BODY[start:], {**tag, "Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"}
            )
        else:
            handler.send(200, BODY, tag, cut=500_000)

    with serving(answer) as server:
        assert fetch(server, tmp_path).read_bytes() == BODY
        assert server.seen[1][1]["Range"] == "bytes=500000-"


@pytest.mark.parametrize("tag", [{}, {"ETag": 'W/"weak"'}, {"ETag": '"one"'}])
def test_a_server_without_resume_starts_again(tmp_path: Path, tag: dict[str, str]) -> None:
    cuts = iter([1000, 300_000, None])
    with serving(lambda h: h.send(200, BODY, tag, cut=next(cuts))) as server:
        assert fetch(server, tmp_path).read_bytes() == BODY
        assert len(server.seen) == 3


def test_passing_refusals(tmp_path: Path) -> None:
    answers = iter([(503, b""), (429, b""), (200, BODY)])
    with serving(lambda h: h.send(*next(answers))) as server:
        assert fetch(server, tmp_path).read_bytes() == BODY


@pytest.mark.parametrize(
    ("status", "code", "asked"),
    [
        (404, Code.RELEASE_UNKNOWN, 1),
        (403, Code.RELEASE_DOWNLOAD_FAILED, 1),
        (500, Code.RELEASE_DOWNLOAD_FAILED, 5),
    ],
)
def test_refusals(tmp_path: Path, status: int, code: Code, asked: int) -> None:
    with serving(lambda h: h.send(status, b"")) as server:
        with pytest.raises(InstallError) as caught:
            fetch(server, tmp_path)
        assert (caught.value.code, len(server.seen)) == (code, asked)
    assert no_drafts(tmp_path)


def test_too_big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_ARCHIVE", 1000)
    with serving(lambda h: h.send(200, BODY)) as server, pytest.raises(InstallError) as caught:
        fetch(server, tmp_path)
    assert caught.value.code == Code.RELEASE_TOO_BIG
    assert no_drafts(tmp_path)


@pytest.mark.parametrize("where", ["before any answer", "in a file", "in a file of unknown length"])
def test_cancel_ends_a_stalled_transfer_at_once(tmp_path: Path, where: str) -> None:
    token, release = CancelToken(), threading.Event()

    def answer(handler: Handler) -> None:
        if where == "in a file":
            handler.send(200, BODY, cut=1000)
        elif where != "before any answer":
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(BODY[:1000])
            handler.wfile.flush()
        release.wait(30)

    with serving(answer) as server:
        timer, began = threading.Timer(0.3, token.cancel), time.monotonic()
        timer.start()
        try:
            with pytest.raises(Cancelled):
                fetch(server, tmp_path, cancel=token)
            assert time.monotonic() - began < 5
        finally:
            release.set()
            timer.join()
    assert no_drafts(tmp_path) and not list(tmp_path.rglob("*.tar.gz"))


def test_cancel_ends_a_tls_handshake(tmp_path: Path) -> None:
    """A server that takes the connection and says nothing."""
    token = CancelToken()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        timer, began = threading.Timer(0.3, token.cancel), time.monotonic()
        timer.start()
        source = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Cancelled):
            fetch_archive(VERSION, source, tmp_path, cancel=token)
        assert time.monotonic() - began < 5
        timer.join()


def test_a_failing_listener_is_no_failing_connection(tmp_path: Path) -> None:
    def closed(done: int, total: int) -> None:
        raise BrokenPipeError("the reader went away")

    with serving(lambda h: h.send(200, BODY)) as server:
        with pytest.raises(BrokenPipeError):
            fetch(server, tmp_path, on_progress=closed)
        assert len(server.seen) == 1
    assert no_drafts(tmp_path)


def test_no_place_for_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with serving(lambda h: h.send(200, BODY)) as server, pytest.raises(InstallError) as caught:
        fetch(server, tmp_path / "file")
    assert caught.value.code == Code.RELEASE_DOWNLOAD_FAILED


def test_a_file_as_source(tmp_path: Path) -> None:
    archive = packed_release(tmp_path)
    assert fetch_archive(VERSION, str(archive), tmp_path) == archive
    got = obtain(Release("latest", str(archive)), tmp_path)
    assert (got.version, got.tree.version) == (VERSION, VERSION)
    with pytest.raises(InstallError) as caught:
        obtain(Release("98.0.0", str(archive)), tmp_path)
    assert caught.value.code == Code.RELEASE_WRONG_VERSION
    with pytest.raises(InstallError) as caught:
        obtain(Release("latest", str(tmp_path / "none.zip")), tmp_path)
    assert caught.value.code == Code.RELEASE_DOWNLOAD_FAILED


def test_a_damaged_cached_archive_is_fetched_again(tmp_path: Path) -> None:
    data = packed_release(tmp_path).read_bytes()
    with serving(lambda h: h.send(200, data)) as server:
        cached = cached_archive(VERSION, server.url, tmp_path / "cache")
        cached.parent.mkdir(parents=True)
        cached.write_bytes(data[:-100])
        assert obtain(Release(VERSION, server.url), tmp_path / "cache").version == VERSION
        assert len(server.seen) == 1


def test_a_damaged_archive_is_not_kept(tmp_path: Path) -> None:
    with serving(lambda h: h.send(200, b"<html>")) as server:
        with pytest.raises(InstallError) as caught:
            obtain(Release(VERSION, server.url), tmp_path)
        assert caught.value.code == Code.RELEASE_BROKEN
        assert not cached_archive(VERSION, server.url, tmp_path).exists()
