"""Log lines: parsing, merging, following."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.containers import Container
from installer.hosts.base import Command
from installer.hosts.kinds import DESKTOP, LINUX
from installer.hosts.local.host import LocalHost
from installer.logs import service_logs
from installer.logs.service_logs import LogLine
from tests.fakes.host import Expected, FakeHost, failed, ok


def test_parse() -> None:
    line = service_logs.parse("1 e 2026-11-24T08:00:00.5Z text with 1 o blanks", ["api", "web"])
    assert line == LogLine("2026-11-24T08:00:00.5Z", "web", "stderr", "text with 1 o blanks")
    assert service_logs.parse("0 o 2026-11-24T08:00:00Z", ["api"]) == LogLine(
        "2026-11-24T08:00:00Z", "api", "stdout", ""
    )


def test_other_lines_are_left_out() -> None:
    assert service_logs.parse("Error response from daemon", ["api"]) is None
    assert service_logs.parse("7 o 2026-11-24T08:00:00Z x", ["api"]) is None
    assert service_logs.parse("0 o yesterday x", ["api"]) is None


def test_order_pads_the_fraction() -> None:
    times = [
        "2026-11-24T08:00:00.12Z",
        "2026-11-24T08:00:00.1Z",
        "2026-11-24T08:00:00Z",
        "2026-11-24T08:00:00.119Z",
    ]
    lines = sorted((LogLine(t, "a", "stdout", "") for t in times), key=service_logs.sort_key)
    assert [x.at for x in lines] == [times[2], times[1], times[3], times[0]]


def test_the_script_is_given_as_input_not_as_argument() -> None:
    command = Command.script("echo", "no", "all")
    assert command.argv == ("sh", "-s", "--", "no", "all")
    assert command.stdin == b"echo"


#: A docker whose container runs twice: its state is in files of the working folder.
DOCKER = r"""#!/bin/sh
printf '%s\n' "$*" >>calls
T=2026-11-24T08:00:0
case $1 in
    inspect)
        echo x >>looks
        echo "WARNING: Error loading config file" >&2
        [ -e failing ] && { echo "permission denied" >&2; exit 1; }
        [ -e gone ] && { echo "Error: No such container: $5" >&2; exit 1; }
        if [ "$(wc -l <looks)" -ge 2 ]; then echo "true ${T}3.0Z"; else echo "false ${T}3.0Z"; fi ;;
    logs)
        [ -e failing ] && { echo "permission denied" >&2; exit 1; }
        echo "${T}1.5Z one"
        echo "${T}2.5Z trouble" >&2
        case $* in *--since=${T}3.0Z*) echo "${T}4.0Z two"; touch gone ;; esac ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docker").write_text(DOCKER)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=[LINUX, DESKTOP], ids=["script", "client"])
def host(request: pytest.FixtureRequest) -> LocalHost:
    """This computer, and as it would be without POSIX scripts."""
    return LocalHost(kind=request.param)


API = Container("c1", "api", "api", "running", "", 0, "i", (), "", 0)
WEB = Container("c2", "web", "web", "running", "", 0, "i", (), "", 0)


def test_history_of_both_streams(docker: Path, host: LocalHost) -> None:
    found = service_logs.history(host, [API], tail="5")
    assert [(x.service, x.stream, x.text) for x in found] == [
        ("api", "stdout", "one"),
        ("api", "stderr", "trouble"),
    ]
    assert (docker / "calls").read_text() == "logs --timestamps --tail=5 c1\n"


def test_following_goes_on_when_the_container_runs_again(docker: Path, host: LocalHost) -> None:
    seen: list[str] = []
    service_logs.follow(host, [API], lambda line: seen.append(line.text))
    assert seen == ["one", "trouble", "two"]
    calls = (docker / "calls").read_text().splitlines()
    assert calls[1] == "logs --timestamps --follow --tail=all --since=2026-11-24T08:00:02.5Z c1"
    assert "logs --timestamps --follow --tail=all --since=2026-11-24T08:00:03.0Z c1" in calls


def test_a_stream_tells_when_a_container_is_followed_anew(docker: Path, host: LocalHost) -> None:
    seen: list[str] = []
    service_logs.stream(
        host,
        [API],
        lambda container, line: seen.append(f"{container.service} {line.text}"),
        since={},
        on_again=lambda container: seen.append(f"{container.service} again"),
    )
    assert [x for x in seen if "trouble" not in x] == ["api one", "api again", "api one", "api two"]


def test_docker_failing_is_an_error(docker: Path, host: LocalHost) -> None:
    (docker / "failing").touch()
    with pytest.raises(InstallError) as caught:
        service_logs.history(host, [API, WEB])
    assert caught.value.code is Code.ACTION_FAILED
    assert caught.value.detail == "permission denied"


def test_docker_failing_while_following() -> None:
    answers = [
        Expected(lambda c: c.argv[3] == "no"),
        Expected(lambda c: c.argv[3] == "yes", failed(1, stdout=SAID)),
    ]
    with FakeHost(answers) as host, pytest.raises(InstallError) as caught:
        service_logs.follow(host, [API], lambda _line: None)
    assert caught.value.detail == "no rights"


SAID = "0 o 2026-11-24T08:00:01Z a line\n0 e no rights\n\n0 e no rights\n"


def test_a_container_removed_meanwhile_is_no_error(docker: Path, host: LocalHost) -> None:
    (docker / "gone").touch()
    assert len(service_logs.history(host, [API])) == 2


def lines(number: int, *texts: str) -> str:
    return "".join(f"{number} o 2026-11-24T08:00:0{t}Z line {t}\n" for t in texts)


def test_each_container_resumes_at_its_own_last_line() -> None:
    def script(mode: str) -> Callable[[Command], bool]:
        return lambda command: command.argv[3] == mode

    past, live = lines(0, "1") + lines(1, "5"), lines(0, "1", "3") + lines(1, "5", "6")
    host = FakeHost([Expected(script("no"), ok(past)), Expected(script("yes"), ok(live))])
    seen: list[str] = []
    with host:
        service_logs.follow(host, [API, WEB], lambda line: seen.append(f"{line.service} {line.text}"))
    assert seen == ["api line 1", "web line 5", "api line 3", "web line 6"]
    assert host.commands[1].argv[4:] == ("all", "0=c1=2026-11-24T08:00:01Z", "1=c2=2026-11-24T08:00:05Z")


def test_following_ends_when_cancelled(docker: Path, host: LocalHost) -> None:
    """Also what the client started; and what is shown may fail without leaving it behind."""
    (docker / "docker").write_text(
        '#!/bin/sh\necho $$ >>pids\ncase $1 in inspect) echo "true x" ;;'
        ' *) echo "2026-11-24T08:00:01Z one"; case $* in *--follow*) exec sleep 60 ;; esac ;; esac\n'
    )
    token = CancelToken()
    threading.Timer(0.5, token.cancel).start()
    with pytest.raises(Cancelled):
        service_logs.follow(host, [API, WEB], lambda _line: None, cancel=token)
    follower = int((docker / "pids").read_text().split()[-1])
    assert (
        not Path(f"/proc/{follower}/cmdline").exists() or not Path(f"/proc/{follower}/cmdline").read_bytes()
    )


def test_what_shows_the_lines_may_fail(docker: Path, host: LocalHost) -> None:
    def broken(_line: LogLine) -> None:
        raise ValueError("shown")

    with pytest.raises(ValueError, match="shown"):
        service_logs.follow(host, [API], broken)
