"""Whose machine it is, from what it says about itself (``resources/providers.toml``). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from installer.core.resources import table
from installer.network.model import Machine


def providers() -> Mapping[str, Mapping[str, Any]]:
    """Every provider by its id, in the table's order."""
    found: Mapping[str, Mapping[str, Any]] = table("providers")["provider"]
    return found


def recognise(machine: Machine) -> str:
    """The id of the provider, empty if none is recognised. The reverse name says most: OpenStack and KVM are
    many providers' ``sys_vendor``."""
    for field in ("reverse", "domain", "cloud", "dmi"):
        for provider, entry in providers().items():
            if _fits(entry.get(field, {}), field, machine):
                return provider
    return ""


def _fits(patterns: Any, field: str, machine: Machine) -> bool:
    if field == "dmi":
        return any(
            re.search(pattern, machine.dmi.get(name, ""), re.IGNORECASE) for name, pattern in patterns.items()
        )
    text = str(getattr(machine, field))
    return bool(text) and any(re.search(pattern, text, re.IGNORECASE | re.MULTILINE) for pattern in patterns)
