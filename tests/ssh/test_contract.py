"""What every host promises, on this computer and over a real SSH server."""

from __future__ import annotations

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import (
    Command,
    FileContent,
    Host,
    JobEnd,
    JobLine,
    JobOutput,
    JobSpec,
    Stage,
    StageChange,
)
from installer.hosts.lines import KEPT_ERRORS


def _alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path("/proc", str(pid), "status").read_text()
    except OSError:
        return False


def test_run_collects_everything(host: Host, tmp_path: Path) -> None:
    """Exit code, both streams, binary input, environment, folder, awkward arguments."""
    script = 'printf "%s|" "$@"; pwd; echo "$VALUE"; cat; echo err >&2; exit 3'
    arguments = ("it's", "two words", "$HOME", "日本", "-n", "*", "back\\slash", 'q"uote', "", "a\nb", "!x")
    command = Command(
        ("sh", "-c", script, "sh", *arguments),
        stdin=b"\0\xff\r\n",
        env={"VALUE": "it's $HOME"},
        cwd=str(tmp_path),
    )
    result = host.run(command)
    expected = "".join(f"{a}|" for a in arguments) + f"{tmp_path}\nit's $HOME\n"
    assert result.stdout == expected.encode() + b"\0\xff\r\n"
    assert (result.exit_code, result.stderr) == (3, b"err\n")


def test_scripts_and_missing_programs(host: Host) -> None:
    """A script with arguments; a missing program is 127; a signal is not success."""
    assert host.run(Command.script('echo "$1 $2"', "a b", "-c")).text == "a b -c\n"
    assert host.run(Command(("no-such-program-here",))).exit_code == 127
    assert host.run(Command(("sh", "-c", "kill -9 $$"))).exit_code < 0


def test_lines_come_as_they_are_printed(host: Host) -> None:
    """Not at the end, and from both streams."""
    seen: list[tuple[str, str, float]] = []
    script = "echo one; sleep 0.5; echo two >&2; printf three"
    host.run(Command.script(script), on_line=lambda s, text: seen.append((s, text, time.monotonic())))
    assert [(s, text) for s, text, _ in seen] == [("stdout", "one"), ("stderr", "two"), ("stdout", "three")]
    assert seen[1][2] - seen[0][2] > 0.3


def test_large_output_and_input_together(host: Host) -> None:
    """More than any buffer in both directions and on both outputs at once. Of errors the end is kept."""
    data = os.urandom(6 << 20)
    result = host.run(Command(("sh", "-c", "tee /dev/stderr"), stdin=data), timeout=60)
    assert result.stdout == data and result.stderr == data[-KEPT_ERRORS:]


def test_input_that_nobody_reads(host: Host) -> None:
    """Is no error."""
    assert host.run(Command(("true",), stdin=b"x" * (4 << 20)), timeout=20).exit_code == 0


@pytest.mark.parametrize("how", ["cancel", "timeout", "callback"])
def test_stopping_ends_the_tree(host: Host, tmp_path: Path, how: str) -> None:
    """Also of children that ignore TERM."""
    pids = tmp_path / "pids"
    stubborn = "trap '' TERM; echo $$ >>pids; sleep 300; sleep 300"
    script = (
        'sh -c "$0" & sleep 300 & echo $! $$ >>pids; until [ $(wc -w <pids) = 3 ]; do :; done; echo; wait'
    )
    token = CancelToken()

    def on_line(_stream: str, _text: str) -> None:
        if how == "cancel":
            token.cancel()
        if how == "callback":
            raise Cancelled

    start = time.monotonic()
    command = Command(("sh", "-c", script, stubborn), cwd=str(tmp_path))
    if how == "timeout":
        with pytest.raises(InstallError) as caught:
            host.run(command, timeout=1)
        assert caught.value.code is Code.HOST_TIMEOUT
    else:
        with pytest.raises(Cancelled):
            host.run(command, cancel=token, on_line=on_line)
    assert time.monotonic() - start < 9
    known = [int(line) for line in pids.read_text().split()]
    assert len(known) == 3 and not any(_alive(pid) for pid in known)


def test_cancelled_before(host: Host) -> None:
    """Nothing is started."""
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        host.run(Command(("true",)), cancel=token)


def test_files(host: Host, tmp_path: Path) -> None:
    """Write, read, limit, replace, create, remove; modes; names that look like options."""
    folder = f"{tmp_path}/日本 x/-b"
    host.make_folder(folder, mode=0o750)
    assert Path(folder).stat().st_mode & 0o777 == 0o750
    path = f"{folder}/-rf it's"
    assert host.read_file(path) is None
    host.write_file(path, b"\0\xffold", mode=0o640)
    host.write_file(path, b"\0\xffnew", mode=0o604)
    assert host.read_file(path) == b"\0\xffnew" and host.read_file(path, limit=2) == b"\0\xff"
    assert host.read_end(path, 2) == b"ew" and host.read_end(path, 99) == b"\0\xffnew"
    assert host.read_end(f"{path}/below", 9) is None and host.read_end(f"{path}x", 9) is None
    assert Path(path).stat().st_mode & 0o777 == 0o604
    assert [p.name for p in Path(folder).iterdir()] == ["-rf it's"]
    host.remove_file(path)
    host.remove_file(path)
    assert host.read_file(f"{path}/below") is None
    host.make_folder(folder, mode=0o700)
    assert Path(folder).stat().st_mode & 0o777 == 0o750


def test_create_is_exclusive(host: Host, tmp_path: Path) -> None:
    """One winner, also against a dangling link."""
    path = f"{tmp_path}/lock"
    assert host.create_file(path, b"first", mode=0o640)
    assert not host.create_file(path, b"second")
    assert host.read_file(path) == b"first" and Path(path).stat().st_mode & 0o777 == 0o640
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert not host.create_file(f"{tmp_path}/link", b"x")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_exchanged_is_what_was_seen(host: Host, tmp_path: Path) -> None:
    """Anything else stays, a link too."""
    path = f"{tmp_path}/-lo ck"
    assert not host.swap_file(path, b"old\n", b"new\n")
    assert host.create_file(path, b'it\'s "old" $HOME\n')
    assert not host.swap_file(path, b"other\n", b"new\n")
    assert host.swap_file(path, b'it\'s "old" $HOME\n', b"new\n", mode=0o640)
    assert host.read_file(path) == b"new\n" and Path(path).stat().st_mode & 0o777 == 0o640
    assert not host.swap_file(path, b"old\n", None) and Path(path).exists()
    assert host.swap_file(path, b"new\n", None) and not Path(path).exists()
    (tmp_path / "target").write_bytes(b"old\n")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert not host.swap_file(f"{tmp_path}/link", b"old\n", b"new\n")
    assert {p.name for p in tmp_path.iterdir()} == {"target", "link"}


def test_of_several_that_exchange_at_once_one_succeeds(host: Host, tmp_path: Path) -> None:
    path = f"{tmp_path}/lock"
    for _ in range(3):
        host.write_file(path, b"old\n")
        with ThreadPoolExecutor(4) as pool:
            done = [*pool.map(lambda n: host.swap_file(path, b"old\n", f"{n}\n".encode()), range(4))]
        assert sum(done) == 1 and host.read_file(path) == f"{done.index(True)}\n".encode()
    assert [p.name for p in tmp_path.iterdir()] == ["lock"]


def test_file_errors_have_a_code(host: Host, tmp_path: Path) -> None:
    """And leave no drafts."""
    (tmp_path / "folder").mkdir()
    for path in (f"{tmp_path}/no/such", f"{tmp_path}/folder"):
        with pytest.raises(InstallError) as caught:
            host.write_file(path, b"x")
        assert caught.value.code is Code.HOST_FILE_FAILED and caught.value.params["path"] == path
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_upload(host: Host, tmp_path: Path, size: int) -> None:
    """Nested, odd names, long names, modes, replaced files, progress up to the end."""
    files = [
        FileContent("-a b/日本.sh", b"#!/bin/sh\n", 0o755),
        FileContent("x" * 120 + "/" + "y" * 120, os.urandom(size), 0o600),
        FileContent("empty", b""),
    ]
    folder = tmp_path / "new" / "up"
    folder.mkdir(parents=True)
    (folder / "empty").write_bytes(b"old")
    seen: list[tuple[int, int]] = []
    private = tmp_path / "new" / "state"
    host.upload(str(folder), files, private=str(private), on_progress=lambda *at: seen.append(at))
    assert not private.exists() or list(private.iterdir()) == []
    for file in files:
        placed = folder / file.path
        assert placed.read_bytes() == file.data and placed.stat().st_mode & 0o777 == file.mode
        assert placed.stat().st_uid == 0
    assert seen[-1][0] == seen[-1][1] > 0 and seen == sorted(seen)


def _spec(tmp_path: Path, *stages: Stage, **more: object) -> JobSpec:
    return JobSpec("test", f"{tmp_path}/a job/1", str(tmp_path), stages, **more)  # type: ignore[arg-type]


def _sh(name: str, script: str, **more: object) -> Stage:
    return Stage(name, ("sh", "-c", script), **more)  # type: ignore[arg-type]


def test_job_from_start_to_end(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages, lines, blank lines, unfinished lines, the failing stage ends it; folder mode; environment."""
    monkeypatch.setenv("COMPOSE_FILE", "x")
    spec = _spec(
        tmp_path,
        _sh(
            "first",
            'printf "a\\n\\nb $V \\377"; pwd; echo "[$COMPOSE_FILE]"',
        ),
        _sh("日本 two", "echo err >&2; exit 7"),
        _sh("never", "echo no"),
        env={"V": "it's"},
    )
    host.start_job(spec)
    outputs = list(host.follow_job(spec.folder))
    texts = [(o.stage, o.text) for o in outputs if isinstance(o, JobLine)]
    assert texts == [
        ("first", "a"),
        ("first", ""),
        ("first", f"b it's \ufffd{tmp_path}"),
        ("first", "[]"),
        ("日本 two", "err"),
    ]
    changes = [(o.stage, o.exit_code) for o in outputs if isinstance(o, StageChange)]
    assert changes == [("first", None), ("first", 0), ("日本 two", None), ("日本 two", 7)]
    assert outputs[-1] == JobEnd(Path(spec.folder, "log").stat().st_size, 7)
    assert Path(spec.folder).stat().st_mode & 0o777 == 0o700
    assert not host.job_running(spec.folder)
    for number, output in enumerate(outputs[:-1]):
        rest = list(host.follow_job(spec.folder, offset=output.offset))
        assert rest == outputs[number + 1 :]


def test_job_is_followed_live(host: Host, tmp_path: Path) -> None:
    """Lines come while it runs; cancelling the follower leaves the job alone."""
    spec = _spec(tmp_path, _sh("s", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done"))
    host.start_job(spec)
    assert host.job_running(spec.folder)
    token = CancelToken()
    seen: list[JobOutput] = []
    with pytest.raises(Cancelled):  # noqa: PT012
        for output in host.follow_job(spec.folder, cancel=token):
            seen.append(output)
            if isinstance(output, JobLine) and output.text == "2":
                token.cancel()
    assert host.job_running(spec.folder)
    seen += host.follow_job(spec.folder, offset=seen[-1].offset)
    assert [o.text for o in seen if isinstance(o, JobLine)] == ["1", "2", "3", "4", "5", "6"]


def test_job_retries_quietly(host: Host, tmp_path: Path) -> None:
    """Until it succeeds, only the last output is kept; or until the time is over."""
    count = "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n; echo try $n"
    spec = _spec(
        tmp_path,
        _sh("probe", f"{count}; [ $n -ge 2 ]", retry_seconds=30, keep_quiet=True),
        _sh("loud", f"{count}; [ $n -ge 4 ]", retry_seconds=30),
        _sh("late", "echo no; exit 4", retry_seconds=1, keep_quiet=True),
    )
    host.start_job(spec)
    outputs = list(host.follow_job(spec.folder))
    texts = [(o.stage, o.text) for o in outputs if isinstance(o, JobLine)]
    assert texts == [("probe", "try 2"), ("loud", "try 3"), ("loud", "try 4"), ("late", "no")]
    assert outputs[-1] == JobEnd(outputs[-1].offset, 4)


def test_job_does_not_retry_what_is_hopeless(host: Host, tmp_path: Path) -> None:
    """Four times in a row, nothing else counts: what recovers after a moment is waited for."""
    count = "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n"
    told = 'case "$(cat n)" in 1 | 3) echo "$(cat n)" ;; *) [ "$(cat n)" -lt 7 ] || cat n ;; esac'
    spec = _spec(
        tmp_path,
        _sh("there", f"{count}; [ $n -ge 4 ]", retry_seconds=30, hopeless=("sh", "-c", told)),
        _sh("lost", f"{count}; echo no; exit 4", retry_seconds=300, hopeless=("sh", "-c", told)),
        _sh("never", "echo never"),
    )
    host.start_job(spec)
    outputs = list(host.follow_job(spec.folder))
    assert outputs[-1] == JobEnd(outputs[-1].offset, 4)
    assert [(o.stage, o.exit_code) for o in outputs if isinstance(o, StageChange)] == [
        ("there", None),
        ("there", 0),
        ("lost", None),
        ("lost", 4),
    ]
    assert (tmp_path / "n").read_text().strip() == "10"


def test_job_is_stopped(host: Host, tmp_path: Path) -> None:
    """The whole group, idempotently; a job stopped has no exit code."""
    spec = _spec(tmp_path, _sh("s", "sleep 300 & echo $! $$; wait"))
    host.start_job(spec)
    stream = host.follow_job(spec.folder)
    line = next(o for o in stream if isinstance(o, JobLine))
    host.stop_job(spec.folder)
    end = list(stream)[-1]
    # its shell may find the time to say "Terminated"
    assert isinstance(end, JobEnd) and end.exit_code is None and end.offset >= line.offset
    assert not any(_alive(int(pid)) for pid in line.text.split())
    assert not host.job_running(spec.folder)
    host.stop_job(spec.folder)


def test_a_stage_whose_children_go_first_has_not_succeeded(host: Host, tmp_path: Path) -> None:
    """A shell that waits returns 0 once its child was ended, before the signal reaches itself."""
    spec = _spec(tmp_path, _sh("s", "trap '' TERM; sh -c 'trap - TERM; exec sleep 300' & echo up; wait"))
    host.start_job(spec)
    stream = host.follow_job(spec.folder)
    next(o for o in stream if isinstance(o, JobLine))
    host.stop_job(spec.folder)
    end = list(stream)[-1]
    assert isinstance(end, JobEnd) and end.exit_code is None


def test_a_whole_stage_ends_before_its_job_is_stopped(host: Host, tmp_path: Path) -> None:
    """A package transaction is never ended half-way; what would follow it is not begun."""
    stop = f"{_spec(tmp_path).folder}/stop"
    text = f"echo half; until [ -e '{stop}' ]; do sleep 0.1; done; sleep 1; echo whole"
    spec = _spec(tmp_path, _sh("p", text, whole=True), _sh("next", "echo no"))
    host.start_job(spec)
    stream = host.follow_job(spec.folder)
    assert next(o for o in stream if isinstance(o, JobLine)).text == "half"
    host.stop_job(spec.folder)
    assert not host.job_running(spec.folder)
    outputs = list(stream)
    assert [o.text for o in outputs if isinstance(o, JobLine)] == ["whole"]
    assert outputs[-2:] == [StageChange(outputs[-1].offset, "p", 0), JobEnd(outputs[-1].offset, None)]


def test_job_that_ignores_term_is_killed(host: Host, tmp_path: Path) -> None:
    """After ten seconds."""
    spec = _spec(tmp_path, _sh("s", "trap '' TERM; echo $$; sleep 300; sleep 300"))
    host.start_job(spec)
    line = next(o for o in host.follow_job(spec.folder) if isinstance(o, JobLine))
    start = time.monotonic()
    host.stop_job(spec.folder)
    assert 8 < time.monotonic() - start < 14
    assert not _alive(int(line.text))


def test_no_second_job_in_a_folder(host: Host, tmp_path: Path) -> None:
    """Two clients that start the same job: one gets an error."""
    spec = _spec(tmp_path, _sh("s", "true"))
    host.start_job(spec)
    with pytest.raises(InstallError) as caught:
        host.start_job(spec)
    assert caught.value.code is Code.HOST_COMMAND_FAILED
    list(host.follow_job(spec.folder))


def test_job_with_missing_parts(host: Host, tmp_path: Path) -> None:
    """A missing program fails its stage, a missing job is told."""
    spec = _spec(tmp_path, Stage("s", ("no-such-program-here",)))
    host.start_job(spec)
    assert list(host.follow_job(spec.folder))[-1] == JobEnd(Path(spec.folder, "log").stat().st_size, 127)
    assert not host.job_running(f"{tmp_path}/none")
    host.stop_job(f"{tmp_path}/none")
    with pytest.raises(InstallError) as caught:
        list(host.follow_job(f"{tmp_path}/none"))
    assert caught.value.code is Code.JOB_VANISHED


def test_open_tcp(host: Host) -> None:
    """An echo, and a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def echo() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(client.recv(100).upper())

        thread = threading.Thread(target=echo)
        thread.start()
        stream = host.open_tcp("127.0.0.1", port)
        stream.settimeout(5)
        stream.sendall(b"hello")
        assert stream.recv(100) == b"HELLO" and stream.recv(100) == b""
        stream.close()
        thread.join()
    with pytest.raises(InstallError) as caught:
        host.open_tcp("127.0.0.1", port)
    assert caught.value.code is Code.HOST_ADDRESS_UNREACHABLE


def test_timeout_of_a_stream(host: Host) -> None:
    """``settimeout`` counts for reading."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = host.open_tcp("127.0.0.1", server.getsockname()[1])
        stream.settimeout(0.2)
        with pytest.raises(TimeoutError):
            stream.recv(1)
        stream.close()
