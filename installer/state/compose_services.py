"""Which services an installation has: only their containers are its own.

Labels of a project can be given to any container (``docker run --label``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.docker.compose import compose
from installer.docker.containers import Container
from installer.facts.model import Record
from installer.hosts.base import Command, Host
from installer.release.envfile import EnvFile
from installer.state import backups

SECONDS = 120.0


def services_of(
    host: Host, answers: Answers, record: Record, cancel: CancelToken | None = None
) -> frozenset[str]:
    """The services of the Compose files as they are resolved now, in whatever profile, and those of the
    record; none where neither tells."""
    text = (host.read_file(f"{answers.docker_folder}/{backups.ENV}") or b"").decode("utf-8", "replace")
    profiles = EnvFile.parse(text).values().get("COMPOSE_PROFILES", "")
    # by name, too: an older Compose does not know "*"
    env = {"COMPOSE_PROFILES": f"{profiles},*".lstrip(",")}
    command = Command(compose("config", "--services"), cwd=answers.docker_folder, env=env)
    result = host.run(command, cancel=cancel, timeout=SECONDS)
    resolved = result.text.split() if result.exit_code == 0 else []
    return _noted(record) | frozenset(resolved)


def of_services(
    containers: Sequence[Container], record: Record, resolve: Callable[[], Collection[str]]
) -> tuple[Container, ...]:
    """Those of *containers* that are of a service of *record*, or of one that *resolve* names: it is called
    only where there are others. All of them where neither names any."""
    known = _noted(record)
    if any(c.service not in known for c in containers):
        known |= frozenset(resolve())
    return tuple(c for c in containers if not known or c.service in known)


def _noted(record: Record) -> frozenset[str]:
    return frozenset((*record.services, *record.one_shots, *record.former))
