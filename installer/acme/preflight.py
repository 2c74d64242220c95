"""Before an authority is asked: would it find this server? Nothing is issued, nothing counts."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass

from installer.acme.certificates import address_of
from installer.acme.dns import Answered, Names, ask, look_up_under
from installer.acme.dns_look import dns_missing, dns_wrong, own_addresses
from installer.acme.records import DnsRecord, right_records
from installer.answers import Answers
from installer.certificates.names import is_ip
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text, table
from installer.hosts.base import Command, Host
from installer.hosts.http import reachable_address, request
from installer.hosts.http_request import Request

PATH = "/.well-known/acme-challenge"
SECONDS = 30.0


@dataclass(frozen=True)
class Seen:
    """What was found out: the *names* that the site's address has, what was *answered* at each, *here* the
    addresses of the server as far as they are known, the first one being what a record should hold.
    *direct*: this computer reached the server under one of them, not through another one. *public*: the
    authority asks through the internet."""

    address: str
    names: Names
    answered: tuple[Answered, ...]
    here: tuple[str, ...]
    direct: bool
    public: bool = False


def look(host: Host, answers: Answers, cancel: CancelToken) -> Seen:
    """Place a word where the authority will look, and fetch it as the authority will.

    Raises ``InstallError(TLS_CHALLENGE_BROKEN)`` if the server itself does not get it, ``Cancelled``, and
    what losing the host raises.
    """
    word, address = f"dify-installer-{secrets.token_hex(16)}", address_of(answers)
    _token(host, answers, "place", word)
    try:
        _from_inside(host, answers, word)
        names = look_up_under(address, cancel)
        target = look_up_under(answers.target.host, cancel) if answers.target.host_kind.remote else Names()
        own = own_addresses(host, cancel)
        public = not answers.tls.acme_server
        direct = answers.target.host_kind.remote and not answers.target.jump
        met = tuple(ask(a, address, f"{PATH}/{word}", word, cancel) for a in names.all)
        return Seen(address, names, met, tuple(dict.fromkeys((*target.all, *own))), direct, public)
    finally:
        _token(host, answers, "remove", word)


def _token(host: Host, answers: Answers, what: str, word: str) -> None:
    folder = f"{table('acme')['release']['webroot']}{PATH}"
    argv = ("sh", "-c", read_text("scripts/acme-token.sh"), "sh", what, word, folder)
    result = host.run(Command(argv, cwd=answers.docker_folder), timeout=SECONDS)
    if what == "place":
        result.check(Code.TLS_CHALLENGE_BROKEN, path=f"{PATH}/", status="", reason="folder")


def _from_inside(host: Host, answers: Answers, word: str) -> None:
    inside = reachable_address(answers.site.bind)
    path = f"{PATH}/{word}"
    answer = request(host, Request(answers.ports.http, path, inside, address_of(answers)))
    if answer.status != 200 or answer.body.strip() != word.encode():
        params = {"path": f"{PATH}/", "status": str(answer.status or ""), "reason": "answer"}
        said = answer.detail or answer.body[:300].decode("utf-8", "replace")
        raise InstallError(Code.TLS_CHALLENGE_BROKEN, params, detail=f"{answer.status} {said}")


def judge(seen: Seen) -> InstallError | None:
    """What keeps the authority from finding the server; None if nothing is known to. Pure.

    The word that came back proves more than any address. What this computer cannot know (a name that only
    others resolve, a server behind a jump host) is left to the authority's trial.
    """
    if not seen.names.all:
        if not seen.names.known or is_ip(seen.address):
            return None
        return dns_missing(seen.address, _records(seen, ()))
    wrong = [a for a in seen.answered if a.met != "ours"]
    found_us = len(wrong) < len(seen.answered)
    elsewhere = [a for a in wrong if a.address not in seen.here and (found_us or _comparable(a, seen))]
    if elsewhere:
        return _elsewhere(elsewhere, seen)
    ours = [a for a in wrong if a.address in seen.here]
    if ours and seen.direct:
        return _closed(ours[0], seen)
    return None


def _comparable(answered: Answered, seen: Seen) -> bool:
    """Whether an address that is none that we know of the server proves anything: one behind a router has
    another one outside, at which a client inside may meet the router."""
    public = ipaddress.ip_address(answered.address).is_global
    return seen.direct and any(ipaddress.ip_address(a).is_global == public for a in seen.here)


def _elsewhere(found: list[Answered], seen: Seen) -> InstallError:
    if is_ip(seen.address):
        first, met = found[0], ", ".join(a.address for a in found)
        params = {"address": seen.address, "met": met, "status": str(first.status or "")}
        return InstallError(Code.TLS_CHALLENGE_OTHER, params, detail=first.said)
    met_there = tuple(a.address for a in found)
    said = "\n".join(f"{a.address}: {a.said}" for a in found)
    return dns_wrong(seen.address, met_there, _records(seen, met_there), said)


def _records(seen: Seen, wrong: tuple[str, ...]) -> tuple[DnsRecord, ...]:
    return right_records(seen.address, seen.names, wrong, seen.here, public=seen.public)


def _closed(found: Answered, seen: Seen) -> InstallError:
    params = {
        "address": seen.address,
        "met": found.address,
        "status": str(found.status or ""),
        "reason": found.met,
    }
    detail = f"{found.address}: {found.said}"
    if found.met == "other":
        return InstallError(Code.TLS_CHALLENGE_OTHER, params, detail=detail)
    return InstallError(Code.TLS_PORT_CLOSED, params, detail=detail)
