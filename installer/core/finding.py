"""A finding, and what is known about each kind of finding (``resources/checks.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from installer.core.errors import Code, catalogue_of
from installer.core.resources import table

#: What a finding means: ``stop`` is a blocker of the plan, ``warning`` should be known before.
Weight = Literal["stop", "warning"]


@dataclass(frozen=True)
class Way:
    """A way out that is a person's decision, not a repair of ours.

    *id* is one of ``[way]`` in ``resources/checks.toml``; *params* are what it needs:

    ``ports.other``     ``field`` (``ports.http`` …), ``port`` (a free one)
    ``ports.behind``    ``field``, ``port``, ``bind`` (``127.0.0.1``): the web server that is there passes
                        requests on
    ``ports.stop``      ``command``: what a person would run to stop the holder; we never run it
    ``dify.manage``     ``directory``: it is one of ours
    ``dify.beside``     ``directory``, ``project``: what the new one may be called
    ``session.renew``   log in again
    ``release.source``  ``source``: from where the installation that is there got its release
    ``images.carry``    this computer downloads the images and sends them there
    """

    id: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A finding: *params* fill the text of *code*; *repairs* are ids of what we could do about it, *ways*
    what a person could decide."""

    code: Code
    params: Mapping[str, str] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    detail: str = ""
    ways: tuple[Way, ...] = ()

    @property
    def catalogue(self) -> str:
        """Id in the catalogue of known failures, or an empty string."""
        return catalogue_of(self.code)

    @property
    def link(self) -> str:
        """Where to read more, or an empty string."""
        return str(known(self.code).get("link", ""))

    @property
    def weight(self) -> Weight:
        """Whether it stops the installation."""
        return weight(self.code)


def known(code: Code) -> Mapping[str, Any]:
    """The entry of *code*; empty for codes that are no findings of a check."""
    found: Mapping[str, Any] = table("checks")["check"].get(code.value, {})
    return found


def weight(code: Code) -> Weight:
    """``stop`` also for what the table does not know: nothing starts despite a finding without an entry."""
    return "warning" if known(code).get("verdict") == "warning" else "stop"


def finding(
    code: Code, params: Mapping[str, str] | None = None, *, detail: str = "", ways: tuple[Way, ...] = ()
) -> Finding:
    """A finding with the repairs that may take it away; which of them can be done there the plan knows."""
    return Finding(code, dict(params or {}), repairs_for(code), detail, ways)


def repairs_for(code: Code) -> tuple[str, ...]:
    """Ids of the repairs that are made for *code* (``resources/repairs.toml``)."""
    repairs: Mapping[str, Mapping[str, Any]] = table("repairs")["repair"]
    return tuple(name for name, entry in repairs.items() if code.value in entry["solves"])


def link_of(row: str) -> str:
    """Where to read more about the row *row*, also when nothing is wrong with it; mostly empty."""
    return str(table("checks")["row"].get(row.partition(":")[0], {}).get("link", ""))
