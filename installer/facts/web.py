"""Where an installation's web server is reached from its own machine, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from installer.answers import Answers
from installer.hosts.base import Host
from installer.hosts.http import Answer, reachable_address, request
from installer.hosts.http_request import Request
from installer.untrusted.json import loads
from installer.untrusted.values import integer

if TYPE_CHECKING:
    from installer.facts.model import Record

SETUP_PATH = "/console/api/setup"
#: What answers it, behind the web server (0.15.3 to 1.16.1).
SETUP_SERVICE = "api"
#: How long an answer about the first account is waited for.
SETUP_SECONDS = 5.0


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
            return cls(str(data["address"]), integer(data["port"]), str(data["name"]), bool(data["tls"]))
        except (KeyError, TypeError, ValueError):
            return None

    def as_json(self) -> dict[str, Any]:
        """The record's ``web`` table."""
        return asdict(self)

    def setup_open(self, host: Host, *, timeout: float = 10) -> bool | None:
        """Whether Dify says that it has no account yet: ``step`` is ``not_started`` or ``finished``
        (``api/controllers/console/setup.py``). None if it says nothing that we know."""
        answer = self.ask(host, SETUP_PATH, timeout=timeout)
        try:
            step = loads(answer.body).get("step") if answer.status == 200 else None
        except (ValueError, AttributeError):
            return None
        return {"not_started": True, "finished": False}.get(str(step))

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
        asked = Request(
            self.port, path, self.address, self.name, method, body, headers or {}, timeout, self.tls
        )
        return request(host, asked)


def has_account(host: Host, record: Record | None) -> bool | None:
    """Whether the Dify of *record* has its first account: by the record, else Dify on *host* is asked. None
    if Dify is not installed or does not say."""
    if record is None or not record.installed:
        return None
    if record.data.get("admin"):
        return True
    web = Web.read(record.data.get("web") or {})
    free = None if web is None else web.setup_open(host, timeout=SETUP_SECONDS)
    return None if free is None else not free
