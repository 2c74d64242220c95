"""Whether an authority would find the server, by what this computer met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.acme.dns import Answered, Met, Names
from installer.acme.preflight import Seen, judge
from installer.core.errors import Code

HERE = ("198.51.100.4", "172.17.0.1")
NAME = "dify.example.jp"


def seen(
    *answered: tuple[str, Met],
    name: str = NAME,
    here: tuple[str, ...] = HERE,
    direct: bool = True,
    known: bool = True,
) -> Seen:
    """*answered*: what each of the name's addresses said."""
    found = tuple(Answered(address, met, 404 if met == "other" else 0, "said") for address, met in answered)
    four = tuple(a.address for a in found if ":" not in a.address)
    six = tuple(a.address for a in found if ":" in a.address)
    return Seen(name, Names(four, six, known), found, here, direct)


@pytest.mark.parametrize(
    "found",
    [
        seen(("198.51.100.4", "ours")),
        # behind a proxy or a router: the word came back, whatever the address is
        seen(("203.0.113.80", "ours")),
        seen(("198.51.100.4", "ours"), ("2001:db8::4", "ours")),
        # nobody could be asked, or the name is known inside only: the authority's trial tells
        seen(known=False),
        # through a jump host this computer knows nothing of the way
        seen(("198.51.100.4", "timeout"), direct=False),
        # behind a router: the server's own address is an inner one, and somebody inside meets the router
        seen(("8.8.8.8", "other"), here=("192.168.1.10",)),
        seen(("8.8.8.8", "timeout"), here=("192.168.1.10",)),
        seen(name="198.51.100.4", known=True),
    ],
)
def test_nothing_is_in_the_way(found: Seen) -> None:
    assert judge(found) is None


@pytest.mark.parametrize(
    ("found", "code", "params"),
    [
        (seen(), Code.TLS_DNS_MISSING, {"record": "A", "name": NAME, "value": "198.51.100.4"}),
        (
            seen(("203.0.113.80", "other")),
            Code.TLS_DNS_WRONG,
            {"record": "A", "name": NAME, "value": "198.51.100.4", "met": "203.0.113.80", "reason": "value"},
        ),
        (seen(("203.0.113.80", "timeout")), Code.TLS_DNS_WRONG, {"met": "203.0.113.80"}),
        (
            seen(("198.51.100.4", "ours"), ("2001:db8::80", "route")),
            Code.TLS_DNS_WRONG,
            {"record": "AAAA", "met": "2001:db8::80", "value": "", "reason": "six"},
        ),
        (
            seen(("198.51.100.4", "ours"), ("2001:db8::80", "other"), here=(*HERE, "2001:db8::4")),
            Code.TLS_DNS_WRONG,
            {"record": "AAAA", "value": "2001:db8::4", "reason": "value"},
        ),
        # one of two A records
        (
            seen(("198.51.100.4", "ours"), ("203.0.113.80", "timeout")),
            Code.TLS_DNS_WRONG,
            {"record": "A", "met": "203.0.113.80"},
        ),
        (
            seen(("198.51.100.4", "timeout")),
            Code.TLS_PORT_CLOSED,
            {"reason": "timeout", "met": "198.51.100.4"},
        ),
        (seen(("198.51.100.4", "refused")), Code.TLS_PORT_CLOSED, {"reason": "refused"}),
        (seen(("198.51.100.4", "other")), Code.TLS_CHALLENGE_OTHER, {"status": "404"}),
        (
            seen(("203.0.113.80", "other"), name="203.0.113.80"),
            Code.TLS_CHALLENGE_OTHER,
            {"met": "203.0.113.80"},
        ),
    ],
)
def test_what_is_in_the_way(found: Seen, code: Code, params: dict[str, str]) -> None:
    error = judge(found)
    assert error is not None and error.code is code
    assert {**error.params, **params} == error.params


def test_an_inner_address_is_no_record_for_the_internet() -> None:
    """A server that knows its inner address only, and an authority that asks through the internet."""
    public = replace(seen(here=("192.168.1.10",)), public=True)
    error = judge(public)
    assert error is not None and error.code is Code.TLS_DNS_MISSING
    assert (error.params["value"], error.params["reason"]) == ("", "unknown")
    inside = judge(replace(public, public=False))
    assert inside is not None and inside.params["records"] == f"A {NAME} = 192.168.1.10"
