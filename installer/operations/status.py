"""The state of an installation, as both front ends show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from installer.answers import Answers
from installer.docker.containers import Container, StackState, read_containers, stack_state
from installer.hosts.base import Host
from installer.https.site_certificate import CertificateState, read_certificate
from installer.state.compose_services import of_services, services_of
from installer.state.record import ARCHIVE, read_installed


@dataclass(frozen=True)
class Status:
    """Version and URL are empty when nothing of ours is installed there. *services* are those it should be
    made of, in the order of the data path; *one_shots* those of them that do their work and end.
    *certificate*: the one that browsers are shown, if there is one and it was queried. *archive*: the SHA-256
    of the archive that the release came in, empty where the record does not tell."""

    version: str
    url: str
    state: StackState
    containers: tuple[Container, ...]
    services: tuple[str, ...] = ()
    one_shots: frozenset[str] = frozenset()
    certificate: CertificateState | None = None
    archive: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object that ``status --json`` prints."""
        return {
            "version": self.version,
            "url": self.url,
            "state": self.state,
            "containers": [
                {
                    "service": c.service,
                    "name": c.name,
                    "state": c.state,
                    "health": c.health,
                    "exit_code": c.exit_code,
                    "image": c.image,
                    "ports": list(c.ports),
                    "started_at": c.started_at,
                    "restarts": c.restarts,
                }
                for c in self.containers
            ],
            **({"certificate": self.certificate.as_json()} if self.certificate else {}),
            **({"release_sha256": self.archive} if self.archive else {}),
        }


def in_order(containers: Sequence[Container], services: Sequence[str]) -> tuple[Container, ...]:
    """*containers* in the order of *services*; others after them by name."""
    place = {name: n for n, name in enumerate(services)}
    return tuple(sorted(containers, key=lambda c: (place.get(c.service, len(place)), c.service, c.name)))


def read_status(host: Host, answers: Answers, *, certificate: bool = False) -> Status:
    """Look once; at the *certificate*, too, if it is asked for. Raises what losing the host or its Docker
    raises.

    Without our record nothing there is ours, also not the containers of a project with the same name.
    """
    record = read_installed(host, answers.state_folder)
    if record is None:
        return Status("", "", "absent", ())
    with host.docker() as client:
        containers = read_containers(client, record.project)
    containers = of_services(containers, record, lambda: services_of(host, answers, record))
    return Status(
        version=record.version,
        url=record.url,
        state=stack_state(containers, record.services, record.one_shots),
        containers=in_order(containers, record.services),
        services=record.services,
        one_shots=record.one_shots,
        certificate=read_certificate(host, answers, record) if certificate else None,
        archive=str(record.data.get(ARCHIVE, "")),
    )
