"""The DNS records with which a name resolves to the server. Pure.

They travel in an error's params as one line, ``A NAME = VALUE · AAAA NAME = VALUE``, which people copy and
``records_of`` reads back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from installer.acme.dns import Names

RecordType = Literal["A", "AAAA"]
_SEPARATOR = " · "
_LINE = re.compile(r"(A|AAAA) (\S+) = (\S*)")


@dataclass(frozen=True)
class DnsRecord:
    """A record to make or to correct; with *remove* one that has to go. *value*: empty where the address is
    not known under which others reach the server. *optional*: the site works without it."""

    type: RecordType
    name: str
    value: str
    remove: bool = False
    optional: bool = False

    def as_json(self) -> Mapping[str, Any]:
        """As the command line prints it."""
        return {
            "type": self.type,
            "name": self.name,
            "value": self.value,
            "remove": self.remove,
            "optional": self.optional,
        }


def right_records(
    name: str, known: Names, wrong: Collection[str], here: Sequence[str], *, public: bool
) -> tuple[DnsRecord, ...]:
    """What has to be done about *name*, which resolves to *known* now; *wrong* are those of them that are not
    the server. *here*: the server's addresses, the one by which it is reached first. *public*: people come
    through the internet, so an inner address is none. Empty: all is well."""
    four, six = _best(here, "A", public=public), _best(here, "AAAA", public=public)
    return (
        *_kind("A", name, known.four, wrong, four, needed=bool(four) or not (six or known.six)),
        *_kind("AAAA", name, known.six, wrong, six, needed=bool(six) and not (four or known.four)),
    )


def _kind(
    kind: RecordType, name: str, known: Sequence[str], wrong: Collection[str], value: str, *, needed: bool
) -> Iterator[DnsRecord]:
    bad = [address for address in known if address in wrong]
    if bad and value and value not in known:
        yield DnsRecord(kind, name, value)
        bad = bad[1:]  # the first of them is the one that is corrected
    elif not known and (needed or value):
        yield DnsRecord(kind, name, value, optional=not needed)
    yield from (DnsRecord(kind, name, address, remove=True) for address in bad)


def _best(here: Sequence[str], kind: RecordType, *, public: bool) -> str:
    for text in here:
        address = ipaddress.ip_address(text)
        fits = address.is_global if public else not (address.is_link_local or address.is_loopback)
        if fits and kind_of(text) == kind:
            return text
    return ""


def kind_of(address: str) -> RecordType:
    """The type of a record for *address*."""
    return "AAAA" if ":" in address else "A"


def foreign(known: Names, here: Sequence[str]) -> tuple[str, ...]:
    """Those of *known* that are for sure none of the server, by its addresses alone. One behind a router has
    an outer address that it does not know itself, so an outer one is only compared with outer ones; nothing
    is said where none of the server's is known."""
    kinds = {(kind_of(a), ipaddress.ip_address(a).is_global) for a in here}

    def comparable(address: str) -> bool:
        # a server whose addresses are known and that has none of version 6 is not reached by one
        none_of_it = ":" in address and bool(here) and all(":" not in a for a in here)
        return none_of_it or (kind_of(address), ipaddress.ip_address(address).is_global) in kinds

    return tuple(a for a in known.all if a not in here and comparable(a))


# ------------------------------------------------------------------------- in an error's params


def record_params(name: str, records: Sequence[DnsRecord]) -> dict[str, str]:
    """For ``TLS_DNS_MISSING`` and ``TLS_DNS_WRONG``: the first record by its parts, and all of them as text
    by what is to be done: ``records``, ``more`` (optional ones), ``removed``."""
    made = [r for r in records if not (r.remove or r.optional)]
    first = next(iter(made or records), DnsRecord("A", name, ""))
    return {
        "name": name,
        "record": first.type,
        "value": "" if first.remove else first.value,
        "records": _text(r for r in made if r.value),
        "more": _text(r for r in records if r.optional),
        "removed": _text(r for r in records if r.remove),
    }


def records_of(params: Mapping[str, str]) -> tuple[DnsRecord, ...]:
    """The records in an error's *params*; of those without a known value the first."""
    found = [
        DnsRecord("AAAA" if kind == "AAAA" else "A", name, value, name_of == "removed", name_of == "more")
        for name_of in ("records", "more", "removed")
        for kind, name, value in _LINE.findall(params.get(name_of, ""))
    ]
    if not found and params.get("record") and params.get("name"):
        found = [DnsRecord("AAAA" if params["record"] == "AAAA" else "A", params["name"], "")]
    return tuple(found)


def _text(records: Iterator[DnsRecord] | Sequence[DnsRecord]) -> str:
    return _SEPARATOR.join(f"{r.type} {r.name} = {r.value}" for r in records)
