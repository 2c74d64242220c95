"""Downloads, over a server that fails in many ways."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.release import download
from installer.release.catalogue import archive_url
from installer.release.download import cached_archive, fetch_archive
from installer.release.obtain import obtain
from installer.release.partial import part_of
from installer.release.source import Release
from tests.cli_runner import ROOT
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


class Ranges:
    """A server that can send parts; *body* may be exchanged. *slow*: bytes after which it waits for *go*.
    *deaf*: it sends parts of whatever it has."""

    deaf = False

    def __init__(self, body: bytes, tag: str = '"one"') -> None:
        self.body, self.tag, self.slow, self.go = body, tag, 0, threading.Event()

    def __call__(self, handler: Handler) -> None:
        start, headers = 0, {"ETag": self.tag}
        asked = handler.headers.get("Range", "")
        if asked and (self.deaf or handler.headers["If-Range"] == self.tag):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.body):
                handler.send(416, b"", {"Content-Range": f"bytes */{len(self.body)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        handler.send(206 if start else 200, self.body[start:], headers, cut=self.slow or None)
        if self.slow:
            handler.wfile.flush()
            self.go.wait(20)


KILLED = """
import sys
from pathlib import Path
from installer.release.download import fetch_archive
fetch_archive("99.0.0", sys.argv[1], Path(sys.argv[2]), on_progress=lambda d, t: print(d, t, flush=True))
"""


def killed_in_the_middle(server: Server, cache: Path) -> None:
    """A run of the program that is killed once 400,000 bytes have come."""
    words = [sys.executable, "-c", KILLED, server.url, str(cache)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        wait_for_bytes(process, server, cache)
        process.kill()


def wait_for_bytes(process: subprocess.Popen[str], server: Server, cache: Path) -> None:
    """Until 400,000 bytes are written and told."""
    assert process.stdout is not None
    while int(process.stdout.readline().split()[0]) < 350_000:
        pass
    part, end = part_of(cached_archive(VERSION, server.url, cache)), time.monotonic() + 10
    while part.stat().st_size < 400_000:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("tag", ['"one"', 'W/"weak"'], ids=["ranges", "as github"])
def test_a_killed_download_goes_on_in_the_next_run(tmp_path: Path, tag: str) -> None:
    """Or begins anew, where the server could not tell whether the rest fits."""
    web = Ranges(BODY, tag)
    web.slow = 400_000
    with serving(web) as server:
        killed_in_the_middle(server, tmp_path)
        web.slow = 0
        web.go.set()
        part = part_of(cached_archive(VERSION, server.url, tmp_path))
        assert part.read_bytes() == BODY[:400_000]
        progress: list[tuple[int, int]] = []
        path = fetch(server, tmp_path, on_progress=lambda done, total: progress.append((done, total)))
        assert path.read_bytes() == BODY and progress[-1] == (len(BODY), len(BODY))
        asked = [headers.get("Range", "") for _, headers in server.seen]
    resumed = tag == '"one"'
    assert asked == ["", "bytes=400000-" if resumed else ""]
    assert (progress[0][0] > 400_000) is resumed
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_another_file_meanwhile_is_fetched_whole(tmp_path: Path) -> None:
    web = Ranges(BODY)
    web.slow = 400_000
    with serving(web) as server:
        killed_in_the_middle(server, tmp_path)
        web.slow, web.body, web.tag = 0, BODY[::-1], '"two"'
        web.go.set()
        assert fetch(server, tmp_path).read_bytes() == BODY[::-1]
        assert [h.get("If-Range", "") for _, h in server.seen] == ["", '"one"']


def test_parts_of_another_file_are_never_put_together(tmp_path: Path) -> None:
    web = Ranges(BODY)
    web.slow = 400_000
    with serving(web) as server:
        killed_in_the_middle(server, tmp_path)
        web.slow, web.body, web.tag, web.deaf = 0, BODY[::-1], '"two"', True
        web.go.set()
        assert fetch(server, tmp_path).read_bytes() == BODY[::-1]
        assert len(server.seen) == 3


@pytest.mark.parametrize("note", [None, "", "[]", '{"url":"http://else/","validator":"\\"one\\""}', "whole"])
def test_a_part_of_which_nothing_is_known(tmp_path: Path, note: str | None) -> None:
    """Also one that had come as a whole: the server has nothing more to give."""
    with serving(Ranges(BODY)) as server:
        target = cached_archive(VERSION, server.url, tmp_path)
        target.parent.mkdir()
        part_of(target).write_bytes(BODY if note == "whole" else b"something else")
        url = archive_url(server.url, VERSION)
        if note is not None:
            text = json.dumps({"url": url, "validator": '"one"'}) if note == "whole" else note
            Path(f"{part_of(target)}.json").write_text(text)
        assert fetch(server, tmp_path).read_bytes() == BODY
    assert no_drafts(tmp_path)


def test_a_cancelled_download_goes_on_later(tmp_path: Path) -> None:
    web, token = Ranges(BODY), CancelToken()
    web.slow = 300_000

    def stop(done: int, total: int) -> None:
        if done >= 200_000:
            token.cancel()

    with serving(web) as server:
        with pytest.raises(Cancelled):
            fetch(server, tmp_path, cancel=token, on_progress=stop)
        web.slow = 0
        web.go.set()
        assert fetch(server, tmp_path).read_bytes() == BODY
        start = int(server.seen[-1][1]["Range"].removeprefix("bytes=").removesuffix("-"))
        assert 200_000 <= start <= 300_000


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    web = Ranges(BODY)
    web.slow = 400_000
    with serving(web) as server:
        words = [sys.executable, "-c", KILLED, server.url, str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as first:
            wait_for_bytes(first, server, tmp_path)
            web.slow = 0
            assert fetch(server, tmp_path).read_bytes() == BODY
            part = part_of(cached_archive(VERSION, server.url, tmp_path))
            assert part.read_bytes() == BODY[:400_000]
            assert [p.name for p in part.parent.glob("*.part.*")] == [f"{part.name}.json"]
            first.kill()
        web.go.set()


def test_a_part_that_was_damaged_on_the_disk(tmp_path: Path) -> None:
    """The archive does not pass, and is fetched as a whole."""
    data = packed_release(tmp_path).read_bytes()
    web, cache = Ranges(data), tmp_path / "cache"
    with serving(web) as server:
        target = cached_archive(VERSION, server.url, cache)
        target.parent.mkdir(parents=True)
        part_of(target).write_bytes(bytes(1000))
        url = archive_url(server.url, VERSION)
        Path(f"{part_of(target)}.json").write_text(json.dumps({"url": url, "validator": '"one"'}))
        assert obtain(Release(VERSION, server.url), cache).version == VERSION
        assert [h.get("Range", "") for _, h in server.seen] == ["bytes=1000-", ""]


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
    monkeypatch.setattr(download, "MAX_ARCHIVE_BYTES", 1000)
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
