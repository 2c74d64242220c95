"""Where an installation's web server is reached from its own machine, and how it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from installer.hosts.base import Host
from installer.hosts.http import Answer, reachable_address, request
from installer.settings import Answers

SETUP_PATH = "/console/api/setup"
#: What answers it, behind the web server (0.15.3 to 1.16.1).
SETUP_SERVICE = "api"


@dataclass(frozen=True)
class Web:
    """*name* is what people type (for the Host header); *tls* when plain HTTP would only redirect."""

    address: str
    port: int
    name: str
    tls: bool

    @classmethod
    def of(cls, answers: Answers) -> Web:
        """Of an installation made from *answers*."""
        port = answers.ports.https if answers.tls.on else answers.ports.http
        return cls(reachable_address(answers.site.bind), port, answers.site_address, answers.tls.on)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Web | None:
        """From a record's ``web`` table, None if there is none."""
        try:
            return cls(str(data["address"]), int(data["port"]), str(data["name"]), bool(data["tls"]))
        except (KeyError, TypeError, ValueError):
            return None

    def as_json(self) -> dict[str, Any]:
        """The record's ``web`` table."""
        return asdict(self)

    def setup_open(self, host: Host) -> bool:
        """Whether Dify says that nobody has an account there yet (``api/controllers/console/setup.py``)."""
        answer = self.ask(host, SETUP_PATH)
        try:
            return answer.status == 200 and json.loads(answer.body).get("step") == "not_started"
        except (ValueError, AttributeError):  # no Dify that we know: nothing is claimed
            return False

    def ask(
        self,
        host: Host,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        """A request from *host* itself. Never raises for a dead server (status 0)."""
        return request(
            host,
            self.port,
            path,
            address=self.address,
            name=self.name,
            method=method,
            body=body,
            headers=headers,
            timeout=timeout,
            tls=self.tls,
        )
