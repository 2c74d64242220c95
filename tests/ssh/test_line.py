"""Lines that break, stall or carry little: reconnecting, dead lines, sessions, jobs that go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, JobEnd, JobLine, JobOutput, JobSpec, Stage
from installer.hosts.ssh.host import SshHost
from tests.ssh.conftest import StartSshd
from tests.ssh.relay import Relay
from tests.ssh.sshd import Sshd

_TRUE = Command(("true",))


def _connect(sshd: Sshd, relay: Relay) -> SshHost:
    return SshHost.connect(sshd.login(port=relay.port), sshd.known(port=relay.port))


def _job(tmp_path: Path, script: str) -> JobSpec:
    return JobSpec("j", f"{tmp_path}/job", str(tmp_path), (Stage("s", ("sh", "-c", script)),))


def test_cut_line_is_replaced_before_a_command(sshd: Sshd, relay: Relay) -> None:
    """Nobody above notices; every method does it."""
    with _connect(sshd, relay) as host:
        for action in (
            lambda: host.run(_TRUE).check(Code.HOST_COMMAND_FAILED),
            lambda: host.read_file("/etc/hostname"),
            lambda: host.job_running("/nowhere"),
            lambda: host.open_tcp("127.0.0.1", sshd.port).close(),
        ):
            relay.cut()
            action()
        assert relay.accepted == 5


@pytest.mark.parametrize("seconds", [0.0, 0.1])
def test_cut_line_during_a_command(
    sshd: Sshd, relay: Relay, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Is told: the command may have done something. Also while the connection has closed its channels and
    not yet itself."""
    unlink = vars(paramiko.Channel)["_unlink"]

    def slowly(channel: paramiko.Channel) -> None:
        unlink(channel)
        time.sleep(seconds)

    monkeypatch.setattr(paramiko.Channel, "_unlink", slowly)
    with _connect(sshd, relay) as host:
        with pytest.raises(InstallError) as caught:
            host.run(Command.script("echo go; sleep 30"), on_line=lambda *_: relay.cut())
        assert caught.value.code is Code.SSH_CONNECTION_LOST


def test_server_gone_for_good(sshd: Sshd, relay: Relay) -> None:
    """After a few tries the error is raised."""
    with _connect(sshd, relay) as host:
        relay.refuse()
        relay.cut()
        start = time.monotonic()
        with pytest.raises(InstallError):
            host.run(_TRUE)
        assert time.monotonic() - start < 10


def test_a_command_that_is_late_on_a_dead_line_is_told_as_the_line(
    sshd: Sshd, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads that a command took too long would look at the server."""
    monkeypatch.setattr("installer.hosts.ssh.run.LINE_SECONDS", 0.5)
    with _connect(sshd, relay) as host:
        with pytest.raises(InstallError) as late:
            host.run(Command.script("sleep 20"), timeout=0.5)
        assert late.value.code is Code.HOST_TIMEOUT
        with pytest.raises(InstallError) as dead:
            host.run(Command.script("echo go; sleep 20"), timeout=1.0, on_line=lambda *_: relay.stall())
        assert dead.value.code is Code.SSH_CONNECTION_LOST


def test_dead_line_is_noticed(sshd: Sshd, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keepalive without an answer; also while much is being sent."""
    monkeypatch.setattr("installer.hosts.ssh.watched_transport.KEEPALIVE_SECONDS", 0.3)
    monkeypatch.setattr("installer.hosts.ssh.watched_transport.SILENCE_SECONDS", 1.0)
    for stdin in (None, b"x" * (40 << 20)):
        with _connect(sshd, relay) as host:
            start = time.monotonic()
            command = Command(("sh", "-c", "echo go; sleep 2; cat >/dev/null"), stdin=stdin)
            with pytest.raises(InstallError) as caught:
                host.run(command, on_line=lambda *_: relay.stall())
            assert caught.value.code is Code.SSH_CONNECTION_LOST
            assert time.monotonic() - start < 6
            relay.flow()


def test_quiet_line_is_kept(sshd: Sshd, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that says nothing for longer than the limit is not a dead line: the server answers."""
    monkeypatch.setattr("installer.hosts.ssh.watched_transport.KEEPALIVE_SECONDS", 0.2)
    monkeypatch.setattr("installer.hosts.ssh.watched_transport.SILENCE_SECONDS", 0.6)
    with _connect(sshd, relay) as host:
        assert host.run(Command(("sleep", "2"))).exit_code == 0


def test_one_session_per_connection(start_server: StartSshd) -> None:
    """MaxSessions 1: further connections are opened; commands run at the same time."""
    server = start_server(["MaxSessions 1"])
    with SshHost.connect(server.login(), server.known()) as host, ThreadPoolExecutor(3) as executor:
        start = time.monotonic()
        results = list(executor.map(lambda _: host.run(Command(("sleep", "1"))), range(3)))
        assert [r.exit_code for r in results] == [0, 0, 0] and time.monotonic() - start < 2.8
        for _ in range(10):
            host.run(_TRUE)
        assert len(server.sessions()) < 10


def test_many_commands_at_once(ssh: SshHost) -> None:
    """More than the budget of one connection."""
    with ThreadPoolExecutor(10) as executor:
        results = list(executor.map(lambda n: ssh.run(Command(("echo", str(n)))).text, range(30)))
    assert results == [f"{n}\n" for n in range(30)]


def test_no_session_at_all(start_server: StartSshd) -> None:
    """MaxSessions 0 is told."""
    server = start_server(["MaxSessions 0"])
    with SshHost.connect(server.login(), server.known()) as host:
        with pytest.raises(InstallError) as caught:
            host.run(_TRUE)
        assert caught.value.code is Code.SSH_SESSION_REFUSED


def test_no_forwarding(start_server: StartSshd) -> None:
    """``open_tcp`` is refused with its own code, commands still work."""
    server = start_server(["AllowTcpForwarding no"])
    with SshHost.connect(server.login(), server.known()) as host:
        with pytest.raises(InstallError) as caught:
            host.open_tcp("127.0.0.1", server.port)
        assert caught.value.code is Code.SSH_FORWARDING_REFUSED
        assert host.run(_TRUE).exit_code == 0


def test_rekeying(start_server: StartSshd) -> None:
    """New keys every megabyte, under traffic."""
    server = start_server(["RekeyLimit 1M"])
    with SshHost.connect(server.login(), server.known()) as host:
        data = os.urandom(8 << 20)
        assert host.run(Command(("cat",), stdin=data), timeout=60).stdout == data


def test_job_survives_the_line(sshd: Sshd, relay: Relay, tmp_path: Path) -> None:
    """Cut twice while it is followed: no line is lost or seen twice."""
    spec = _job(tmp_path, "for i in $(seq 40); do echo $i; sleep 0.1; done; exit 5")
    seen: list[JobOutput] = []
    with _connect(sshd, relay) as host:
        host.start_job(spec)
        for output in host.follow_job(spec.folder):
            seen.append(output)
            if isinstance(output, JobLine) and output.text in {"5", "15"}:
                relay.cut()
    assert [o.text for o in seen if isinstance(o, JobLine)] == [str(n) for n in range(1, 41)]
    assert isinstance(seen[-1], JobEnd) and seen[-1].exit_code == 5


def test_killed_session_does_not_end_the_job(sshd: Sshd, ssh: SshHost, tmp_path: Path) -> None:
    """kill -9 of everything that sshd started for us."""
    spec = _job(tmp_path, "sleep 1; echo done")
    ssh.start_job(spec)
    for pid in sshd.sessions():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert [o.text for o in ssh.follow_job(spec.folder) if isinstance(o, JobLine)] == ["done"]


def test_killed_client_does_not_end_the_job(sshd: Sshd, tmp_path: Path) -> None:
    """SIGKILL of the program; another one goes on reading where it was."""
    known = sshd.known()
    program = f"""
from pathlib import Path
from installer.hosts.base import JobSpec, Stage
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.login import SshLogin
login = SshLogin("127.0.0.1", {sshd.port}, identity_file={sshd.identity!r})
host = SshHost.connect(login, KnownHosts(Path({str(known.path)!r})))
script = "for i in 1 2 3 4 5 6 7 8; do echo $i; while [ $i = 4 ] && [ ! -e go ]; do sleep 0.1; done; done"
stages = (Stage("s", ("sh", "-c", script)),)
host.start_job(JobSpec("j", {str(tmp_path / "job")!r}, {str(tmp_path)!r}, stages))
for output in host.follow_job({str(tmp_path / "job")!r}):
    print(output.offset, flush=True)
"""
    client = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    offset = int([client.stdout.readline() for _ in range(3)][-1])
    client.kill()
    client.wait()
    client.stdout.close()
    with SshHost.connect(sshd.login(), known) as host:
        assert host.job_running(f"{tmp_path}/job")
        (tmp_path / "go").touch()
        rest = list(host.follow_job(f"{tmp_path}/job", offset=offset))
    assert [o.text for o in rest if isinstance(o, JobLine)] == ["3", "4", "5", "6", "7", "8"]
    assert all(o.stage == "s" for o in rest if isinstance(o, JobLine))


def test_following_gives_up_and_can_be_cancelled(sshd: Sshd, relay: Relay, tmp_path: Path) -> None:
    """A server that stays away: an error after the patience, or cancel while waiting."""
    spec = _job(tmp_path, "echo go; sleep 20")
    with _connect(sshd, relay) as host:
        host.start_job(spec)
        host.reconnect_seconds = 2
        with pytest.raises(InstallError):  # noqa: PT012
            for output in host.follow_job(spec.folder):
                if isinstance(output, JobLine):
                    relay.refuse()
                    relay.cut()
        host.reconnect_seconds = 60
        token = CancelToken()
        timer = threading.Timer(1.0, token.cancel)
        timer.start()
        start = time.monotonic()
        with pytest.raises(Cancelled):
            list(host.follow_job(spec.folder, cancel=token))
        assert time.monotonic() - start < 3
        timer.join()
        relay.refuse(False)
        host.stop_job(spec.folder)


def test_vanished_job(ssh: SshHost, tmp_path: Path) -> None:
    """After a reboot (another boot id) or a kill there is an end without exit code."""
    spec = _job(tmp_path, "echo go; sleep 300")
    ssh.start_job(spec)
    pid_file = Path(spec.folder, "pid")
    pid, start, _boot = pid_file.read_text().split()
    pid_file.write_text(f"{pid} {start} another-boot\n")
    assert not ssh.job_running(spec.folder)
    assert isinstance(end := list(ssh.follow_job(spec.folder))[-1], JobEnd) and end.exit_code is None
    pid_file.write_text(f"{pid} {int(start) - 1} {_boot}\n")
    assert not ssh.job_running(spec.folder)
    pid_file.write_text(f"{pid} {start} {_boot}\n")
    assert ssh.job_running(spec.folder)
    ssh.stop_job(spec.folder)


def test_nothing_is_left_on_the_server(sshd: Sshd, tmp_path: Path) -> None:
    """After close, also after an abandoned follow and stream: no process of ours."""
    spec = _job(tmp_path, "echo go; sleep 20")
    with SshHost.connect(sshd.login(), sshd.known()) as host:
        host.start_job(spec)
        stream = host.follow_job(spec.folder)
        next(stream)
        host.stop_job(spec.folder)
        del stream
    end = time.monotonic() + 5
    while sshd.sessions() and time.monotonic() < end:
        time.sleep(0.05)
    assert sshd.sessions() == []
