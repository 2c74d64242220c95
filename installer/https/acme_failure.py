"""What certbot's failure lacks: whose certificate it was, and which record would be right."""

from __future__ import annotations

from installer.acme.certificates import address_of, server_name
from installer.acme.dns import Names, look_up
from installer.acme.dns_look import dns_missing
from installer.acme.records import right_records
from installer.core.errors import Code, InstallError
from installer.state.plan_input import Situation


def complete(error: InstallError, situation: Situation) -> None:
    """Give *error*, if it is one of an authority's, its address, server, and the record to make."""
    if not error.code.startswith("tls."):
        return
    answers, name = situation.answers, address_of(situation.answers)
    error.params = {**error.params, "address": name, "name": name, "server": server_name(answers)}
    if error.code is Code.TLS_DNS_MISSING:
        here = look_up(answers.target.host).all if answers.target.host_kind.remote else ()
        records = right_records(name, Names(), (), here, public=not answers.tls.acme_server)
        error.params = {**error.params, **dns_missing(name, records).params}
