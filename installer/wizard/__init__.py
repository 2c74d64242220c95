"""What the wizard knows and asks, as one frozen state, and what follows from it. Pure; no Qt.

Pages show a state and ask for changes of it; where Back and Next lead is a position in ``route``, what is
missing before one may go on comes from ``missing``. Changing an answer drops what was derived from it.

What no page needs at the first paint is not imported here: ``https``, ``dns``, ``installed``.
"""

from installer.wizard.arrange import arranged, awaited, come_in, looking, settled
from installer.wizard.edits import edit, effective, effective_secrets, method_of, opened, with_answers
from installer.wizard.missing import (
    field_problems,
    free_port,
    holding_back,
    left_to_settings,
    missing,
    missing_proof,
    port_problem,
)
from installer.wizard.repairs import (
    address_fits,
    by_address,
    choose,
    chosen_for,
    is_chosen,
    offers,
    will_be_repaired,
    with_address,
)
from installer.wizard.route import can_go_back, may_visit, neighbour, place_of, route
from installer.wizard.state import (
    DOCKER_FOR_CHECKS,
    LINE_LOST,
    LOGIN_AGAIN,
    SETTLED_IN_SETTINGS,
    Busy,
    Dns,
    Failure,
    Intent,
    Keeping,
    LocalDocker,
    LoginMethod,
    Missing,
    PageId,
    Trial,
    Undoing,
    WizardState,
    agent_there,
)
from installer.wizard.ways import taken_over, unseen_door, ways, with_door, with_kept, with_password

__all__ = [
    "DOCKER_FOR_CHECKS",
    "LINE_LOST",
    "LOGIN_AGAIN",
    "SETTLED_IN_SETTINGS",
    "Busy",
    "Dns",
    "Failure",
    "Intent",
    "Keeping",
    "LocalDocker",
    "LoginMethod",
    "Missing",
    "PageId",
    "Trial",
    "Undoing",
    "WizardState",
    "address_fits",
    "agent_there",
    "arranged",
    "awaited",
    "by_address",
    "can_go_back",
    "choose",
    "chosen_for",
    "come_in",
    "edit",
    "effective",
    "effective_secrets",
    "field_problems",
    "free_port",
    "holding_back",
    "is_chosen",
    "left_to_settings",
    "looking",
    "may_visit",
    "method_of",
    "missing",
    "missing_proof",
    "neighbour",
    "offers",
    "opened",
    "place_of",
    "port_problem",
    "route",
    "settled",
    "taken_over",
    "unseen_door",
    "ways",
    "will_be_repaired",
    "with_address",
    "with_answers",
    "with_door",
    "with_kept",
    "with_password",
]
