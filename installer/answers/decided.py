"""Which of Dify's variables the optional answers decide, and to what (``resources/choices.toml``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING

from installer.answers.external_services import belongs, chosen
from installer.core.resources import table

if TYPE_CHECKING:
    from installer.answers.model import Answers


def decided(answers: Answers) -> dict[str, str]:
    """Variable → value; without those that an answer leaves to the release."""
    return {key: value for key, _, value in _decisions(answers)}


def owners(answers: Answers) -> dict[str, str]:
    """Variable → the answer's field that decides it; with our own variables (``own_variables``)."""
    own = dict.fromkeys(own_variables(), "proxy.http")
    services = dict(_of_services(answers))
    return {**own, **services, **{key: field for key, field, _ in _decisions(answers)}}


def of_services(answers: Answers, names: Iterable[str]) -> dict[str, str]:
    """Those of the variables *names* by which an external service is described → the answers' field."""
    services = chosen(answers)
    found = ((name, service) for service in services for name in names if belongs(service.entry, name))
    return {name: f"{service.section}.settings" for name, service in found}


def _of_services(answers: Answers) -> Iterator[tuple[str, str]]:
    """Variables that follow from an external service, and those of ``[env]`` that it is described by."""
    yield from of_services(answers, answers.env).items()
    for service in chosen(answers):
        owner = f"{service.section}.settings"
        yield from ((name, owner) for name in service.entry.get("set", {}))
        if service.section == "redis":
            known = table("external")
            yield from ((name, owner) for name in (*known["redis_urls"], *known["redis_follows"]))
        if service.section == "storage":
            yield "STORAGE_TYPE", "storage.kind"


def own_variables() -> frozenset[str]:
    """Names that only this program writes: they go when the answer that made them does."""
    known = table("choices")["proxy"]
    return frozenset((known["http"], known["https"]))


def _decisions(answers: Answers) -> Iterator[tuple[str, str, str]]:
    known = table("choices")
    for kind, key in known["uploads"].items():
        if size := getattr(answers.uploads, kind):
            yield key, f"uploads.{kind}", str(size)
    if answers.locale.timezone:
        yield known["locale"]["timezone"], "locale.timezone", answers.locale.timezone
    if answers.mail.kind:
        for key, value in _mail(answers, known["mail"].get(answers.mail.kind, {})):
            yield key, "mail.kind", value


def _header(sender: str) -> str:
    """Dify hands it to Python's mail as it is, which would encode a name of other than ASCII letters together
    with the address (api/libs/smtp.py; RFC 2047, 5)."""
    if sender.isascii():
        return sender
    name, address = parseaddr(sender)
    return formataddr((name, address)) if address.isascii() else sender


def _mail(answers: Answers, template: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    mail = answers.mail
    fields = {
        "sender": _header(mail.sender),
        "server": mail.server,
        "port": str(mail.port),
        "user": mail.user,
        "api": mail.api,
        "tls": str(mail.security != "none").lower(),
        "starttls": str(mail.security == "starttls").lower(),
    }
    for key, value in template.items():
        if value != "{api}" or mail.api:
            yield key, value.format(**fields)
