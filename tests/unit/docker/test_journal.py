"""The reason that Docker's own log gives for not starting."""

from __future__ import annotations

import pytest

from installer.docker.journal import MOST, journal_reason

NOISE = (
    "Starting docker.service - Docker Application Container Engine...",
    'time="2026-11-02T09:14:55.112+09:00" level=info msg="Starting up"',
)
END = (
    "docker.service: Main process exited, code=exited, status=1/FAILURE",
    "docker.service: Failed with result 'exit-code'.",
    "Failed to start docker.service - Docker Application Container Engine.",
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "failed to start daemon: Error initializing network controller: iptables not found",
            "failed to start daemon: Error initializing network controller: iptables not found",
        ),
        (
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}'",
            "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}'",
        ),
        (
            r'time="2026-11-02" level=fatal msg="unable to open \"/run/x.sock\"" error="permission denied"',
            'unable to open "/run/x.sock": permission denied',
        ),
        ("mkdir /var/lib/docker: no space left on device", "mkdir /var/lib/docker: no space left on device"),
    ],
)
def test_the_line_that_says_why(line: str, reason: str) -> None:
    assert journal_reason((*NOISE, line, *END)) == reason


def test_the_newest_try_counts() -> None:
    first, second = "failed to start daemon: first", "failed to start daemon: second"
    assert journal_reason((first, *END, *NOISE, second, *END)) == second


def test_a_journal_without_a_reason_gives_none() -> None:
    assert journal_reason(NOISE) == journal_reason(()) == ""


def test_a_line_of_any_length_is_short_and_one_line() -> None:
    reason = journal_reason(("failed to start daemon: " + "x\t" * 100_000,))
    assert len(reason) == MOST and reason.endswith("…") and "\t" not in reason
