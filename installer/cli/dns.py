"""The command ``dns``: what the site's name resolves to, and the records that point it to the server."""

from __future__ import annotations

from collections.abc import Iterator

from installer.acme.dns import Names
from installer.acme.dns_look import DnsLook, look_dns, wait_for_dns
from installer.cli.commands import Call
from installer.texts import Texts

COMMANDS = frozenset({"dns"})


def run_dns(call: Call) -> int:
    """Print one look, or with ``--wait`` each that differs from the last, until the name leads there."""
    printed: list[DnsLook] = []

    def tell(seen: DnsLook) -> None:
        if printed and _same(printed[-1], seen):
            return
        printed.append(seen)
        call.output.result(seen.as_json(), [*dns_lines(seen, call.output.texts)])

    with call.engine() as engine:
        if call.arguments.wait:
            wait_for_dns(engine.host, engine.answers, call.cancel, tell)
        else:
            tell(look_dns(engine.host, engine.answers, call.cancel))
    return 0


def _same(one: DnsLook, other: DnsLook) -> bool:
    return (one.here, one.server, one.addresses) == (other.here, other.server, other.addresses)


def dns_lines(seen: DnsLook, texts: Texts) -> Iterator[str]:
    """A look in words."""
    for who, names in (("here", seen.here), ("server", seen.server)):
        yield texts.say(f"dns_{who}", name=seen.name, addresses=_addresses(names, texts))
    if seen.done:
        yield texts.say("dns_done", name=seen.name)
        return
    for record in seen.records:
        key = "dns_remove" if record.remove else "dns_optional" if record.optional else "dns_make"
        value = record.value or texts.say("dns_value_unknown")
        yield texts.say(key, type=record.type, name=record.name, value=value)


def _addresses(names: Names, texts: Texts) -> str:
    if not names.known:
        return texts.say("dns_not_known")
    return ", ".join(names.all) or texts.say("dns_none")
