"""Commands that bring services up in a good order, as stages of a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from installer.docker.compose import compose
from installer.hosts.base import Stage
from installer.release.services import fronts, probe


def probe_stages(step: str, databases: Sequence[str], seconds: int) -> Iterator[Stage]:
    """Ask each of *databases* until it answers, for *seconds* at most; not on while it ends again and again
    (old data that it cannot read, a folder that it may not write)."""
    for name in databases:
        if argv := probe(name):
            yield Stage(
                f"{step}:{name}",
                compose("exec", "-T", name, *argv),
                seconds,
                keep_quiet=True,
                hopeless=compose("ps", "--quiet", "--status", "restarting", name),
            )


def database_stages(step: str, databases: Sequence[str], seconds: int) -> Iterator[Stage]:
    """``up`` of *databases* alone, then wait until they answer: nothing else meets them half-made."""
    if databases:
        yield Stage(step, compose("up", "--detach", "--no-deps", *databases))
    yield from probe_stages(step, databases, seconds)


def up_stages(step: str, services: Sequence[str]) -> Iterator[Stage]:
    """``up`` of all *services*, the web server last: it ends when a name that it hands requests on to is not
    there yet, and the release does not say all of them."""
    last = fronts(services)
    first = [name for name in services if name not in last]
    if not last or not first:
        yield Stage(step, compose("up", "--detach", "--remove-orphans"))
        return
    yield Stage(step, compose("up", "--detach", "--remove-orphans", *first))
    # alone: a second `up` of the others would run their one-shots again
    yield Stage(f"{step}:front", compose("up", "--detach", "--no-deps", *last))
