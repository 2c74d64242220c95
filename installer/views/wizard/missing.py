"""What a page still needs before one may go on, judged as one types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from installer.answers import Answers, answer_problems
from installer.answers.acme_problems import HTTP_PORT
from installer.core.errors import Code, InstallError
from installer.preflight.findings import port_holder
from installer.views.wizard.credentials import missing_admin, missing_binding, missing_passwords
from installer.views.wizard.edits import effective
from installer.views.wizard.repairs import will_be_repaired
from installer.views.wizard.state import DOCKER_FOR_CHECKS, SETTLED_IN_SETTINGS, Missing, PageId, WizardState
from installer.views.wizard.ways import ways

if TYPE_CHECKING:
    from installer.core.finding import Finding
    from installer.preflight.check_list import Check

#: Which page an answer's field stands on, by the field's name in the answers file.
_FIELD_PAGE: Mapping[str, PageId] = {
    "target.kind": PageId.WHERE,
    "target.docker": PageId.WHERE,
    "target.host": PageId.LOGIN,
    "target.port": PageId.LOGIN,
    "target.user": PageId.LOGIN,
    "target.identity_file": PageId.LOGIN,
    "target.host_key": PageId.LOGIN,
    "target.jump": PageId.LOGIN,
}


def missing(state: WizardState, page: PageId | None = None) -> tuple[Missing, ...]:
    """What *page* (default: the current one) still needs, most urgent first; empty = one may go on."""
    page = page or state.page
    finders = {
        PageId.WHERE: _missing_where,
        PageId.LOGIN: _missing_login,
        PageId.CHECKS: _missing_checks,
        PageId.SETTINGS: _missing_settings,
        PageId.REVIEW: _missing_review,
    }
    finder = finders.get(page)
    return tuple(finder(state)) if finder else ()


def field_problems(state: WizardState, page: PageId) -> Mapping[str, Missing]:
    """Answer field → what is wrong with it, for the fields of *page*."""
    found: dict[str, Missing] = {}
    answers = effective(state)
    if page is PageId.SETTINGS:
        for key, port in _published(answers).items():
            taken = port_problem(state, key, port)
            if taken:
                found[key] = taken
        lacking = (*missing_admin(state), *missing_binding(state), *missing_passwords(state))
        found.update({m.about: m for m in lacking})
    for problem in answer_problems(answers):
        key = problem.params.get("key", "").partition(" = ")[0]
        if _page_of(state, key) is page:
            said, params = _said(answers, key, problem)
            found.setdefault(key, Missing(said, key, params))
    if page is PageId.SETTINGS:
        found.update({m.about: m for m in _secrets_of_services(state, answers)})
    return found


def _said(answers: Answers, key: str, problem: InstallError) -> tuple[str, Mapping[str, str]]:
    """The words for *problem* of the field *key*, and what fills them."""
    if ".settings." in key:
        from installer.views.wizard.external import sentence  # not before the window is there

        if (found := sentence(answers, key, problem)) is not None:
            return found
    params = {n: text for n, text in problem.params.items() if n != "key"}
    if problem.code is Code.TLS_PORT_NEEDED and params["port"] != str(HTTP_PORT):
        params["free"] = str(HTTP_PORT)  # the only port of use
    return _sentence(key, problem), params


def _secrets_of_services(state: WizardState, answers: Answers) -> Iterable[Missing]:
    named = answers.stores.external, answers.database.external, answers.redis.external, answers.storage.kind
    if not any(named):
        return ()
    from installer.views.wizard.external import missing_secrets  # not before the window is there

    return missing_secrets(state, answers)


def _page_of(state: WizardState, key: str) -> PageId | None:
    """The page that the field *key* stands on; None while it does not matter."""
    if key == "target.identity_file" and state.login.method != "key":
        return None
    if key == "target.directory" and state.intent == "open":
        return PageId.LOGIN
    return _FIELD_PAGE.get(key, PageId.SETTINGS)


def _sentence(key: str, problem: InstallError) -> str:
    if problem.code is Code.ANSWERS_RESERVED:
        return "reserved"
    if problem.code is Code.TLS_PORT_NEEDED:
        return "acme_port"
    if problem.code is Code.TLS_ADDRESS_NOT_PUBLIC:
        return "acme_address"
    if key in ("target.port", "ports.http", "ports.https", "ports.plugin_debugging", "mail.port"):
        return "port_range"
    known = {
        "target.host": "host",
        "target.user": "user",
        "site.address": "address",
        "admin.email": "email",
        "admin.name": "admin_name",
        "tls.certificate": "certificate",
        "tls.key": "file_path",
        "target.project": "project",
        "tls.email": "email",
        "tls.acme_server": "acme_server",
        "tls.hsts": "hsts",
        "tls.proxy_certificate": "server_path",
        "tls.proxy_key": "server_path",
        "site.bind": "bind",
    }
    known |= {"mail.server": "mail_server", "mail.sender": "mail_sender", "registry.mirror": "mirror"}
    known |= {"proxy.http": "proxy", "proxy.https": "proxy", "proxy.exceptions": "hosts"}
    if key.startswith("uploads."):
        return "upload"
    known |= {"target.identity_file": "key_path", "target.jump": "jump", "target.directory": "folder"}
    if problem.params.get("value"):  # something is there, and it is no host or no user name
        known |= {"target.host": "address", "target.user": "user_wrong", "tls.certificate": "file_path"}
    return known.get(key, "value")


def _missing_where(state: WizardState) -> list[Missing]:
    """A Docker that is missing, stopped or not ours to use is for the checks, which have repairs for it."""
    error = state.local.error if state.local and not state.answers.target.host_kind.remote else None
    if error is not None and error.code not in DOCKER_FOR_CHECKS:
        return [Missing("local_docker", "target.kind")]
    return []


def _missing_login(state: WizardState) -> list[Missing]:
    target = state.answers.target
    if not target.host:
        return [Missing("host", "target.host")]
    problems = field_problems(state, PageId.LOGIN)
    if problems:
        return [*problems.values()][:1]
    if not target.user:
        return [Missing("user", "target.user")]
    if state.work.question is not None:
        return [Missing("answers")]
    if state.login.door is not None and (lacking := missing_proof(state)):
        return lacking[:1]
    error = state.failed_on(PageId.LOGIN)
    if error and error.code is Code.SSH_HOST_KEY_UNKNOWN:
        return [Missing("fingerprint")]
    if error and error.code is Code.SSH_HOST_KEY_CHANGED:
        return [Missing("fingerprint_changed")]
    return []


def missing_proof(state: WizardState) -> list[Missing]:
    """What the chosen way of logging in still needs. The user is not asked for it before the server has said
    which ways it takes."""
    target, secrets = state.answers.target, state.secrets
    found = []
    proof = state.login.door is None or not state.login.door.open
    if proof and state.login.door is not None and not ways(state.login.door):
        found.append(Missing("no_way"))
    if proof and state.login.method == "key" and not target.identity_file:
        found.append(Missing("key", "target.identity_file"))
    if proof and state.login.method == "password" and not secrets.ssh_password:
        found.append(Missing("password", "secrets.ssh_password"))
    if state.login.sudo_asked and not secrets.sudo_password:
        found.append(Missing("sudo_password", "secrets.sudo_password"))
    return found


def holding_back(state: WizardState) -> tuple[Check, ...]:
    """The findings that must be put right before one can leave Checks."""
    return tuple(c for c in state.checks.rows if c.verdict == "stop" and not _has_its_place(state, c.problem))


def left_to_settings(state: WizardState, checks: Iterable[Check]) -> int:
    """How many of *checks* are stops that an answer on Settings puts right."""
    return sum(c.verdict == "stop" and _for_settings(state, c.problem) for c in checks)


def _for_settings(state: WizardState, problem: Finding | None) -> bool:
    settled = problem is not None and problem.code in SETTLED_IN_SETTINGS
    return settled and not will_be_repaired(state, problem)


def _has_its_place(state: WizardState, problem: Finding | None) -> bool:
    """Whether *problem* is settled later: on Settings, or by a repair that was chosen."""
    return _for_settings(state, problem) or will_be_repaired(state, problem)


def _missing_checks(state: WizardState) -> list[Missing]:
    if state.checks.facts is None or not state.checks.rows:
        return [Missing("checks")]
    if state.release.error is not None:
        return [Missing("release")]
    count = len(holding_back(state))
    return [Missing("repairs", params={"count": str(count)})] if count else []


def _missing_settings(state: WizardState) -> list[Missing]:
    found = list(field_problems(state, PageId.SETTINGS).values())
    if not found and state.checks.error is not None:
        found = [Missing("settings_error")]
    if not found and state.checks.situation is None:
        found = [Missing("release")]
    return found


def _missing_review(state: WizardState) -> list[Missing]:
    if state.review.plan is None:
        return [Missing("plan")]
    count = len(state.review.plan.blockers)
    return [Missing("repairs", params={"count": str(count)})] if count else []


def _published(answers: Answers) -> dict[str, int]:
    ports = {"ports.http": answers.ports.http, "ports.https": answers.ports.https}
    ports["ports.plugin_debugging"] = answers.ports.plugin_debugging
    return {key: port for key, port in ports.items() if port or key != "ports.https"}


def port_problem(state: WizardState, key: str, port: int) -> Missing | None:
    """Whether *port* can be published for the field *key*: judged as typed, from the facts at hand."""
    for other, number in _published(effective(state)).items():
        if other != key and number == port:
            return Missing("port_twice", key, {"port": str(port)})
    if state.checks.facts is None:
        return None
    holder = port_holder(state.checks.facts, "0.0.0.0", port, state.answers.project)  # noqa: S104
    if holder is None:
        return None
    if key == "ports.http" and effective(state).tls.way.acme:
        known = "acme_port_taken" if holder else "acme_port_taken_unknown"
        return Missing(known, key, {"holder": holder})  # another port would be of no use
    free = free_port(state, port)
    return Missing(
        "port_taken" if holder else "port_taken_unknown", key, {"holder": holder, "free": str(free)}
    )


def free_port(state: WizardState, wanted: int) -> int:
    """The nearest usual port that is not in use."""
    taken = set(_published(effective(state)).values())
    start = {80: 8080, 443: 8443}.get(wanted, wanted + 1)
    facts, project = state.checks.facts, state.answers.project
    for port in range(start, 65536):
        busy = facts and port_holder(facts, "0.0.0.0", port, project) is not None  # noqa: S104
        if port not in taken and not busy:
            return port
    return 0
