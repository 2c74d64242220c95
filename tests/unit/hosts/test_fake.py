"""The fake machine keeps its promises: undeclared and unused things fail."""

from __future__ import annotations

import pytest

from installer.core.errors import InstallError
from installer.hosts.base import Command, Host, JobEnd, JobLine, JobOutput, JobSpec, Stage, StageChange
from tests.fakes.host import Expected, FakeHost, FakeJob, failed, ok


def test_answers_as_declared() -> None:
    """Exact argv, scripts by what they contain, errors as results."""
    with FakeHost(
        [
            Expected(("docker", "version"), ok("26.1.5\nmore")),
            Expected(lambda c: c.argv[0] == "sh", failed(3, "no"), contains=("echo hello",)),
        ]
    ) as fake:
        host: Host = fake
        lines: list[str] = []
        result = host.run(Command(("docker", "version")), on_line=lambda _s, line: lines.append(line))
        assert result.text == "26.1.5\nmore" and lines == ["26.1.5", "more"]
        assert host.run(Command.script("echo hello")).exit_code == 3


def test_unexpected_and_unused_fail() -> None:
    """Both ways of being wrong are told."""
    with pytest.raises(AssertionError, match="unexpected command"):
        FakeHost().run(Command(("true",)))
    with pytest.raises(AssertionError, match="not run"), FakeHost([Expected(("true",))]):
        pass


def test_job_breaks_and_goes_on() -> None:
    """A scripted break of the line, then the rest from the known offset."""
    spec = JobSpec("1", "/j", "/", (Stage("pull", ("true",)),))
    job = FakeJob([("pull", ["one", "two"], 0)], break_after=2)
    with FakeHost(jobs=[job]) as host:
        host.start_job(spec)
        seen: list[JobOutput] = []
        with pytest.raises(InstallError):  # noqa: PT012
            for output in host.follow_job("/j"):
                seen.append(output)
        first = seen[0]
        assert isinstance(first, StageChange) and len(seen) == 2
        rest = list(host.follow_job("/j", offset=seen[-1].offset))
    assert rest == [JobLine(13, "pull", "two"), StageChange(18, "pull", 0), JobEnd(18, 0)]
