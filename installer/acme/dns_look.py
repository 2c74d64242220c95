"""What the site's name resolves to, by this computer and by the server; once, or until it is right.

Needs no Dify on the server and places nothing. Whether the way is open, too, is seen by ``acme.preflight``.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from installer.acme.certificates import address_of
from installer.acme.dns import Names, look_up_under
from installer.acme.records import DnsRecord, foreign, record_params, right_records
from installer.answers.model import Answers
from installer.certificates.names import is_ip
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text, table
from installer.hosts.base import Command, Host

#: The server's resolver gives up after 8 seconds for each kind of record.
_SECONDS = 30.0


@dataclass(frozen=True)
class DnsLook:
    """One look: *here*: what this computer's resolver says, *server*: the server's (``known`` False: it
    could not be asked). *addresses*: the server's own, the one by which it is reached first. *public*: the
    site is for the internet. *at*: seconds since the epoch."""

    name: str
    here: Names
    server: Names
    addresses: tuple[str, ...]
    public: bool
    at: float

    @property
    def done(self) -> bool:
        """Whether the name resolves to the server for every resolver that answered; also for an IP address,
        which needs no record."""
        asked = [names for names in (self.here, self.server) if names.known]
        return is_ip(self.name) or (bool(asked) and not any(self._left(names) for names in asked))

    @property
    def records(self) -> tuple[DnsRecord, ...]:
        """What has to be done where the domain is managed, optional ones, too."""
        return () if is_ip(self.name) else self._for(self._behind)

    @property
    def problem(self) -> InstallError | None:
        """TLS_DNS_MISSING or TLS_DNS_WRONG with the records in their params; None where nothing is known to
        be wrong. A proxy in front of the server makes it wrong, too: only ``acme.preflight`` sees that."""
        names = self._behind
        if is_ip(self.name) or not names.known or not self._left(names):
            return None
        if not names.all:
            return dns_missing(self.name, self.records)
        return dns_wrong(self.name, foreign(names, self.addresses), self.records)

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        asked = {"here": self.here, "server": self.server}
        return {
            "name": self.name,
            "done": self.done,
            "records": [record.as_json() for record in self.records],
            **{who: {"a": [*n.four], "aaaa": [*n.six], "known": n.known} for who, n in asked.items()},
            "addresses": list(self.addresses),
        }

    @property
    def _behind(self) -> Names:
        """What the resolvers know that do not see the right records yet."""
        return self.server if self.server.known and not self._left(self.here) else self.here

    def _for(self, names: Names) -> tuple[DnsRecord, ...]:
        wrong = foreign(names, self.addresses)
        return right_records(self.name, names, wrong, self.addresses, public=self.public)

    def _left(self, names: Names) -> bool:
        return names.known and any(not record.optional for record in self._for(names))


def dns_missing(name: str, records: tuple[DnsRecord, ...]) -> InstallError:
    """*name* leads nowhere; *records* would be right."""
    made = record_params(name, records)
    params = {
        "address": name,
        "name": name,
        "record": made["record"],
        "value": made["value"],
        "records": made["records"],
        "more": made["more"],
        "removed": made["removed"],
        "reason": ("more" if made["more"] else "value") if made["records"] else "unknown",
    }
    return InstallError(Code.TLS_DNS_MISSING, params, detail=f"{name}: no A, no AAAA")


def dns_wrong(
    name: str, met: tuple[str, ...], records: tuple[DnsRecord, ...], detail: str = ""
) -> InstallError:
    """*name* resolves to *met*, which is none of the server; *records* would be right."""
    made = record_params(name, records)
    reasons = {(True, False): "value", (False, True): "six", (True, True): "both"}
    only_six = all(":" in address for address in met)
    reason = reasons.get((bool(made["records"]), bool(made["removed"])), "unknown")
    params = {
        "address": name,
        "name": name,
        "met": ", ".join(met),
        "record": "AAAA" if met and only_six else made["record"],
        "value": made["value"],
        "records": made["records"],
        "more": made["more"],
        "removed": made["removed"],
        "reason": "removed" if reason == "six" and not only_six else reason,
    }
    return InstallError(Code.TLS_DNS_WRONG, params, detail=detail)


def look_dns(host: Host, answers: Answers, cancel: CancelToken) -> DnsLook:
    """Ask once; takes as long as the slower of the two resolvers. Raises ``Cancelled`` and what losing the
    host raises."""
    name = address_of(answers)
    asked = "" if is_ip(name) else name
    here = look_up_under(name, cancel)
    target = look_up_under(answers.target.host, cancel) if answers.target.host_kind.remote else Names()
    server, own = _asked_there(host, asked, cancel) if host.kind.tells_addresses else (Names(known=False), ())
    addresses = tuple(dict.fromkeys((*target.all, *own)))
    public = answers.tls.way.acme and not answers.tls.acme_server
    return DnsLook(name, here, server, addresses, public, time.time())


def wait_for_dns(
    host: Host,
    answers: Answers,
    cancel: CancelToken,
    on_look: Callable[[DnsLook], None],
    *,
    every: float | None = None,
) -> DnsLook:
    """Look up until it resolves to the server, and give what is seen each time to *on_look*; the last look.

    *every*: seconds between two looks (``resources/acme.toml``). Ends by *cancel* only, as a record may take
    a day; for a thread of its own. Raises as ``look_dns``.
    """
    pause = float(table("acme")["waiting"]["seconds"]) if every is None else every
    while True:
        seen = look_dns(host, answers, cancel)
        on_look(seen)
        if seen.done:
            return seen
        cancel.wait(pause)


def own_addresses(host: Host, cancel: CancelToken) -> tuple[str, ...]:
    """Addresses of the machine itself. Raises what losing the host raises."""
    return _asked_there(host, "", cancel)[1]


def _asked_there(host: Host, name: str, cancel: CancelToken) -> tuple[Names, tuple[str, ...]]:
    command = Command.script(read_text("scripts/resolve.sh"), name, admin=False)
    result = host.run(command, cancel=cancel, timeout=_SECONDS)
    found: dict[str, list[str]] = {"four": [], "six": [], "address": []}
    for line in result.text.splitlines():
        kind, _, text = line.partition(" ")
        if kind in found and _is_outer(text):
            found[kind].append(text)
    own = tuple(dict.fromkeys(found["address"]))
    four, six = tuple(dict.fromkeys(found["four"])), tuple(dict.fromkeys(found["six"]))
    # its own name often resolves to 127.0.1.1 there: that says nothing of the DNS
    own_name = any(line.startswith(("four ", "six ")) for line in result.text.splitlines())
    nothing = own_name or "unknown" in result.text.split()
    known = bool(name) and (bool(four or six) or not nothing)
    return Names(four, six, known), own


def _is_outer(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local)
