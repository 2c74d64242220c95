"""The end of a change that did not begin: its plan has blockers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installer.apply.plan import Plan


class Blocked(Exception):
    """The plan has blockers; nothing was changed, except by repairs that were carried out (*repaired*)."""

    def __init__(self, plan: Plan, *, repaired: bool = False) -> None:
        super().__init__(", ".join(b.code for b in plan.blockers))
        self.plan, self.repaired = plan, repaired
