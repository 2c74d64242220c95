"""The wizard's state: everything its pages show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from installer.answers import Answers, Secrets
from installer.core.errors import EXTERNAL_FINDINGS, Code, InstallError
from installer.views.progress import Progress

if TYPE_CHECKING:  # the engine's larger modules are imported after the first paint
    from installer.acme.dns_look import DnsLook
    from installer.appdata.draft import Draft
    from installer.appdata.known_server_edit import ServerEdit
    from installer.appdata.known_servers import KnownServer
    from installer.apply.plan import Plan
    from installer.engine import Outcome
    from installer.facts.model import Facts
    from installer.hosts.dialogue import Question
    from installer.hosts.ssh.auth_methods import Door
    from installer.hosts.ssh.config import ConfiguredHost
    from installer.lifecycle.undo.model import Undone, UndoPlan
    from installer.network.model import NetworkFacts
    from installer.preflight.check_list import Check
    from installer.registry.sizes import Sizes
    from installer.release.catalogue import ReleaseInfo
    from installer.release.model import ReleaseModel
    from installer.release.obtain import Obtained
    from installer.repairs.model import Repair
    from installer.state.external_report import Tested
    from installer.state.plan_input import Situation
    from installer.support.story import Support
    from installer.views.server_summary import ServerNow

Intent = Literal["install", "open"]


#: ``ask``: nothing is given beforehand, the server's own questions are answered.
LoginMethod = Literal["password", "key", "agent", "ask"]


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
    #: Beside the way: what happened, of an installation or of a report.
    REPORT = "report"


#: Findings that are put right by an answer on the Settings page: they do not hold one back on Checks.
SETTLED_IN_SETTINGS = frozenset(
    {
        Code.PORT_IN_USE,
        Code.PORT_LEFT,
        Code.DIRECTORY_FOREIGN,
        Code.DIRECTORY_NOT_EMPTY,
        Code.DIRECTORY_NOT_WRITABLE,
        Code.DIRECTORY_OF_OTHERS,
        Code.DIRECTORY_OPEN,
        Code.DIRECTORY_UNCHECKED,
        Code.PROJECT_CLASH,
        Code.PROJECT_OTHER,
        Code.VOLUMES_LEFT,
        Code.DATABASE_DIFFERS,
        Code.VOLUMES_MISSING,
        Code.RELEASE_DIFFERS,
        Code.WEBSERVER_UNUSABLE,
        Code.TLS_SYSTEM_CANNOT,
        Code.DATABASE_ELSEWHERE,
        *EXTERNAL_FINDINGS,
    }
)


#: What the checks can say more about, and often repair.
DOCKER_FOR_CHECKS = frozenset({Code.DOCKER_MISSING, Code.DOCKER_NOT_RUNNING, Code.DOCKER_NO_RIGHTS})


#: Errors after which the work on the target may well go on: only the line to it is gone.
LINE_LOST = frozenset(
    {
        Code.CANCEL_UNANSWERED,
        Code.SSH_CONNECTION_LOST,
        Code.SSH_TIMEOUT,
        Code.SSH_UNREACHABLE,
        Code.SSH_CLOSED_EARLY,
        Code.SSH_REFUSED,
    }
)


#: After these the login is asked for again; what runs on the target continues meanwhile.
LOGIN_AGAIN = frozenset(
    {
        Code.SSH_HOST_KEY_UNKNOWN,
        Code.SSH_HOST_KEY_CHANGED,
        Code.SSH_LOGIN_REFUSED,
        Code.SSH_METHOD_NOT_ALLOWED,
        Code.SSH_PROMPTS_NEEDED,
        Code.SSH_PASSWORD_EXPIRED,
        Code.SUDO_PASSWORD_NEEDED,
        Code.SUDO_PASSWORD_WRONG,
    }
)


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
class WorkState:
    """What a page waits for (*busy*; *cancelling*: only until it has stopped), and what the server asks while
    the login waits for the answer (*question*). How the last work ended: *failure* or *stopped*."""

    busy: Busy | None = None
    cancelling: bool = False
    question: Question | None = None
    failure: Failure | None = None
    stopped: bool = False

    def over(self) -> WorkState:
        """Nothing is waited for any more."""
        return replace(self, busy=None, cancelling=False, question=None)


@dataclass(frozen=True)
class LocalDocker:
    """What was found of this computer's Docker, for the card on Where."""

    version: str = ""
    error: InstallError | None = None


@dataclass(frozen=True)
class Keeping:
    """Whether this computer keeps the passwords of the login. *usable*: whether it has a keyring, None before
    it was checked; *wanted*: they are to be kept once the login has worked; *kept*: they came from there."""

    usable: bool | None = None
    wanted: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Dns:
    """What the site's name resolves to: the last *looks*, the newest last. *waiting*: since when a user waits
    until it resolves to the server (seconds since the epoch), 0 = no one waits. *error*: why that ended."""

    looks: tuple[DnsLook, ...] = ()
    waiting: float = 0.0
    error: InstallError | None = None


@dataclass(frozen=True)
class Trial:
    """The results of testing external services. *found*: section of the answers file → the result with the
    current answers; *errors*: section → why it could not be tested at all. *going*: the section that is being
    tested, since *since* (seconds since the epoch). See ``installer.views.wizard.external``."""

    found: Mapping[str, Tested] = field(default_factory=dict)
    errors: Mapping[str, InstallError] = field(default_factory=dict)
    going: str = ""
    since: float = 0.0


@dataclass(frozen=True)
class Undoing:
    """An undo: looked for (*plan* None), to be decided on, *done*, *broken* (it failed), or *halted* (it was
    cancelled half-way). *before*: what was shown before."""

    plan: UndoPlan | None = None
    done: Undone | None = None
    broken: bool = False
    halted: bool = False
    before: WorkState = WorkState()


@dataclass(frozen=True)
class TunnelState:
    """Dify opened through SSH: its *url* here, once it was asked for, or the *error* why it does not open.
    *opening*: it is being made."""

    url: str = ""
    error: InstallError | None = None
    opening: bool = False


@dataclass(frozen=True)
class NetworkState:
    """What the machine reaches on the network: *facts*, None before they came. *looking*: they are
    queried now."""

    facts: NetworkFacts | None = None
    looking: bool = False


@dataclass(frozen=True)
class RepairState:
    """A repair that runs at once: its id while it is *going*, and the *lines* it said. *changed*: one that
    changes something was started on this machine."""

    going: str = ""
    lines: tuple[str, ...] = ()
    changed: bool = False


@dataclass(frozen=True)
class ReleaseState:
    """The release of Dify that is chosen, and those that can be. *listed*: the list, of *listed_at* (seconds
    since the epoch); *list_error*: why it is not the list of now, or why there is none. *obtained*:
    the chosen one, None before it was read; *error*: why it cannot be."""

    listed: tuple[ReleaseInfo, ...] = ()
    listed_at: float = 0.0
    list_error: InstallError | None = None
    obtained: Obtained | None = None
    error: InstallError | None = None

    @property
    def model(self) -> ReleaseModel | None:
        """What the chosen one is made of, once it was read."""
        return self.obtained.model if self.obtained else None


@dataclass(frozen=True)
class ChecksState:
    """What was found on the machine, and how it is judged. *facts*: None before they came; *situation*: the
    same with release and answers, None where that cannot be, and *error* then says why. *rows*: the checks;
    *awaited* and *attention*: see ``arrange``. *repairs*: what could be done about the findings."""

    facts: Facts | None = None
    situation: Situation | None = None
    error: InstallError | None = None
    rows: tuple[Check, ...] = ()
    awaited: frozenset[str] = frozenset()
    attention: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class ReviewState:
    """What Install would do: the *plan*, None before it was made for these answers. *sizes*: what is known of
    the sizes of the images to be downloaded, None before the first query; *sizing*: they are queried."""

    plan: Plan | None = None
    sizes: Sizes | None = None
    sizing: bool = False


@dataclass(frozen=True)
class LoginState:
    """The *method* of logging in, and *door*: how the server lets this user in, None before it was asked.
    *sudo_asked*: sudo turned out to need a password. *configured*: servers of the SSH configuration."""

    method: LoginMethod = "password"
    door: Door | None = None
    sudo_asked: bool = False
    configured: tuple[ConfiguredHost, ...] = ()


@dataclass(frozen=True)
class WelcomeState:
    """What Welcome offers. *known*: the servers it lists; *live*: id → ``up`` or ``down``, as its address
    answers; *now*: id → what a connection tells, where there is one. *editing*: the server that is being
    changed; *forgetting*: the id of the one that is asked about. *draft*: unfinished answers that can be gone
    on with."""

    known: tuple[KnownServer, ...] = ()
    live: Mapping[str, str] = field(default_factory=dict)
    now: Mapping[str, ServerNow] = field(default_factory=dict)
    editing: ServerEdit | None = None
    forgetting: str = ""
    draft: Draft | None = None

    @property
    def card_about(self) -> str:
        """The id of the server that is being changed or asked about."""
        return self.forgetting or (self.editing.original.id if self.editing else "")

    def server(self, server_id: str) -> KnownServer | None:
        """The known server with that id."""
        return next((s for s in self.known if s.id == server_id), None)


@dataclass(frozen=True)
class InstallState:
    """An installation, and its *outcome* once it ended well. *watching*: what runs was not started with these
    answers, so it is only followed. *resuming*: Install was pressed with exactly these answers in an earlier
    run of the program."""

    progress: Progress = field(default_factory=Progress)
    watching: bool = False
    resuming: bool = False
    outcome: Outcome | None = None

    def halted(self, now: float) -> InstallState:
        """Nothing runs any more, or nothing is heard of it; *now* in seconds since the epoch."""
        return replace(self, progress=self.progress.stopped(now))


@dataclass(frozen=True)
class WizardState:
    """Everything the pages show. A part is changed by the controller of ``ui.wizard`` beside it, and dropped
    by an edit of the answers that it is not about (``edits``).

    *rights*: a value of ``hosts.ssh.rights.Rights``, ``local`` for this computer, empty: not connected.
    *support*: what the page about the past shows, and how saving a report goes; None before it is opened.
    *practice*: type and fingerprint of the host key of the practice server that this is about, else empty.
    """

    page: PageId = PageId.WELCOME
    intent: Intent = "install"
    practice: str = ""
    answers: Answers = field(default_factory=Answers)
    secrets: Secrets = field(default_factory=Secrets)
    work: WorkState = WorkState()  # PageJob
    welcome: WelcomeState = WelcomeState()  # WelcomeController
    local: LocalDocker | None = None  # LocalDockerController
    login: LoginState = LoginState()  # LoginController
    keeping: Keeping = Keeping()  # LoginKeychain
    rights: str = ""  # LoginController
    checks: ChecksState = ChecksState()  # ChecksController
    network: NetworkState = NetworkState()  # NetworkController
    repair: RepairState = RepairState()  # DecisionsController
    release: ReleaseState = ReleaseState()  # ReleaseController
    dns: Dns = Dns()  # DnsController
    trial: Trial = Trial()  # TrialsController
    review: ReviewState = ReviewState()  # ReviewController
    install: InstallState = InstallState()  # InstallController
    undoing: Undoing | None = None  # UndoController
    tunnel: TunnelState = TunnelState()  # DoneController
    support: Support | None = None  # ReportController

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the target."""
        return bool(self.rights)

    @property
    def installing(self) -> bool:
        """Whether Install was pressed and its end has not come."""
        return self.page is PageId.INSTALL and self.work.busy is not None

    def failed_on(self, page: PageId) -> InstallError | None:
        """The error to show on *page*."""
        return self.work.failure.error if self.work.failure and self.work.failure.page is page else None


def agent_there(environment: Mapping[str, str] | None = None) -> bool:
    """Whether an SSH agent may be running here."""
    env = os.environ if environment is None else environment
    return os.name == "nt" or bool(env.get("SSH_AUTH_SOCK"))
