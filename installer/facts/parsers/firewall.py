"""Pure parsers of what the probe says about firewalls."""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.facts.lines import lists, pairs
from installer.facts.network import Firewall, Firewalld, Ufw


def _opened(texts: list[str]) -> tuple[str, ...]:
    found = []
    for text in texts:
        if m := re.search(r'<service name="([^"]+)"', text):
            found.append(m[1])
        elif "<port " in text:
            port, protocol = re.search(r'port="([^"]+)"', text), re.search(r'protocol="([^"]+)"', text)
            found.append(f"{port[1] if port else '?'}/{protocol[1] if protocol else '?'}")
    return tuple(found)


def _backend(v: Mapping[str, str], asked: bool) -> str:
    version = v.get("iptables", "")
    if not version:
        return "missing" if asked else ""
    # before 1.8 there was only the old one, which says nothing
    return "nf_tables" if "nf_tables" in version else "legacy"


def firewall(body: str, active: Mapping[str, bool | None]) -> Firewall:
    """The ``firewall`` section. *active*: units ``ufw.service`` and ``firewalld.service``."""
    many, v = lists(body), pairs(body)
    enabled = {"yes": True, "no": False}.get(v.get("ufw_enabled", "").lower())
    has_ufw = "ufw" in v or enabled is not None
    ufw = Ufw(
        installed=has_ufw,
        active=enabled if has_ufw else (False if body.strip() else None),
        incoming=v.get("ufw_input", ""),
        forward=v.get("ufw_forward", ""),
        rules=tuple(many.get("ufw_rule", ())),
    )
    has_firewalld = "firewalld" in v
    running = active.get("firewalld.service")
    firewalld = Firewalld(
        installed=has_firewalld,
        active=running if running is not None else (None if has_firewalld or not body.strip() else False),
        zone=v.get("firewalld_zone", ""),
        backend=v.get("firewalld_backend", ""),
        opened=_opened(many.get("firewalld_open", [])),
    )
    readable = v.get("rules_read") == "yes"
    found = _rules(body)
    return Firewall(
        ufw=ufw,
        firewalld=firewalld,
        iptables=_backend(v, bool(body.strip())),
        readable=readable,
        chains=tuple(found.chains),
        foreign_drop=found.foreign_drop if readable else None,
        rules=tuple(found.rules[:40]),
    )


class _Rules:
    """Reads ``nft list ruleset`` or ``iptables -S INPUT``: base chains on input and forward, and the rules on
    input that none of the programs made that manage their own."""

    def __init__(self) -> None:
        self.chains: list[tuple[str, str, str, str, str]] = []
        self.rules: list[str] = []
        self.ufw = False
        self.drops = False
        self._table = ("", "")
        self._chain = self._hook = ""

    @property
    def foreign_drop(self) -> bool:
        """Whether something on input is dropped that ufw or firewalld would not show."""
        strict = any(c[3] == "input" and c[4] == "drop" and c[1] != "firewalld" for c in self.chains)
        return self.drops or (strict and not self.ufw)

    def iptables(self, rule: str) -> None:
        """A line of ``iptables -S INPUT``."""
        if rule == "-P INPUT DROP":
            self.chains.append(("ip", "filter", "INPUT", "input", "drop"))
        elif rule.startswith("-A"):
            self._rule(rule, r"-j (ufw6?-|DOCKER|KUBE|f2b-|ts-)", r"-j (DROP|REJECT)")

    def nft(self, text: str) -> None:
        """A line of ``nft list ruleset``."""
        if m := re.match(r"table (\S+) (\S+) \{", text):
            self._table, self._chain, self._hook = (m[1], m[2]), "", ""
        elif m := re.match(r"chain (\S+) \{", text):
            self._chain, self._hook = m[1], ""
        elif m := re.match(r"type \S+ hook (\S+) priority [^;]+;(?: policy (\w+);)?", text):
            self._hook = m[1]
            if self._hook in ("input", "forward"):
                self.chains.append((*self._table, self._chain, self._hook, m[2] or "accept"))
        elif text and text != "}" and self._hook == "input" and self._table[1] != "firewalld":
            self._rule(text, r"jump (ufw6?-|DOCKER|KUBE|f2b-|ts-)", r"\b(drop|reject)\b")

    def _rule(self, text: str, known: str, dropping: str) -> None:
        if found := re.search(known, text):
            self.ufw = self.ufw or "ufw" in found[1]
            return
        self.rules.append(text)
        self.drops = self.drops or re.search(dropping, text) is not None


def _rules(body: str) -> _Rules:
    found = _Rules()
    for line in body.split("\n"):
        kind, _, text = line.partition(" ")
        if kind == "ipt":
            found.iptables(text.strip())
        elif kind == "nft":
            found.nft(text.strip())
    return found
