"""What a failed download's error gets beside the Engine's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.formatting import moment
from installer.hosts.base import Command, Result
from installer.registry.manifests import Blob
from installer.registry.pull_help import again_at, complete
from installer.registry.sizes import NOT_ASKED, Sizes
from installer.texts import LANGUAGES, Texts
from tests.fakes.host import Expected, FakeHost, failed, ok
from tests.situations import situation
from tests.unit.registry.samples import digest

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("head", "at"),
    [
        ("HTTP/1.1 429\r\nRetry-After: 120\r\n", NOW + 120),
        ("HTTP/2 429\nretry-after: 1800000300\n", NOW + 300),
        ("retry-after: Fri, 15 Jan 2027 08:30:00 GMT", 1_800_001_800),
        ("x-ratelimit-reset: 1800000600;w=1", NOW + 600),
        ("ratelimit-limit: 100;w=21600\nratelimit-remaining: 0;w=21600", None),
        ("retry-after: soon\nretry-after", None),
        ("retry-after: 5\n", NOW + 5),
        ("x-ratelimit-reset: 1700000000", None),
        ("", None),
    ],
)
def test_when_it_may_be_asked_again(head: str, at: float | None) -> None:
    assert again_at(head, NOW) == ("" if at is None else moment(at))


def with_images() -> Sizes:
    images = {*situation().configuration.images}
    return Sizes({image: (Blob(digest(image), 10**9),) for image in images})


def test_a_full_disk_is_told_in_numbers() -> None:
    now = situation()
    now = replace(now, facts=replace(now.facts, docker=replace(now.facts.docker, root="/var/lib/docker")))
    df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a b 10 9 1500000 99% /var\n"
    commands = [
        Expected(("df", "-Pk", "/var/lib/docker"), ok(df)),
        Expected(
            lambda c: c.argv[:3] == ("docker", "system", "df"), ok("Images|2.1GB (80%)\nContainers|0B (0%)\n")
        ),
    ]
    with FakeHost(commands) as host:
        error = InstallError(Code.PULL_DISK_FULL, {"image": "x"})
        complete(error, host, now, with_images(), CancelToken())
    assert (error.params["free"], error.params["unused"]) == ("1.5 GB", "2.1GB")
    assert error.params["needed"].endswith(" GB")
    for language in LANGUAGES:
        why = Texts(language).explain(error.code, dict(error.params)).why
        assert "1.5 GB" in why and "2.1GB" in why and "?" not in why


@pytest.mark.parametrize("slow", ["df", "docker"])
def test_a_slow_answer_costs_itself_only(slow: str) -> None:
    now = situation()
    now = replace(now, facts=replace(now.facts, docker=replace(now.facts.docker, root="/d")))
    late = InstallError(Code.HOST_TIMEOUT, {"command": slow})
    answers = {"df": ok("/dev/a 10 9 1500000 99% /d\n"), "docker": ok("Images|2.1GB (80%)\n")}

    def answered(command: Command) -> Result:
        if command.argv[0] == slow:
            raise late
        return answers[command.argv[0]]

    commands = [Expected(lambda _: True, answered, times=2)]
    error = InstallError(Code.PULL_DISK_FULL, {"image": "x"})
    with FakeHost(commands) as host:
        complete(error, host, now, with_images(), CancelToken())
    assert error.params["needed"].endswith(" GB")
    assert error.params["free"] == ("" if slow == "df" else "1.5 GB")
    assert error.params["unused"] == ("" if slow == "docker" else "2.1GB")


def test_what_cannot_be_found_out_is_left_out() -> None:
    host = FakeHost([Expected(lambda c: True, failed(1, "no"), times=None)])
    before = InstallError(Code.PULL_DISK_FULL, {"image": "x"}, detail="d")
    complete(before, host, situation(), NOT_ASKED, CancelToken())
    assert "Free now" not in Texts("en").explain(before.code, dict(before.params)).why
    other = InstallError(Code.PULL_REFUSED, {"image": "x"})
    complete(other, FakeHost([]), situation(), NOT_ASKED, CancelToken())
    assert other.params == {"image": "x"}


def test_a_time_that_the_engine_told_is_not_asked_for() -> None:
    error = InstallError(Code.PULL_RATE_LIMITED, {"image": "x", "reset": "soon"})
    complete(error, FakeHost([]), situation(), NOT_ASKED, CancelToken())
    assert error.params["reset"] == "soon"
