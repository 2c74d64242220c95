"""Which certificate the answers ask for, and whether the one that is there will do. Pure."""

from __future__ import annotations

from installer.answers.model import Answers
from installer.certificates.names import written
from installer.core.resources import table
from installer.facts.certificates import Issued
from installer.facts.model import Facts

CHAIN_FILE, KEY_FILE = "fullchain.pem", "privkey.pem"


def address_of(answers: Answers) -> str:
    """The site's address as a certificate writes it: an IP address in its short form, a name in ASCII."""
    return written(answers.site_address)


def lineage_of(answers: Answers) -> str:
    """What certbot calls the certificate: its folder's name below ``live``."""
    return address_of(answers).replace(":", "-")


def server_of(answers: Answers) -> str:
    """The ACME directory."""
    return answers.tls.acme_server or str(table("acme")["server"]["directory"])


def server_name(answers: Answers) -> str:
    """What people call the authority."""
    return answers.tls.acme_server.split("://")[-1].split("/")[0] or str(table("acme")["server"]["name"])


def issued(answers: Answers, facts: Facts) -> Issued | None:
    """The certificate for the site's address that is there, also when it is due or over; None if none is."""
    address, lineage = address_of(answers), lineage_of(answers)
    found = (c for c in facts.certificates.issued if c.lineage == lineage and address in c.names)
    return next(found, None)


def due_at(begin: float, end: float) -> float:
    """When a certificate that holds from *begin* to *end* is to be renewed; seconds since the epoch."""
    rule, lasts = table("acme")["due"], end - begin
    part = rule["short"] if lasts < rule["short_days"] * 86_400 else rule["usual"]
    return float(end - lasts * part)


def renewal_overdue_at(begin: float, end: float) -> float:
    """When half of the time is over in which it should have been renewed, as ``due_at``."""
    return (due_at(begin, end) + end) / 2


def due(answers: Answers, facts: Facts) -> bool:
    """Whether the authority has to be asked: there is no certificate for the address, it is from another
    authority, or too little of its time is left. By the target's clock; one that is not known counts as
    early."""
    found = issued(answers, facts)
    if found is None:
        return True
    other = bool(found.server) and found.server != server_of(answers)
    return other or facts.machine.clock.now >= due_at(found.not_before, found.not_after)
