"""The records with which a name leads to the server."""

from __future__ import annotations

import pytest

from installer.acme.dns import Names
from installer.acme.records import DnsRecord, foreign, record_params, records_of, right_records

NAME = "dify.example.jp"
FOUR, SIX = "8.8.4.4", "2001:4860:4860::8844"
OTHER, OTHER_SIX = "1.1.1.1", "2606:4700::1111"
INNER, BRIDGE = "192.168.1.10", "172.17.0.1"


def made(*known: str, here: tuple[str, ...] = (FOUR,), public: bool = True) -> tuple[DnsRecord, ...]:
    names = Names(tuple(a for a in known if ":" not in a), tuple(a for a in known if ":" in a))
    return right_records(NAME, names, foreign(names, here), here, public=public)


A, AAAA = DnsRecord("A", NAME, FOUR), DnsRecord("AAAA", NAME, SIX)


@pytest.mark.parametrize(
    ("known", "here", "wanted"),
    [
        # nothing there
        ((), (FOUR,), (A,)),
        ((), (FOUR, SIX), (A, DnsRecord("AAAA", NAME, SIX, optional=True))),
        ((), (SIX,), (AAAA,)),
        ((), (BRIDGE, INNER, FOUR), (A,)),  # inner addresses are none for the internet
        ((), (INNER,), (DnsRecord("A", NAME, ""),)),
        ((), (), (DnsRecord("A", NAME, ""),)),
        # as it should be
        ((FOUR,), (FOUR,), ()),
        ((FOUR, SIX), (FOUR, SIX), ()),
        ((SIX,), (SIX,), ()),
        ((FOUR,), (FOUR, SIX), (DnsRecord("AAAA", NAME, SIX, optional=True),)),
        # elsewhere
        ((OTHER,), (FOUR,), (A,)),
        ((OTHER, OTHER_SIX), (FOUR, SIX), (A, AAAA)),
        ((FOUR, OTHER), (FOUR,), (DnsRecord("A", NAME, OTHER, remove=True),)),
        ((OTHER, "9.9.9.9"), (FOUR,), (A, DnsRecord("A", NAME, "9.9.9.9", remove=True))),
        ((FOUR, OTHER_SIX), (FOUR,), (DnsRecord("AAAA", NAME, OTHER_SIX, remove=True),)),
        ((OTHER, OTHER_SIX), (FOUR,), (A, DnsRecord("AAAA", NAME, OTHER_SIX, remove=True))),
        # behind a router: nobody here knows its outer address
        ((OTHER,), (INNER, BRIDGE), ()),
        ((OTHER,), (), ()),
    ],
)
def test_what_has_to_be_done(
    known: tuple[str, ...], here: tuple[str, ...], wanted: tuple[DnsRecord, ...]
) -> None:
    assert made(*known, here=here) == wanted


def test_inside_of_a_company_an_inner_address_is_right() -> None:
    assert made(here=(INNER, BRIDGE), public=False) == (DnsRecord("A", NAME, INNER),)
    assert made("192.168.1.99", here=(INNER,), public=False) == (DnsRecord("A", NAME, INNER),)
    assert made(here=("fe80::1", "127.0.0.1", INNER), public=False) == (DnsRecord("A", NAME, INNER),)


@pytest.mark.parametrize(
    "records",
    [
        (A,),
        (A, AAAA),
        (A, DnsRecord("AAAA", NAME, SIX, optional=True)),
        (DnsRecord("AAAA", NAME, OTHER_SIX, remove=True),),
        (A, DnsRecord("A", NAME, OTHER, remove=True), DnsRecord("AAAA", NAME, OTHER_SIX, remove=True)),
        (DnsRecord("A", NAME, ""),),
    ],
)
def test_an_error_carries_them_whole(records: tuple[DnsRecord, ...]) -> None:
    params = record_params(NAME, records)
    assert records_of(params) == records
    assert all(isinstance(value, str) for value in params.values())


def test_other_errors_carry_none() -> None:
    assert records_of({}) == () and records_of({"name": NAME}) == ()
