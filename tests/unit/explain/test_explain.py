"""From an error to its findings: in time, without secrets, and never in the error's way."""

from __future__ import annotations

import threading
import time

import pytest

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, Line, StepFailed, StepStarted
from installer.core.secrets import MASK, Redactor
from installer.facts.web import Web
from installer.hosts.base import Command, Result
from installer.root_cause import Heard, Scene, explained
from installer.root_cause import explain as module
from tests.fakes.host import Expected, FakeHost, ok
from tests.unit.explain.answers import answer, container

WEB = Web("127.0.0.1", 8080, "dify.example", tls=False)
REFUSED = 'FATAL:  password authentication failed for user "postgres"'
DOWN = container("api", "restarting", exit_code=1, restarts=4)


def script(command: Command) -> bool:
    return command.argv[:3] == ("sh", "-s", "--")


def saying(**parts: object) -> Expected:
    def reply(command: Command) -> Result:
        return ok(answer(DOWN, mark=command.argv[3], **parts))  # type: ignore[arg-type]

    return Expected(script, reply)


def after(step: str, *lines: str) -> Heard:
    heard = Heard(lambda event: None)
    heard(StepStarted(step=step))
    for line in lines:
        heard(Line(step=step, text=line))
    heard(StepFailed(step=step, code="x"))
    return heard


def find(
    error: InstallError,
    host: FakeHost | None,
    heard: Heard,
    *,
    redact: Redactor | None = None,
    cancel: CancelToken | None = None,
) -> InstallError:
    scene = Scene("/opt/dify", "dify", host, WEB, ("api",))
    with (
        pytest.raises(InstallError) as raised,
        explained(scene, heard, redact or Redactor(), cancel or CancelToken()),
    ):
        raise error
    assert raised.value is error
    return error


def test_the_target_is_asked_once_and_what_it_says_is_the_cause() -> None:
    error = InstallError(Code.NOT_READY, {"services": "api"})
    with FakeHost([saying(logs={"api": REFUSED})]) as host:
        find(error, host, after("ready"))
    assert [f.code for f in error.known_failures] == ["ENV-02"]
    assert (error.known_failures[0].service, error.known_failures[0].lines) == ("api", (REFUSED,))
    assert error.catalogue == "ENV-02"
    (command,) = host.commands
    assert command.argv[4:] == (
        *("/opt/dify", "dify", "http", "127.0.0.1", "8080", "dify.example", "/console/api/setup", "", ""),
    )


def test_who_notes_it_earlier_has_it_explained_then_and_nobody_is_asked_twice() -> None:
    noted: list[str] = []

    def fail(host: FakeHost) -> None:
        scene = Scene("/opt/dify", "dify", host, WEB, ("api",))
        with explained(scene, after("ready"), Redactor(), CancelToken()) as explain:
            try:
                raise InstallError(Code.NOT_READY, {"services": "api"})
            except InstallError as error:
                explain(error)
                noted[:] = [f.code for f in error.known_failures]
                raise

    for parts, found in (({"logs": {"api": REFUSED}}, True), ({}, False)):
        with FakeHost([saying(**parts)]) as host, pytest.raises(InstallError):
            fail(host)
        assert len(host.commands) == 1
        assert ("ENV-02" in noted) is found


def test_what_the_step_said_is_enough() -> None:
    error = InstallError(Code.START_FAILED, detail="x\nBind for 0.0.0.0:80 failed: port is already allocated")
    with FakeHost([Expected(script)]) as host:
        find(error, host, after("start"))
    assert error.catalogue == "HOST-01"
    error = InstallError(Code.ACTION_FAILED)
    with FakeHost([Expected(script)]) as host:
        find(error, host, after("restart", "Bind for 0.0.0.0:80 failed: port is already allocated"))
    assert error.catalogue == "HOST-01"


def test_what_the_code_means_stays_unless_there_is_a_deeper_cause() -> None:
    for parts, expected in (({}, ["PULL-01"]), ({"free": 100}, ["HOST-04", "PULL-01"])):
        error = InstallError(Code.PULL_REGISTRY_CLOSED, detail="it does not answer")
        with FakeHost([saying(**parts)]) as host:
            find(error, host, after("pull"))
        assert [f.code for f in error.known_failures] == expected


@pytest.mark.parametrize("step", ["facts", "release", "upload"])
def test_a_file_that_could_not_be_written_is_looked_into_whichever_step_it_met(step: str) -> None:
    """The lock is written between two steps, the first file of all after the release was fetched."""
    error = InstallError(Code.HOST_FILE_FAILED, {"path": "/opt/dify/.dify-installer/lock"})
    with FakeHost([saying(free=100)]) as host:
        find(error, host, after(step))
    assert error.catalogue == "HOST-04"


@pytest.mark.parametrize("code", [Code.JOB_VANISHED, Code.JOB_REBOOTED])
def test_what_a_job_had_said_is_not_why_it_was_ended(code: Code) -> None:
    error = InstallError(code, detail="failed to fetch https://download.docker.com/x")
    looks = [] if code is Code.JOB_REBOOTED else [Expected(script)]
    with FakeHost(looks) as host:
        find(error, host, after("repair:docker.install", "could not resolve host: download.docker.com"))
    assert error.known_failures == ()


@pytest.mark.parametrize(("free", "cause"), [(30 << 20, ""), (100, "HOST-04")])
def test_what_ended_a_job_is_looked_for_on_the_machine_alone(free: int, cause: str) -> None:
    """After a restart containers come up in no order and say so: none of that ended the job."""
    error = InstallError(Code.JOB_VANISHED)
    said = "failed to init dify plugin db: dial tcp 172.18.0.3:5432: connect: connection refused"
    with FakeHost([saying(logs={"api": said}, free=free)]) as host:
        find(error, host, after("databases"))
    assert error.catalogue == cause and not any(f.service for f in error.known_failures)


def test_nothing_known_leaves_the_error_as_it_was() -> None:
    error = InstallError(Code.NOT_READY, detail="hm")
    with FakeHost([saying()]) as host:
        find(error, host, after("ready"))
    assert error.known_failures == () and error.catalogue == ""


@pytest.mark.parametrize(
    ("code", "step"),
    [(Code.SSH_CONNECTION_LOST, "pull"), (Code.RELEASE_UNKNOWN, "release"), (Code.SSH_TIMEOUT, "connect")],
)
def test_a_target_that_has_nothing_to_do_with_it_is_not_asked(code: Code, step: str) -> None:
    with FakeHost() as host:
        find(InstallError(code), host, after(step))


def test_before_there_is_a_connection() -> None:
    assert find(InstallError(Code.HOST_TIMEOUT), None, after("facts")).known_failures == ()


@pytest.mark.parametrize("trouble", [InstallError(Code.SSH_CONNECTION_LOST), RuntimeError("x"), OSError()])
def test_looking_that_fails_hides_nothing(trouble: BaseException) -> None:
    error = InstallError(Code.START_FAILED, detail="Bind for 0.0.0.0:80 failed: port is already allocated")
    with FakeHost([Expected(script, trouble)]) as host:
        find(error, host, after("start"))
    assert error.catalogue == "HOST-01"


def test_a_diagnosis_that_fails_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "diagnose_all", lambda pieces: 1 / 0)
    error, heard = InstallError(Code.START_FAILED), after("start")
    with FakeHost([saying()]) as host:
        find(error, host, heard)
    assert error.known_failures == ()
    assert "ZeroDivisionError" in heard.lines[-1], "but it is told"


def test_who_cancels_waits_for_nothing() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with FakeHost() as host:
        find(InstallError(Code.START_FAILED), host, after("start"), cancel=cancel)


class Slow(FakeHost):
    """Says something at once, then nothing more; and does not end when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def run(self, command: Command, **how: object) -> Result:
        take = how["on_line"]
        text = answer(DOWN, mark=command.argv[3], logs={"api": REFUSED})
        for line in text[: text.index("disks")].splitlines():
            take("stdout", line)  # type: ignore[operator]
        self.let_go.wait(20)
        return ok()


def test_the_time_is_limited_and_what_came_in_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST", 0.3)
    monkeypatch.setattr(module, "LIMIT", 0.2)
    host, error, began = Slow(), InstallError(Code.NOT_READY), time.monotonic()
    find(error, host, after("ready"))
    assert time.monotonic() - began < 2
    host.let_go.set()
    assert [f.code for f in error.known_failures] == ["ENV-02"]


@pytest.mark.parametrize("env", ["REDIS_PASSWORD=hunter2hunter2", 'A=\'x\nREDIS_PASSWORD="hunter2hunter2"'])
def test_secrets_of_the_env_in_use_and_logins_in_addresses_are_masked(env: str) -> None:
    redact = Redactor()
    line = "redis.exceptions.AuthenticationError: invalid username-password pair (hunter2hunter2) redis://:pw123@redis"
    with FakeHost([saying(env=env, logs={"api": line})]) as host:
        error = find(InstallError(Code.NOT_READY), host, after("ready"), redact=redact)
    (shown,) = error.known_failures[0].lines
    assert MASK in shown and "hunter2" not in shown and "pw123" not in shown


def test_events_go_on_and_the_last_step_is_remembered() -> None:
    seen: list[Event] = []
    heard = Heard(seen.append)
    for event in (StepStarted(step="pull"), Line(step="pull", text="a"), StepStarted(step="start")):
        heard(event)
    assert len(seen) == 3 and (heard.step, [*heard.lines]) == ("start", [])
