"""A name that does not lead to the server yet: what is wrong with it, and the records to make. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from installer.acme.certificates import address_of
from installer.acme.records import records_of
from installer.answers.acme_problems import is_public
from installer.certificates.names import is_ip
from installer.core.addresses import is_host
from installer.core.errors import Code, InstallError
from installer.views.wizard.edits import effective
from installer.views.wizard.state import PageId, WizardState

if TYPE_CHECKING:
    from installer.acme.dns_look import DnsLook
    from installer.acme.records import DnsRecord

#: How many DNS lookups stay in view while a user waits.
KEPT_LOOKS = 5
_CODES = (Code.TLS_DNS_MISSING, Code.TLS_DNS_WRONG)
#: What a look is about: the name, the server and who would ask it.
Key = tuple[str, str, str]


def dns_key(state: WizardState) -> Key | None:
    """None where no name has to lead to the server: without an authority, for an IP address, and while the
    name is none."""
    answers = effective(state)
    if not answers.tls.way.acme:
        return None
    if not is_host(answers.site_address) or not (answers.tls.acme_server or is_public(answers.site_address)):
        return None
    name = address_of(answers)
    return None if is_ip(name) else (name, answers.target.host, answers.tls.acme_server)


def last_look(state: WizardState) -> DnsLook | None:
    """The newest look, if it is about the name that counts now."""
    key = dns_key(state)
    seen = state.dns.looks[-1] if state.dns.looks else None
    return seen if seen is not None and key is not None and seen.name == key[0] else None


def dns_problem(state: WizardState) -> InstallError | None:
    """What is wrong with the name: what was seen last, else what the installation failed with."""
    failed = state.failed_on(PageId.INSTALL) if state.page is PageId.INSTALL else None
    if state.page is PageId.INSTALL and (failed is None or failed.code not in _CODES):
        return None
    seen = last_look(state)
    if failed is not None and (seen is None or not state.dns.waiting):
        return failed
    return seen.problem if seen is not None else None


def records_to_make(problem: InstallError) -> tuple[DnsRecord, ...]:
    """The records that *problem* names."""
    return records_of(problem.params)
