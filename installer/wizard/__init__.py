"""What the wizard knows and asks, as one frozen state, and what follows from it. Pure; no Qt.

Pages show a state and ask for changes of it; where Back and Next lead is a position in ``route``, what is
missing before one may go on comes from ``missing``. Changing an answer drops what was derived from it.
"""

from installer.wizard.edits import edit, effective, effective_secrets, opened, with_answers
from installer.wizard.missing import field_problems, free_port, holding_back, missing, port_problem
from installer.wizard.route import can_go_back, may_visit, neighbour, route
from installer.wizard.state import (
    LINE_LOST,
    LOGIN_AGAIN,
    SETTLED_IN_SETTINGS,
    Busy,
    Failure,
    Intent,
    LocalDocker,
    LoginMethod,
    Missing,
    PageId,
    WizardState,
    agent_there,
)

__all__ = [
    "LINE_LOST",
    "LOGIN_AGAIN",
    "SETTLED_IN_SETTINGS",
    "Busy",
    "Failure",
    "Intent",
    "LocalDocker",
    "LoginMethod",
    "Missing",
    "PageId",
    "WizardState",
    "agent_there",
    "can_go_back",
    "edit",
    "effective",
    "effective_secrets",
    "field_problems",
    "free_port",
    "holding_back",
    "may_visit",
    "missing",
    "neighbour",
    "opened",
    "port_problem",
    "route",
    "with_answers",
]
