"""Certificates by ACME: can they be had here, will they be renewed, are they?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from installer.acme.certificates import issued, renewal_overdue_at
from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.formatting import moment
from installer.facts.desktop import SHARES_ITS_DISK
from installer.facts.model import Facts
from installer.https.renewal import scheduler_of
from installer.state.persisted_answers import recalled

_DAY = 86_400


def judge_certificates(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing is said while HTTPS is made in another way."""
    if not answers.tls.way.acme:
        return
    if facts.desktop is not None and facts.desktop.system in SHARES_ITS_DISK:
        yield finding(Code.TLS_SYSTEM_CANNOT, {"system": facts.desktop.system})
        return
    if not scheduler_of(facts):
        yield finding(Code.TLS_RENEWAL_NONE)
    there, now = issued(answers, facts), facts.machine.clock.now
    if there is not None and now > renewal_overdue_at(there.not_before, there.not_after):
        status = facts.certificates.renewal.status
        params = {
            "until": moment(there.not_after),
            "days": str(max(0, int((there.not_after - now) / _DAY))),
            "reason": status.get("result", ""),
        }
        yield finding(Code.TLS_EXPIRING, params)


def keeps_out(answers: Answers, facts: Facts) -> bool:
    """Whether browsers that were here with HSTS will find no HTTPS that they trust under the same name: they
    come by it alone, on its usual port, and let no user continue past a warning (RFC 6797, 8.3 and 12.1)."""
    record, tls = facts.record, answers.tls
    before = recalled(answers, record.data) if record is not None else None
    if record is None or before is None or not before.tls.hsts:
        return False
    url = urlsplit(record.url)
    if url.scheme != "https" or answers.site_address.lower() != (url.hostname or ""):
        return False
    trusted = tls.way.trusted and (tls.way.in_front or answers.ports.https == 443)
    return not trusted
