"""The log of a job read back from any place, in any pieces."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from installer.hosts.base import JobEnd, JobLine, JobOutput, JobSpec, Stage, StageChange
from installer.hosts.jobs.log import JobLog, begin_mark, end_mark
from installer.hosts.jobs.script import job_script

_T = "f00dfeed"


def _read(data: bytes, cuts: list[int] | None = None) -> list[JobOutput]:
    log = JobLog(_T)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts or []), len(data)]
    outputs = [o for a, b in itertools.pairwise(edges) for o in log.feed(data[a:b])]
    return [*outputs, *log.end(0)]


def _log(*stages: tuple[str, bytes, int]) -> bytes:
    data = b""
    for number, (name, output, code) in enumerate(stages):
        data += f"\n{begin_mark(_T, number, name)}\n".encode() + output
        data += f"\n{end_mark(_T, number, code, name)}\n".encode()
    return data


def test_stages_and_lines() -> None:
    """The newline before a marker is the writer's; blank lines of the output are the output's."""
    outputs = _read(_log(("one two", b"a\n\nb\n\n", 0), ("\u65e5", b"", 3)))
    lines = [(o.stage, o.text) for o in outputs if isinstance(o, JobLine)]
    assert lines == [("one two", t) for t in ("a", "", "b", "")]
    changes = [(o.stage, o.exit_code) for o in outputs if isinstance(o, StageChange)]
    assert changes == [("one two", None), ("one two", 0), ("\u65e5", None), ("\u65e5", 3)]


def test_output_that_looks_like_a_marker() -> None:
    """Is output: another token, not at the beginning of a line, unknown words."""
    text = f"beef begin 0 x\n x{_T} begin 1 y\n".encode()
    outputs = _read(_log(("s", text, 0)))
    assert len([o for o in outputs if isinstance(o, StageChange)]) == 2
    assert len([o for o in outputs if isinstance(o, JobLine)]) == 2


_OUTPUT = st.binary(max_size=30).map(lambda b: b.replace(b"\r", b"\n"))


@given(st.lists(_OUTPUT, min_size=1, max_size=3), st.lists(st.integers(0, 400), max_size=8))
def test_any_pieces_and_any_place(outputs: list[bytes], cuts: list[int]) -> None:
    """Pieces do not matter; following on from each offset gives exactly the rest."""
    data = _log(*((f"stage {n}", text, 0) for n, text in enumerate(outputs)))
    whole = _read(data)
    assert _read(data, cuts) == whole and isinstance(whole[-1], JobEnd)
    assert whole[-1].offset == len(data)
    for number, output in enumerate(whole[:-1]):
        before = [o for o in whole[: number + 1] if isinstance(o, StageChange)]
        last = ""
        if before:
            n = before[-1].stage.split()[-1]
            code = before[-1].exit_code
            mark = begin_mark if code is None else None
            last = mark(_T, int(n), before[-1].stage) if mark else end_mark(_T, int(n), 0, before[-1].stage)
        log = JobLog(_T, offset=output.offset, last=last)
        assert [*log.feed(data[output.offset :]), *log.end(0)] == whole[number + 1 :]


def test_script_is_posix_and_quotes(tmp_path: Path) -> None:
    """Names and values with quotes; run by the plain shell."""
    spec = JobSpec(
        "1",
        str(tmp_path / "it's"),
        str(tmp_path),
        (Stage("it's \n one", ("printf", "%s|", "a'b", "$HOME", "`x`")), Stage("fails", ("false",), 1)),
        env={"NAME": "it's"},
    )
    script = job_script(spec, _T)
    subprocess.run(["sh", "-n"], input=script.encode(), check=True)
    (tmp_path / "it's").mkdir()
    env = {"PATH": "/usr/bin:/bin", "COMPOSE_X": "1", "DOCKER_HOST": "x", "DOCKER_CONFIG": "kept"}
    done = subprocess.run(["sh", "-c", script], capture_output=True, env=env, check=False)
    lines = [o.text for o in _read(done.stdout) if isinstance(o, JobLine)]
    assert done.returncode == 1 and lines == ["a'b|$HOME|`x`|"]
    assert (tmp_path / "it's" / "exit").read_text().split() == ["1"]


def test_only_what_is_kept_and_given_is_in_the_environment(tmp_path: Path) -> None:
    """A stray variable would win over the same one in ``.env``."""
    spec = JobSpec("1", str(tmp_path), "/", (Stage("s", ("env",)),), env={"COMPOSE_PROFILES": "a"})
    env = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C", "COMPOSE_FILE": "x", "D": "a\nDEBUG=1"}
    script = job_script(spec, _T)
    out = subprocess.run(["sh", "-c", script], capture_output=True, env=env, check=True).stdout.decode()
    names = {line.partition("=")[0] for line in out.splitlines() if "=" in line}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH", "HOME", "COMPOSE_PROFILES"}
