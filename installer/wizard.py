"""What the wizard knows and asks, as one frozen state, and what follows from it. Pure; no Qt.

Pages show a state and ask for changes of it; where Back and Next lead is a position in ``route``, what is
missing before one may go on comes from ``missing``. Changing an answer drops what was derived from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from installer.errors import Code, InstallError
from installer.progress import Progress
from installer.settings import Answers, Secrets, Target

if TYPE_CHECKING:  # the engine's larger modules are imported after the first paint
    from installer.check_list import Check
    from installer.draft import Draft
    from installer.engine import Outcome
    from installer.facts.model import Facts
    from installer.plan import Plan
    from installer.release.catalogue import ReleaseInfo
    from installer.release.obtain import Obtained
    from installer.servers import KnownServer
    from installer.situation import Situation

Intent = Literal["install", "open"]
LoginMethod = Literal["password", "key", "agent"]


class PageId(StrEnum):
    """The wizard's pages, in their order."""

    WELCOME = "welcome"
    WHERE = "where"
    LOGIN = "login"
    CHECKS = "checks"
    SETTINGS = "settings"
    REVIEW = "review"
    INSTALL = "install"
    DONE = "done"


#: Findings that are put right by an answer on the Settings page: they do not hold one back on Checks.
SETTLED_IN_SETTINGS = frozenset(
    {
        Code.PORT_IN_USE,
        Code.DIRECTORY_FOREIGN,
        Code.DIRECTORY_NOT_EMPTY,
        Code.DIRECTORY_NOT_WRITABLE,
        Code.PROJECT_CLASH,
        Code.RELEASE_DIFFERS,
    }
)

#: Errors after which the work on the target may well go on: only the line to it is gone.
#: After these the login is asked for again; what runs on the target goes on meanwhile.
LOGIN_AGAIN = frozenset(
    {
        Code.SSH_HOST_KEY_UNKNOWN,
        Code.SSH_HOST_KEY_CHANGED,
        Code.SSH_LOGIN_REFUSED,
        Code.SSH_METHOD_NOT_ALLOWED,
        Code.SUDO_PASSWORD_NEEDED,
        Code.SUDO_PASSWORD_WRONG,
    }
)

LINE_LOST = frozenset(
    {
        Code.SSH_CONNECTION_LOST,
        Code.SSH_TIMEOUT,
        Code.SSH_UNREACHABLE,
        Code.SSH_CLOSED_EARLY,
        Code.SSH_REFUSED,
    }
)

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


@dataclass(frozen=True)
class Missing:
    """What a page still needs. *key* names the sentence (``missing.<key>`` in the window's texts), *about*
    the answer it is about, *params* fill the sentence."""

    key: str
    about: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Busy:
    """Work that a page waits for: *what* (a key), *since* in seconds since the epoch."""

    what: str
    since: float


@dataclass(frozen=True)
class Failure:
    """An error to be shown in the page it belongs to."""

    page: PageId
    error: InstallError


@dataclass(frozen=True)
class LocalDocker:
    """What was found of this computer's Docker, for the card on Where."""

    version: str = ""
    error: InstallError | None = None


@dataclass(frozen=True)
class WizardState:
    """Everything the pages show.

    *resuming*: Install was pressed with exactly these answers in an earlier run of the program. *watching*:
    what goes on was not begun with these answers, so it is only followed. *live*: known server's id → ``up``
    or ``down``. *draft*: unfinished answers that can be gone on with. *stopped*: it was cancelled.
    """

    page: PageId = PageId.WELCOME
    intent: Intent = "install"
    answers: Answers = field(default_factory=Answers)
    secrets: Secrets = field(default_factory=Secrets)
    login: LoginMethod = "password"
    sudo_asked: bool = False
    resuming: bool = False
    known: tuple[KnownServer, ...] = ()
    live: Mapping[str, str] = field(default_factory=dict)
    draft: Draft | None = None
    local: LocalDocker | None = None
    connected: bool = False
    rights: str = ""
    facts: Facts | None = None
    releases: tuple[ReleaseInfo, ...] = ()
    obtained: Obtained | None = None
    release_error: InstallError | None = None
    situation: Situation | None = None
    settings_error: InstallError | None = None
    checks: tuple[Check, ...] = ()
    plan: Plan | None = None
    progress: Progress = field(default_factory=Progress)
    watching: bool = False
    cancelling: bool = False
    stopped: bool = False
    outcome: Outcome | None = None
    busy: Busy | None = None
    failure: Failure | None = None

    @property
    def installing(self) -> bool:
        """Whether Install was pressed and its end has not come."""
        return self.page is PageId.INSTALL and self.busy is not None

    def failed_on(self, page: PageId) -> InstallError | None:
        """The error to show on *page*."""
        return self.failure.error if self.failure and self.failure.page is page else None


def route(state: WizardState) -> tuple[PageId, ...]:
    """The pages this person sees, in order; a page with nothing to ask is not among them."""
    if state.intent == "open":
        return (PageId.WELCOME, PageId.LOGIN)
    skipped = {PageId.LOGIN} if state.answers.target.kind == "local" else set()
    return tuple(page for page in PageId if page not in skipped)


def neighbour(state: WizardState, step: int) -> PageId | None:
    """The page *step* places from the current one, None beyond the ends."""
    pages = route(state)
    place = (pages.index(state.page) if state.page in pages else 0) + step
    return pages[place] if 0 <= place < len(pages) else None


def can_go_back(state: WizardState) -> bool:
    """Not from the first page, and not once Install was pressed and goes on or is over."""
    if state.page is PageId.INSTALL:
        return state.busy is None and state.outcome is None
    return state.page is not PageId.DONE and neighbour(state, -1) is not None


def may_visit(state: WizardState, page: PageId) -> bool:
    """Whether the rail may lead to *page*: back to what is done, until Install was pressed."""
    pages = route(state)
    if state.page in (PageId.INSTALL, PageId.DONE) or page not in pages or state.page not in pages:
        return False
    return pages.index(page) < pages.index(state.page)


def edit(
    state: WizardState,
    *,
    answers: Answers | None = None,
    secrets: Secrets | None = None,
    login: LoginMethod | None = None,
) -> WizardState:
    """*state* with changed answers; what was derived from the old ones is gone."""
    new = replace(
        state,
        answers=answers if answers is not None else state.answers,
        secrets=secrets if secrets is not None else state.secrets,
        login=login if login is not None else state.login,
    )
    if new.answers == state.answers and new.secrets == state.secrets and new.login == state.login:
        return state
    old_target, target = _login_of(state), _login_of(new)
    if old_target != target:
        return _elsewhere(state, _forget_machine(new))
    if new.answers != state.answers:
        new = replace(new, plan=None, settings_error=None, resuming=False)
        if (new.answers.directory, new.answers.project) != (state.answers.directory, state.answers.project):
            new = _forget_place(new)
        if new.answers.release != state.answers.release:
            new = replace(new, obtained=None, release_error=None, situation=None)
    failure = new.failure if new.failure and new.failure.page is not state.page else None
    return replace(new, plan=None, failure=failure)


def _forget_machine(state: WizardState) -> WizardState:
    """Another machine or login: nothing that was found out holds."""
    return replace(
        _forget_place(state),
        connected=False,
        rights="",
        plan=None,
        failure=None,
        outcome=None,
    )


def _forget_place(state: WizardState) -> WizardState:
    """Another folder, on whatever machine: another version may be installed there, so the release that was
    read for the old one does not hold either."""
    return replace(
        state,
        facts=None,
        checks=(),
        situation=None,
        obtained=None,
        release_error=None,
        settings_error=None,
        plan=None,
    )


def _elsewhere(old: WizardState, new: WizardState) -> WizardState:
    """*new*; where it names another account than *old*, without that one's sudo password."""
    before, after = old.answers.target, new.answers.target
    if all(getattr(before, name) == getattr(after, name) for name in ("kind", "host", "port", "user")):
        return new
    new = replace(new, resuming=False)
    kept = new.secrets.sudo_password if new.secrets.sudo_password != old.secrets.sudo_password else None
    return replace(new, sudo_asked=False, secrets=replace(new.secrets, sudo_password=kept))


def _login_of(state: WizardState) -> tuple[object, ...]:
    """Everything a connection depends on."""
    secrets, target = state.secrets, state.answers.target
    where: Target = replace(target, directory="", project="")
    return (where, state.login, secrets.ssh_password, secrets.ssh_passphrase, secrets.sudo_password)


def effective(state: WizardState) -> Answers:
    """The answers that count. What was typed for the choice not taken (an address, a key file, a certificate)
    stays in the state, so that changing one's mind back loses nothing."""
    answers = state.answers
    target, tls = answers.target, answers.tls
    if target.kind == "local":
        target = Target(
            kind="local", directory=target.directory, project=target.project, docker=target.docker
        )
    else:
        file = target.identity_file if state.login == "key" else ""
        target = replace(target, docker="", identity_file=file)
    ports = answers.ports
    if tls.mode == "off":
        tls, ports = replace(tls, certificate="", key=""), replace(ports, https=0)
    return replace(answers, target=target, tls=tls, ports=ports)


def effective_secrets(state: WizardState) -> Secrets:
    """The secrets that belong to the choices taken."""
    secrets = state.secrets
    over_ssh = state.answers.target.kind == "ssh"
    return replace(
        secrets,
        ssh_password=secrets.ssh_password if over_ssh and state.login == "password" else None,
        ssh_passphrase=secrets.ssh_passphrase if over_ssh and state.login == "key" else None,
        sudo_password=secrets.sudo_password if over_ssh else None,
        tls_passphrase=secrets.tls_passphrase if state.answers.tls.mode == "own" else None,
    )


# ---------------------------------------------------------------------------- what is missing


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
    from installer.settings import answer_problems

    found: dict[str, Missing] = {}
    answers = effective(state)
    if page is PageId.SETTINGS:
        for key, port in _published(answers).items():
            taken = port_problem(state, key, port)
            if taken:
                found[key] = taken
        found.update({m.about: m for m in _missing_admin(state)})
    for problem in answer_problems(answers):
        key = problem.params.get("key", "").partition(" = ")[0]
        if _page_of(state, key) is page:
            params = {name: text for name, text in problem.params.items() if name != "key"}
            found.setdefault(key, Missing(_sentence(key, problem), key, params))
    return found


def _page_of(state: WizardState, key: str) -> PageId | None:
    """The page that the field *key* stands on; None while it does not matter."""
    if key == "target.identity_file" and state.login != "key":
        return None
    if key == "target.directory" and state.intent == "open":
        return PageId.LOGIN
    return _FIELD_PAGE.get(key, PageId.SETTINGS)


def _sentence(key: str, problem: InstallError) -> str:
    if problem.code is Code.ANSWERS_RESERVED:
        return "reserved"
    if key in ("target.port", "ports.http", "ports.https", "ports.plugin_debugging"):
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
    }
    known |= {"target.identity_file": "key_path", "target.jump": "jump", "target.directory": "folder"}
    if problem.params.get("value"):  # something is there, and it is no host or no user name
        known |= {"target.host": "address", "target.user": "user_wrong", "tls.certificate": "file_path"}
    return known.get(key, "value")


def _missing_where(state: WizardState) -> list[Missing]:
    if state.answers.target.kind == "local" and state.local and state.local.error:
        return [Missing("local_docker", "target.kind")]
    return []


def _missing_login(state: WizardState) -> list[Missing]:
    target, secrets = state.answers.target, state.secrets
    if not target.host:
        return [Missing("host", "target.host")]
    problems = field_problems(state, PageId.LOGIN)
    if problems:
        return [*problems.values()][:1]
    if not target.user:
        return [Missing("user", "target.user")]
    if state.login == "key" and not target.identity_file:
        return [Missing("key", "target.identity_file")]
    if state.login == "password" and not secrets.ssh_password:
        return [Missing("password", "secrets.ssh_password")]
    if state.sudo_asked and not secrets.sudo_password:
        return [Missing("sudo_password", "secrets.sudo_password")]
    error = state.failed_on(PageId.LOGIN)
    if error and error.code is Code.SSH_HOST_KEY_UNKNOWN:
        return [Missing("fingerprint")]
    if error and error.code is Code.SSH_HOST_KEY_CHANGED:
        return [Missing("fingerprint_changed")]
    return []


def holding_back(state: WizardState) -> tuple[Check, ...]:
    """The findings that must be put right before one can leave Checks."""
    return tuple(
        c
        for c in state.checks
        if c.verdict == "stop" and not (c.problem and c.problem.code in SETTLED_IN_SETTINGS)
    )


def _missing_checks(state: WizardState) -> list[Missing]:
    if state.facts is None or not state.checks:
        return [Missing("checks")]
    if state.release_error is not None:
        return [Missing("release")]
    count = len(holding_back(state))
    return [Missing("repairs", params={"count": str(count)})] if count else []


def _missing_settings(state: WizardState) -> list[Missing]:
    found = list(field_problems(state, PageId.SETTINGS).values())
    if not found and state.settings_error is not None:
        found = [Missing("settings_error")]
    if not found and state.situation is None:
        found = [Missing("release")]
    return found


def _missing_review(state: WizardState) -> list[Missing]:
    if state.plan is None:
        return [Missing("plan")]
    count = len(state.plan.blockers)
    return [Missing("repairs", params={"count": str(count)})] if count else []


def _missing_admin(state: WizardState) -> list[Missing]:
    from installer.settings import checks

    admin, password = state.answers.admin, state.secrets.admin_password
    if not admin.email:
        wanted = bool(admin.name or password)
        return [Missing("admin_email", "admin.email")] if wanted else []
    if not password or checks.account_password(password.reveal()):
        return [Missing("admin_password", "secrets.admin_password")]
    return []


# --------------------------------------------------------------------------------- ports


def _published(answers: Answers) -> dict[str, int]:
    ports = {"ports.http": answers.ports.http, "ports.https": answers.ports.https}
    ports["ports.plugin_debugging"] = answers.ports.plugin_debugging
    return {key: port for key, port in ports.items() if port or key != "ports.https"}


def port_problem(state: WizardState, key: str, port: int) -> Missing | None:
    """Whether *port* can be published for the field *key*: judged as typed, from the facts at hand."""
    for other, number in _published(effective(state)).items():
        if other != key and number == port:
            return Missing("port_twice", key, {"port": str(port)})
    if state.facts is None:
        return None
    from installer.checks import port_holder

    holder = port_holder(state.facts, "0.0.0.0", port, state.answers.project)  # noqa: S104
    if holder is None:
        return None
    free = free_port(state, port)
    return Missing(
        "port_taken" if holder else "port_taken_unknown", key, {"holder": holder, "free": str(free)}
    )


def free_port(state: WizardState, wanted: int) -> int:
    """The nearest usual port that nobody uses."""
    from installer.checks import port_holder

    taken = set(_published(effective(state)).values())
    start = {80: 8080, 443: 8443}.get(wanted, wanted + 1)
    for port in range(start, 65536):
        busy = state.facts and port_holder(state.facts, "0.0.0.0", port, state.answers.project) is not None  # noqa: S104
        if port not in taken and not busy:
            return port
    return 0


# ------------------------------------------------------------------------- known servers


def opened(state: WizardState, server: KnownServer, intent: Intent) -> WizardState:
    """*state* with *server* as its target."""
    method: LoginMethod = (
        "key" if server.login == "key" else "agent" if server.login == "agent" else "password"
    )
    answers = replace(Answers(), target=server.target)
    return with_answers(state, answers, method, intent)


def with_answers(
    state: WizardState, answers: Answers, login: LoginMethod, intent: Intent = "install"
) -> WizardState:
    """*state* with all answers from elsewhere: a known server, a file, a draft. What was typed as a secret
    belongs to the old ones and is gone, and so is what was found of another Docker here."""
    new = edit(state, answers=answers, secrets=Secrets(), login=login)
    local = state.local if answers.target.docker == state.answers.target.docker else None
    return replace(new, local=local, intent=intent, sudo_asked=False, resuming=False, failure=None)


def agent_there(environment: Mapping[str, str] | None = None) -> bool:
    """Whether an SSH agent may be running here."""
    env = os.environ if environment is None else environment
    return os.name == "nt" or bool(env.get("SSH_AUTH_SOCK"))
