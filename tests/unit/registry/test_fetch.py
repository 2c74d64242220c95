"""Asking registries: by the script in every shell and with either tool, and by this process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.hosts.base import Result
from installer.hosts.kinds import DESKTOP, LINUX
from installer.hosts.local.host import LocalHost
from installer.registry import fetch as module
from installer.registry.fetch import fetch, heads, read_answer, read_token, token_url
from installer.registry.manifests import TYPES
from tests.fakes.host import Expected, FakeHost
from tests.unit.release.web_server import Handler, Server, serving

SHELLS = [[name] for name in ("dash", "bash", "mksh", "yash") if shutil.which(name)]
SHELLS += [["busybox", "sh"]] if shutil.which("busybox") else []
SCRIPTS = sys.platform.startswith("linux")


def answer(handler: Handler) -> None:
    """``/<status>/…``: that status, with the path as its body."""
    status = int(handler.path.split("/")[1])
    handler.send(status, handler.path.encode())


def places(server: Server, *paths: str) -> tuple[str, ...]:
    return tuple(f"{server.url}{path}" for path in paths)


def hosts() -> list[LocalHost]:
    return [LocalHost("", kind=DESKTOP), *([LocalHost("", kind=LINUX)] if SCRIPTS else [])]


@pytest.fixture(params=["process", "script"])
def host(request: pytest.FixtureRequest) -> LocalHost:
    if request.param == "script" and not (SCRIPTS and shutil.which("curl")):
        pytest.skip("needs a Linux machine with curl")
    return LocalHost("", kind=LINUX if request.param == "script" else DESKTOP)


def test_what_comes_and_what_does_not(host: LocalHost) -> None:
    with serving(answer) as server:
        asked = {f"image {n}": places(server, f"/200/{n}") for n in range(9)}
        asked["second"] = places(server, "/404/a", "/200/mirror")
        asked["nowhere"] = places(server, "/404/b", "/500/c")
        asked["closed"] = ("http://127.0.0.1:1/x",)
        found = fetch(host, asked, 10)
        headers = {path: dict(h) for path, h in server.seen}
    assert found == {**{f"image {n}": f"/200/{n}".encode() for n in range(9)}, "second": b"/200/mirror"}
    assert Counter(path for path, _ in server.seen).most_common(1)[0][1] == 1
    assert headers["/200/1"]["Accept"] == ", ".join(TYPES) and "Authorization" not in headers["/200/1"]


def test_an_address_is_no_pattern(host: LocalHost) -> None:
    """curl would ask for ``[1-20]`` twenty times, each time with a time limit of its own."""
    with serving(answer) as server:
        fetch(host, {"a": places(server, "/404/[1-20]"), "b": places(server, "/200/{x,y,z}")}, 10)
        assert len(server.seen) <= 2


@pytest.mark.skipif(not SCRIPTS, reason="the script")
@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_no_registry_fills_the_disk_or_takes_longer(tmp_path: Path, tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"no {tool}")
    over = threading.Event()

    def too_much(handler: Handler) -> None:
        """4 MiB, or a byte now and then for 12 seconds: no more, whatever the script does."""
        handler.send_response(200)
        handler.end_headers()
        big = "big" in handler.path
        piece, pause, times = (b"x" * 65536, 0.0, 64) if big else (b"x", 0.3, 40)
        for _ in range(times):
            if over.wait(pause):
                return
            try:
                handler.wfile.write(piece)
                handler.wfile.flush()
            except OSError:
                return

    with serving(too_much) as server:
        text = read_text("scripts/manifests.sh").replace("if has curl", f"if [ {tool} = curl ] && has curl")
        words = ["sh", "-s", "--", "=m", "4", "a/b", "--", *places(server, "/big", "/slow")]
        began, most = time.monotonic(), 0
        with subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        ) as script:
            assert script.stdin is not None
            script.stdin.write(text.encode())
            script.stdin.close()
            while script.poll() is None:
                sizes = (path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
                most = max(most, *sizes, 0)
                time.sleep(0.02)
        over.set()
    assert most <= 2048 * 1024 and time.monotonic() - began < 8, most


def test_who_wants_no_more_questions_is_not_asked_again(host: LocalHost) -> None:
    with serving(lambda h: h.send(429, b"")) as server:
        assert fetch(host, {str(n): places(server, f"/{n}") for n in range(40)}, 10) == {}
        assert len(server.seen) <= 2 * module.PARALLEL_REQUESTS


def test_the_time_is_kept_and_what_came_by_then_counts(host: LocalHost) -> None:
    over = threading.Event()

    def slowly(handler: Handler) -> None:
        if "slow" in handler.path:
            over.wait(20)
        handler.send(200, b"{}")

    with serving(slowly) as server:
        asked = {"slow": places(server, "/slow"), "quick": places(server, "/quick")}
        began = time.monotonic()
        found = fetch(host, asked, 2)
        took = time.monotonic() - began
        over.set()
    assert found == {"quick": b"{}"} and took < 4.5


def test_cancel(host: LocalHost) -> None:
    token, over = CancelToken(), threading.Event()

    def silent(handler: Handler) -> None:
        over.wait(20)

    with serving(silent) as server:
        timer = threading.Timer(0.4, token.cancel)
        timer.start()
        began = time.monotonic()
        try:
            with pytest.raises(Cancelled):
                fetch(host, {"x": places(server, "/x")}, 10, token)
            assert time.monotonic() - began < 5
        finally:
            over.set()
            timer.join()


def test_nothing_to_ask_and_no_time() -> None:
    with FakeHost() as host:
        assert fetch(host, {}, 10) == {} == fetch(host, {"x": ("https://x/",)}, 0.5)


@pytest.mark.parametrize(
    "end",
    [
        InstallError(Code.HOST_TIMEOUT),
        InstallError(Code.SSH_CONNECTION_LOST),
        Result(1, b"", b"sh: not found"),
        Result(0, b"motd\n", b""),
    ],
)
def test_a_machine_that_cannot_answer_is_no_error(end: Result | InstallError) -> None:
    with FakeHost([Expected(lambda command: command.argv[:2] == ("sh", "-s"), end)]) as host:
        assert fetch(host, {"x": ("https://x/",)}, 10) == {}


def test_an_answer_that_is_cut_off() -> None:
    whole = b'noise\n=m 2\n{"a":1}=m 1\nb\n=m end\n'
    names = ["one", "two"]
    assert read_answer(whole, "=m", names) == {"two": b'{"a":1}', "one": b"b\n"}
    assert read_answer(whole[:-8], "=m", names) == {"two": b'{"a":1}'}
    assert read_answer(b"=m 3\nx=m 0\ny=m z\n=m end", "=m", names) == {}


def test_challenges() -> None:
    hub = (
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"'
    )
    assert token_url(hub) == (
        "https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Aa%2Fb%3Apull"
    )
    assert token_url('bearer realm="https://x/t?a=1"') == "https://x/t?a=1&"
    assert token_url('Basic realm="x"') == token_url("") == token_url('Bearer realm="http://x/t"') == ""
    assert read_token(b'{"token":"a.b-c","access_token":"z"}') == "a.b-c"
    assert read_token(b'{"access_token": "z="}') == "z=" and read_token(b"{}") == ""


# ------------------------------------------------------------------------- the script itself


def run(shell: list[str], text: str, *where: str, env: dict[str, str] | None = None) -> dict[str, bytes]:
    words = [*shell, "-s", "--", "=m", "10", *TYPES, "--", *where]
    done = subprocess.run(
        words,
        input=text.encode(),
        capture_output=True,
        timeout=30,
        check=False,
        env={**os.environ, **(env or {})},
    )
    assert done.stderr == b""
    return read_answer(done.stdout, "=m", [*where])


@pytest.mark.skipif(not SCRIPTS, reason="POSIX shells")
@pytest.mark.parametrize("tool", ["curl", "wget"])
@pytest.mark.parametrize("shell", SHELLS, ids=lambda s: s[0])
def test_every_shell_and_tool(shell: list[str], tool: str, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool}")
    text = read_text("scripts/manifests.sh").replace(
        "has curl", "has curl && false" if tool == "wget" else "has curl"
    )
    # a token comes through TLS only (tests/lab_apply/test_sizes.py); here the words alone count
    text = text.replace("in https://*)", "in http*)")

    def registry(handler: Handler) -> None:
        if handler.path.startswith("/token?"):
            handler.send(200, b'{"token":"t0k.en","access_token":"other"}')
        elif "private" in handler.path and handler.headers.get("Authorization") != "Bearer t0k.en":
            realm = f"http://{handler.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="my registry",scope="r:a:pull"'
            handler.send(401, b"", {"WWW-Authenticate": challenge})
        else:
            handler.send(404 if "none" in handler.path else 200, handler.path.encode())

    with serving(registry) as server:
        asked = [*places(server, "/private", "/none", "/open"), " ".join(places(server, "/none2", "/open2"))]
        found = run(shell, text, *asked, env={"TMPDIR": str(tmp_path)})
        seen = [path for path, _ in server.seen]
        kinds = {path: headers["Accept"] for path, headers in server.seen}
    assert [found.get(place) for place in asked] == [b"/private", None, b"/open", b"/open2"]
    assert seen.count("/private") == 2 and "/token?service=my%20registry&scope=r:a:pull" in seen
    assert kinds["/open"] == ", ".join(TYPES)
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


@pytest.mark.skipif(not SCRIPTS, reason="POSIX shells")
def test_without_a_tool_nothing_is_known() -> None:
    text = read_text("scripts/manifests.sh").replace("has curl", "false").replace("has wget", "false")
    assert run(["sh"], text, "http://127.0.0.1:1/") == {}


@pytest.mark.skipif(not SCRIPTS or not shutil.which("curl"), reason="POSIX shells, curl")
@pytest.mark.parametrize(("without", "direct"), [("", False), ("127.0.0.1", True), ("*.0.0.1", True)])
def test_the_engines_proxy(tmp_path: Path, without: str, direct: bool) -> None:
    """And its password stays out of the arguments."""
    with serving(lambda h: h.send(200, b"{}")) as proxy, serving(answer) as server:
        through = proxy.url.replace("http://", "http://user:s3cret@")
        said = f"{through}||{without}|26.1.5"
        for name, body in {
            "docker": f"echo '{said}'",
            "curl": f'echo "$*" >>{tmp_path}/args\nexec /usr/bin/curl "$@"',
        }.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
            (tmp_path / name).chmod(0o755)
        env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "http_proxy": "http://127.0.0.1:1"}
        found = run(["sh"], read_text("scripts/manifests.sh"), f"{server.url}/200/x", env=env)
    assert bool(proxy.seen) is not direct and bool(server.seen) is direct
    assert [*found.values()] == [b"/200/x" if direct else b"{}"]
    assert "s3cret" not in (tmp_path / "args").read_text()


def test_the_head_of_whatever_comes_is_asked_for_without_being_counted(host: LocalHost) -> None:
    methods: list[str] = []

    def limited(handler: Handler) -> None:
        methods.append(handler.command)
        handler.send(429, b"", {"Retry-After": "120", "RateLimit-Limit": "100;w=21600"})

    with serving(limited) as server:
        found = heads(host, places(server, "/v2/x/manifests/1"), 10).lower()
        assert heads(host, ("http://127.0.0.1:1/x",), 5) == ""
    assert "retry-after: 120" in found and "ratelimit-limit: 100;w=21600" in found
    assert methods == ["HEAD"]
