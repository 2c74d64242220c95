"""Settings of the kernel that the chosen vector store asks for (``resources/stores.toml``: kernel)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.resources import table
from installer.facts.model import Facts
from installer.untrusted.values import whole


@dataclass(frozen=True)
class KernelSetting:
    """*name* as ``sysctl`` writes it; *have*: -1 where it is not known; *need*: the least that will do."""

    name: str
    have: int
    need: int

    @property
    def low(self) -> bool:
        """Whether it is known to be too low."""
        return 0 <= self.have < self.need


def kernel_settings(answers: Answers, facts: Facts) -> tuple[KernelSetting, ...]:
    """Those of the chosen store. Of an Engine in a machine of its own (Docker Desktop) nothing is known: what
    was read belongs to the kernel around it."""
    bundled = "" if answers.stores.external else answers.stores.vector
    asked = table("stores")["store"].get(bundled, {}).get("kernel", {})
    desktop = facts.desktop
    own_machine = desktop is not None and (desktop.system not in ("", "Linux") or bool(desktop.engine))
    read = (("" if own_machine else facts.machine.kernel.setting(name)) for name in asked)
    return tuple(
        KernelSetting(name, whole(text, -1), need)
        for (name, need), text in zip(asked.items(), read, strict=True)
    )


def judge_kernel_settings(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """A warning, not a stop: the releases start their stores so that they only warn of it (stores.toml)."""
    for found in kernel_settings(answers, facts):
        if found.low:
            params = {"setting": found.name, "have": str(found.have), "need": str(found.need)}
            yield finding(Code.KERNEL_SETTING, {**params, "store": answers.stores.vector})
