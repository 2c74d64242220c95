"""The wizard's controller: what each intent leads to, with the engine's work replaced by declared results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Release, Secrets, Target, load_answers
from installer.answers.optional import Locale
from installer.appdata.draft import Draft, clear_draft, load_draft, save_draft
from installer.appdata.keychain import Keychain
from installer.appdata.known_server_edit import changing, copying
from installer.appdata.known_servers import KnownServer, Servers
from installer.apply.plan import make_plan
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line, StepFinished, StepProgress, StepStarted
from installer.core.secrets import Secret
from installer.engine import Blocked, Outcome
from installer.hosts.ssh.auth_methods import Door
from installer.lifecycle.undo.model import UndoPlan
from installer.network.model import NetworkFacts
from installer.preflight.check_list import check_list
from installer.registry.manifests import Blob
from installer.registry.sizes import Sizes
from installer.release.catalogue import ReleaseInfo
from installer.release.listing import ReleaseList
from installer.views.progress import Progress
from installer.views.wizard import PageId, WelcomeState, WizardState, edit
from tests.situations import installed, situation
from tests.ui.states.login import with_login
from tests.ui.states.welcome import with_welcome
from tests.unit.registry.samples import digest
from ui import intents
from ui.app.app import suggested
from ui.background.jobs import Jobs
from ui.connection.session import Judged, Looked, Session
from ui.wizard.controller import Flow
from ui.wizard.install.words import sentence_key
from ui.wizard.login.controller import may_accept

SSH = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root"))
PASSWORD = Secrets(ssh_password=Secret("correct horse"))
PIN = "ssh-ed25519 SHA256:" + "A" * 43
SIZES = Sizes({image: (Blob(digest(image), 10),) for image in situation().configuration.images})
OUTCOME = Outcome("http://203.0.113.5", "99.0.0", changed=True, first=True, init_password=Secret("init-1"))


DOOR = Door("203.0.113.5", 22, "OpenSSH_9.6", "", ("publickey", "password"))


class NoHost:
    """A connection of which only the end matters."""

    closed = False

    def close(self) -> None:
        self.closed = True


@dataclass
class Script(Session):
    """A session whose work gives what was declared: a value, an error to raise, or a function."""

    results: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    ask: Any = None
    on_password: Any = None

    def _work(self, name: str, *given: Any) -> Callable[[Emit, CancelToken], Any]:
        self.asked.append((name, given))

        def work(emit: Emit, cancel: CancelToken) -> Any:
            found = self.results[name]
            if isinstance(found, list):
                found = found.pop(0) if len(found) > 1 else found[0]
            if isinstance(found, BaseException):
                raise found
            return found(emit, cancel) if callable(found) else found

        return work

    def look_at_door(self, answers: Answers) -> Any:
        return self._work("door", answers)

    def configured_hosts(self) -> Any:
        return self._work("configured")

    def connect(self, answers: Answers, secrets: Secrets, ask: Any = None, on_password: Any = None) -> Any:
        self.ask, self.on_password = ask, on_password
        return self._work("connect", answers, secrets)

    def look(self, answers: Answers, secrets: Secrets, obtained: Any, put: Any, network: Any) -> Any:
        return self._work("look", answers, secrets, put)

    def look_at_network(self, answers: Answers) -> Any:
        return self._work("network", answers)

    def judge(
        self, answers: Answers, secrets: Secrets, facts: Any, obtained: Any, network: Any, tried: Any = ()
    ) -> Any:
        return self._work("judge", answers, network, tried)

    def try_service(self, answers: Answers, secrets: Secrets, facts: Any, obtained: Any, section: str) -> Any:
        return self._work("try", answers, section)

    def repair_now(self, answers: Answers, secrets: Secrets, repair: Any) -> Any:
        return self._work("repair", repair)

    def release(self, answers: Answers, secrets: Secrets, facts: Any) -> Any:
        return self._work("release", answers)

    def releases(self, answers: Answers) -> Any:
        return self._work("releases", answers)

    def plan(self, answers: Answers, secrets: Secrets) -> Any:
        return self._work("plan", answers)

    def image_sizes(self, answers: Answers, secrets: Secrets, plan: Any) -> Any:
        return self._work("sizes", plan)

    def follow(self, answers: Answers, secrets: Secrets) -> Any:
        return self._work("follow", answers)

    def install(self, answers: Answers, secrets: Secrets, put: Any, **how: Any) -> Any:
        return self._work("install", answers, put, how)

    def undo_plan(self, answers: Answers, secrets: Secrets) -> Any:
        return self._work("undo_plan", answers)

    def undo(self, answers: Answers, secrets: Secrets, *, confirm: str, images: bool, shown: UndoPlan) -> Any:
        return self._work("undo", confirm, images, shown)

    def log_in_to_registry(
        self, answers: Answers, secrets: Secrets, registry: str, user: str, password: Secret
    ) -> Any:
        return self._work("registry", registry, user, password)

    def local_docker(self, answers: Answers) -> Any:
        return self._work("local_docker")

    def open_through_ssh(self, answers: Answers) -> Any:
        return self._work("open_through_ssh", answers)


@dataclass
class Connected:
    host: Any
    rights: str = "root"
    admin_command: str = ""


@pytest.fixture
def flow(qtbot: QtBot, tmp_path: Path) -> Iterator[Flow]:
    """A flow on the Login page, with everything that is asked for going well."""
    jobs, home = Jobs(), Home(tmp_path)
    state = edit(WizardState(page=PageId.LOGIN), answers=SSH, secrets=PASSWORD)
    found = Flow(jobs, home, state)
    found.keychain = Keychain(lambda: None)
    there = situation()
    whole = Looked(
        there.facts, check_list(SSH, there.facts, there), situation=there, obtained=_obtained(there)
    )
    found.session = Script(
        home,
        results={
            "door": DOOR,
            "configured": (),
            "connect": lambda emit, cancel: Connected(NoHost()),
            "look": whole,
            "judge": Judged(there, whole.checks),
            "network": NetworkFacts(),
            "repair": None,
            "plan": make_plan(there),
            "sizes": SIZES,
            "releases": ReleaseList((), 0.0),
            "install": OUTCOME,
            "follow": True,
            "local_docker": "28.5.2",
        },
    )
    yield found
    found.leave()
    assert jobs.close(10)


def _obtained(there: Any) -> Any:
    from installer.release.obtain import Obtained

    return Obtained(there.model.version, there.tree, there.model)


def script(flow: Flow) -> Script:
    assert isinstance(flow.session, Script)
    return flow.session


def wait_for(qtbot: QtBot, flow: Flow, page: PageId) -> None:
    qtbot.waitUntil(lambda: flow.state.page is page and flow.state.work.busy is None, timeout=5000)


def test_the_whole_way(qtbot: QtBot, flow: Flow) -> None:
    for page in (PageId.CHECKS, PageId.SETTINGS, PageId.REVIEW, PageId.DONE):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    assert flow.state.install.outcome == OUTCOME
    known = Servers(flow.home).all()
    assert [(s.version, s.url, s.installing_since) for s in known] == [("99.0.0", "http://203.0.113.5", 0.0)]
    assert load_draft(flow.home) is None
    with qtbot.waitSignal(flow.panel):
        flow.ask(intents.Next())


def test_what_one_press_leads_to_is_shown_once(qtbot: QtBot, flow: Flow) -> None:
    """The page, what it looks for and that it waits for it: one change, drawn once; then the focus."""
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.SETTINGS)
    seen: list[object] = []
    flow.changed.connect(lambda state: seen.append((state.page, state.work.busy is not None)))
    flow.field.connect(seen.append)
    flow.ask(intents.GoToPage(PageId.CHECKS, "ports.http"))
    assert seen == [(PageId.CHECKS, False), "ports.http"]
    seen.clear()
    flow.ask(intents.CheckAgain())
    assert seen == [(PageId.CHECKS, True)]


def test_nothing_happens_while_something_is_missing(flow: Flow) -> None:
    flow.set(with_login(edit(flow.state, secrets=Secrets()), door=DOOR))
    flow.ask(intents.Next())
    assert flow.state.work.busy is None and not script(flow).asked


def test_a_new_host_key_is_shown_and_after_the_comparison_kept(qtbot: QtBot, flow: Flow) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGP0PqjEOP1lG5Tdk5ZcHGV0B6vDhRkYfKDGuJRLrvmS"
    params = {
        "host": "203.0.113.5",
        "port": "22",
        "type": "ssh-ed25519",
        "fingerprint": "SHA256:x",
        "key": key,
    }
    unknown = InstallError(Code.SSH_HOST_KEY_UNKNOWN, params)
    script(flow).results["connect"] = [unknown, lambda emit, cancel: Connected(NoHost())]
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is unknown)
    flow.ask(intents.Next())
    assert flow.state.work.busy is None  # not before it was decided
    flow.ask(intents.AcceptHostKey())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert key in flow.home.known_hosts.read_text()


def test_a_key_that_does_not_match_is_not_kept(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["connect"] = InstallError(Code.SSH_HOST_KEY_UNKNOWN, {"key": "x"})
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
    flow.ask(intents.RejectHostKey())
    assert flow.state.work.failure is None and flow.state.page is PageId.LOGIN
    assert not flow.home.known_hosts.exists()


def test_sudo_asks_for_its_password(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["connect"] = InstallError(Code.SUDO_PASSWORD_NEEDED)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.login.sudo_asked)
    assert flow.state.failed_on(PageId.LOGIN)


def test_a_running_installation_is_followed_at_once(qtbot: QtBot, flow: Flow) -> None:
    there = situation()
    whole = script(flow).results["look"]
    script(flow).results["look"] = [Looked(there.facts, (), running=True), whole]
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert [name for name in asked_for(flow) if name != "judge"] == ["connect", "look", "follow", "look"]
    assert not flow.state.install.watching and not Servers(flow.home).all()


BESIDE = ("door", "configured", "network", "releases")


def asked_for(flow: Flow) -> list[str]:
    """In their order, without what nobody waits for."""
    return [name for name, _ in script(flow).asked if name not in BESIDE]


def test_what_somebody_else_runs_there_is_never_installed_over(qtbot: QtBot, flow: Flow) -> None:
    there = situation()
    script(flow).results["look"] = Looked(there.facts, (), running=True)
    script(flow).results["follow"] = InstallError(Code.SSH_CONNECTION_LOST)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is not None)
    flow.ask(intents.Retry())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is not None)
    assert set(asked_for(flow)) == {"connect", "look", "follow"}
    flow.drafts.flush()
    assert load_draft(flow.home) is None


def test_progress_reaches_the_state(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()

    def install(emit: Emit, cancel: CancelToken) -> Outcome:
        emit(StepStarted(step="pull"))
        emit(StepProgress(step="pull", done=5, total=10, unit="bytes"))
        emit(Line(step="pull", text="a line"))
        assert go_on.wait(5)
        emit(StepFinished(step="pull", changed=True))
        return OUTCOME

    script(flow).results["install"] = install
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.install.progress.lines == ("a line",))
    row = flow.state.install.progress.row("pull")
    assert row and (row.state, row.done, row.total) == ("running", 5, 10)
    assert Servers(flow.home).installing()
    assert flow.state.installing
    flow.ask(intents.Back())
    assert flow.state.page is PageId.INSTALL  # no way back
    go_on.set()
    wait_for(qtbot, flow, PageId.DONE)


def test_a_list_that_cannot_be_had_is_no_obstacle_and_an_earlier_one_is_shown(
    qtbot: QtBot, flow: Flow
) -> None:
    error = InstallError(Code.RELEASE_RATE_LIMITED, {"reset": "14:13"})
    earlier = ReleaseList((ReleaseInfo("98.0.0", "", prerelease=False, notes="", notes_url=""),), 5.0, error)
    script(flow).results["releases"] = [error, earlier]
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    qtbot.waitUntil(lambda: flow.state.release.list_error is not None)
    assert flow.state.release.listed == () and flow.state.work.failure is None
    flow.ask(intents.CheckAgain())
    qtbot.waitUntil(lambda: flow.state.release.listed == earlier.releases)
    assert (flow.state.release.listed_at, flow.state.release.list_error) == (5.0, error)


def test_another_source_has_another_list(qtbot: QtBot, flow: Flow) -> None:
    first = ReleaseList((ReleaseInfo("98.0.0", "", prerelease=False, notes="", notes_url=""),), 5.0)
    mirror = ReleaseList((ReleaseInfo("97.0.0", "", prerelease=False, notes="", notes_url=""),), 6.0)
    script(flow).results |= {"releases": [first, mirror], "release": _obtained(situation())}
    for page in (PageId.CHECKS, PageId.SETTINGS):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    qtbot.waitUntil(lambda: flow.state.release.listed == first.releases)
    release = Release("latest", "https://mirror.example.jp")
    flow.edit(lambda s: edit(s, answers=replace(s.answers, release=release)))
    assert flow.state.release.listed == ()
    qtbot.waitUntil(
        lambda: flow.state.release.listed == mirror.releases and flow.state.release.obtained is not None
    )
    asked = [given[0].release.source for name, given in script(flow).asked if name == "releases"]
    assert asked == ["https://github.com", "https://mirror.example.jp"]


def to_install(qtbot: QtBot, flow: Flow) -> None:
    for page in (PageId.CHECKS, PageId.SETTINGS, PageId.REVIEW):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    flow.ask(intents.Next())
    assert flow.state.page is PageId.INSTALL


def to_review(qtbot: QtBot, flow: Flow) -> list[WizardState]:
    """The states shown from the moment that the plan is there."""
    for page in (PageId.CHECKS, PageId.SETTINGS):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    shown: list[WizardState] = []
    flow.changed.connect(lambda state: shown.append(state) if state.review.plan is not None else None)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.REVIEW)
    return shown


def asked_sizes(flow: Flow) -> int:
    return sum(name == "sizes" for name, _ in script(flow).asked)


def test_review_asks_for_the_size_of_the_download_beside_itself(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()
    script(flow).results["sizes"] = lambda emit, cancel: go_on.wait(5) and SIZES
    shown = to_review(qtbot, flow)
    first = flow.state
    assert first.review.sizing and first.work.busy is None and first.review.sizes is None
    assert [s.review.sizing for s in shown] == [True]  # the plan and the question are one change
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.review.sizes == SIZES)
    assert not flow.state.review.sizing and len(shown) == 2 and asked_sizes(flow) == 1
    flow.ask(intents.Back())
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.REVIEW)
    assert asked_sizes(flow) == 2  # the engine's cache answers that one


def test_a_size_that_is_not_to_be_had_is_no_failure(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["sizes"] = InstallError(Code.SSH_CONNECTION_LOST)
    to_review(qtbot, flow)
    qtbot.waitUntil(lambda: not flow.state.review.sizing)
    assert flow.state.work.failure is None and flow.state.review.sizes is None
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.DONE)


@pytest.mark.parametrize("away", [intents.Back(), intents.Next(), intents.GoToPage(PageId.CHECKS)])
def test_leaving_review_gives_the_question_up(qtbot: QtBot, flow: Flow, away: intents.Intent) -> None:
    ended = threading.Event()

    def ask(emit: Emit, cancel: CancelToken) -> Any:
        try:
            cancel.wait(10)
        finally:
            ended.set()

    script(flow).results["sizes"] = ask
    to_review(qtbot, flow)
    flow.ask(away)
    assert not flow.state.review.sizing
    assert ended.wait(5)
    qtbot.wait(120)
    assert flow.state.review.sizes is None and flow.state.work.failure is None


def test_nothing_is_asked_where_nothing_is_downloaded(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["plan"] = make_plan(installed())
    to_review(qtbot, flow)
    assert not flow.state.review.sizing and asked_sizes(flow) == 0


def test_stop_cancels_and_retry_goes_on(qtbot: QtBot, flow: Flow) -> None:
    def install(emit: Emit, cancel: CancelToken) -> Outcome:
        emit(StepStarted(step="pull"))
        cancel.wait(10)
        raise Cancelled

    script(flow).results["install"] = [install, OUTCOME]
    to_install(qtbot, flow)
    flow.ask(intents.Stop())
    assert flow.state.work.cancelling
    qtbot.waitUntil(lambda: flow.state.work.stopped)
    row = flow.state.install.progress.row("pull")
    assert row is not None and row.state == "failed"
    assert not Servers(flow.home).installing()
    flow.ask(intents.Retry())
    wait_for(qtbot, flow, PageId.DONE)


@pytest.mark.parametrize(
    ("code", "goes_on"),
    [(Code.PULL_FAILED, False), (Code.SSH_CONNECTION_LOST, True), (Code.CANCEL_UNANSWERED, True)],
)
def test_a_failure_stays_on_the_page(qtbot: QtBot, flow: Flow, code: Code, goes_on: bool) -> None:
    script(flow).results["install"] = InstallError(code)
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.INSTALL) is not None)
    assert bool(Servers(flow.home).installing()) is goes_on


def test_blockers_found_at_the_last_moment_lead_to_review(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["install"] = Blocked(make_plan(situation()))
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.page is PageId.REVIEW)
    assert flow.state.work.busy is None


def test_an_error_of_our_own_is_shown_like_any_other(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["connect"] = ZeroDivisionError("oops")
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
    error = flow.state.failed_on(PageId.LOGIN)
    assert error and error.code is Code.INTERNAL and "oops" in error.detail


def test_back_ends_the_look_and_its_late_result_is_ignored(qtbot: QtBot, flow: Flow) -> None:
    go_on = threading.Event()
    whole = script(flow).results["look"]

    def look(emit: Emit, cancel: CancelToken) -> Any:
        go_on.wait(5)
        return whole

    script(flow).results["look"] = look
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.page is PageId.CHECKS)
    flow.ask(intents.Back())
    assert flow.state.page is PageId.LOGIN and flow.state.work.busy is None
    go_on.set()
    qtbot.wait(200)
    assert flow.state.checks.facts is None and flow.state.page is PageId.LOGIN


def test_answers_survive_back_and_the_end_of_the_program(qtbot: QtBot, flow: Flow) -> None:
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    flow.ask(intents.Back())
    assert flow.state.answers == SSH and flow.state.secrets == PASSWORD
    flow.set(replace(flow.state, page=PageId.LOGIN))
    flow.edit(lambda s: edit(s, answers=replace(SSH, site=replace(SSH.site, address="dify.example.jp"))))
    flow.drafts.flush()
    text = (flow.home.folder / "draft.toml").read_text()
    assert "dify.example.jp" in text and "correct horse" not in text

    again = Flow(flow.jobs, flow.home)
    again.welcome.begin()
    assert again.state.welcome.draft is not None
    again.ask(intents.ResumeDraft())
    assert again.state.page is PageId.LOGIN
    assert again.state.answers.site.address == "dify.example.jp"
    assert again.state.secrets == Secrets()
    again.ask(intents.DiscardDraft())
    assert load_draft(flow.home) is None


def test_an_installation_that_was_left_is_taken_up_again(qtbot: QtBot, flow: Flow) -> None:
    busy = KnownServer(
        "", "", SSH.target, "", "", time.time(), installing_since=time.time(), login="password"
    )
    stored = Servers(flow.home).remember(busy)
    site = replace(SSH, site=replace(SSH.site, address="dify.example.jp"))
    save_draft(flow.home, Draft(site, "install", "password", time.time()))
    welcome(flow)
    flow.ask(intents.OpenServer(stored.id))
    assert flow.state.page is PageId.LOGIN and flow.state.install.resuming and flow.state.secrets == Secrets()
    flow.edit(lambda s: edit(s, secrets=PASSWORD))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.DONE)
    assert asked_for(flow) == ["connect", "install"]
    assert script(flow).asked[-1][1][0].site.address == "dify.example.jp"


def welcome(flow: Flow) -> None:
    """As at the next start."""
    flow.set(
        replace(
            WizardState(),
            welcome=WelcomeState(known=Servers(flow.home).all(), draft=load_draft(flow.home)),
            page=PageId.WELCOME,
        )
    )


def left_behind(flow: Flow, page: str = "install") -> KnownServer:
    """An installation that was begun and not seen to its end, and its answers."""
    now = time.time()
    busy = KnownServer("", "", SSH.target, "", "", now, installing_since=now, login="password")
    save_draft(flow.home, Draft(SSH, page, "password", now))
    stored = Servers(flow.home).remember(busy)
    welcome(flow)
    return stored


@pytest.mark.parametrize("change", ["host", "file", "back"])
def test_other_answers_never_begin_by_themselves(
    qtbot: QtBot, flow: Flow, tmp_path: Path, change: str
) -> None:
    stored = left_behind(flow)
    flow.ask(intents.OpenServer(stored.id))
    assert flow.state.install.resuming
    if change == "host":
        target = replace(SSH.target, host="203.0.113.9")
        flow.edit(lambda s: edit(s, answers=replace(SSH, target=target)))
    elif change == "file":
        path = tmp_path / "other.toml"
        path.write_text('[target]\nkind = "ssh"\nhost = "203.0.113.7"\nuser = "root"\n')
        flow.ask(intents.Back())
        flow.ask(intents.OpenAnswers(path))
        qtbot.waitUntil(lambda: flow.state.answers.target.host == "203.0.113.7")
    else:
        flow.edit(lambda s: edit(s, answers=replace(SSH, ports=replace(SSH.ports, http=8080))))
    flow.edit(lambda s: edit(s, secrets=PASSWORD))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert "install" not in asked_for(flow)


def test_without_its_answers_a_running_installation_is_only_watched(qtbot: QtBot, flow: Flow) -> None:
    stored = left_behind(flow)
    clear_draft(flow.home)
    welcome(flow)
    flow.ask(intents.OpenServer(stored.id))
    assert not flow.state.install.resuming and flow.state.intent == "install"


def test_a_cancelled_installation_waits_to_be_gone_on_with(qtbot: QtBot, flow: Flow) -> None:
    def install(emit: Emit, cancel: CancelToken) -> Outcome:
        cancel.wait(10)
        raise Cancelled

    script(flow).results["install"] = install
    to_install(qtbot, flow)
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: flow.state.work.stopped)
    flow.drafts.flush()
    draft = load_draft(flow.home)
    assert draft is not None and draft.page == "review"
    welcome(flow)
    flow.ask(intents.ResumeDraft())
    assert not flow.state.install.resuming


@pytest.mark.parametrize("how", ["back", "stop"])
def test_a_connection_that_nobody_wants_any_more_is_closed(qtbot: QtBot, flow: Flow, how: str) -> None:
    host, go_on = NoHost(), threading.Event()

    def connect(emit: Emit, cancel: CancelToken) -> Connected:
        go_on.wait(5)
        return Connected(host)

    script(flow).results["connect"] = connect
    flow.set(replace(flow.state, login=replace(flow.state.login, door=DOOR)))
    flow.ask(intents.Next())
    flow.ask(intents.Back() if how == "back" else intents.Stop())
    go_on.set()
    qtbot.waitUntil(lambda: host.closed)
    assert not flow.state.connected
    assert flow.state.page in (PageId.WHERE, PageId.LOGIN) and not flow.state.work.cancelling


def test_a_password_is_never_offered_to_another_server(qtbot: QtBot, flow: Flow, tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text('[target]\nkind = "ssh"\nhost = "203.0.113.7"\nuser = "root"\n')
    assert flow.state.secrets == PASSWORD
    flow.ask(intents.OpenAnswers(path))
    qtbot.waitUntil(lambda: flow.state.answers.target.host == "203.0.113.7")
    assert flow.state.secrets == Secrets()


def test_another_machine_forgets_the_release(qtbot: QtBot, flow: Flow) -> None:
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert bool(flow.state.release.obtained)
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=replace(SSH.target, host="203.0.113.9"))))
    assert flow.state.release.obtained is None and flow.state.checks.situation is None


def test_a_release_that_came_too_late_is_not_taken_for_the_chosen_one(qtbot: QtBot, flow: Flow) -> None:
    for page in (PageId.CHECKS, PageId.SETTINGS):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    found = flow.state.release.obtained
    go_on = threading.Event()

    def slow(emit: Emit, cancel: CancelToken) -> Any:
        go_on.wait(5)
        return "the first one"

    script(flow).results["release"] = [slow, found]

    def version(name: str) -> Answers:
        return replace(SSH, release=replace(SSH.release, version=name))

    flow.edit(lambda s: edit(s, answers=version("98.0.0")))
    qtbot.waitUntil(lambda: asked_for(flow).count("release") == 1)
    flow.edit(lambda s: edit(s, answers=version("99.0.0")))
    go_on.set()
    qtbot.waitUntil(lambda: flow.state.release.obtained is found and flow.state.work.busy is None)
    assert asked_for(flow).count("release") == 2


def test_only_the_targets_own_pin_gives_way(qtbot: QtBot, flow: Flow) -> None:
    pinned = replace(SSH, target=replace(SSH.target, host_key=PIN, jump="gw.example.jp"))
    flow.edit(lambda s: edit(edit(s, answers=pinned), secrets=PASSWORD))
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGP0PqjEOP1lG5Tdk5ZcHGV0B6vDhRkYfKDGuJRLrvmS"
    params = {"host": "gw.example.jp", "port": "22", "key": key}
    script(flow).results["connect"] = [
        InstallError(Code.SSH_HOST_KEY_UNKNOWN, params),
        lambda emit, cancel: Connected(NoHost()),
    ]
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
    flow.ask(intents.AcceptHostKey())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.answers.target.host_key == PIN


@pytest.mark.parametrize(
    ("code", "expected", "reinstalled", "accepted"),
    [
        (Code.SSH_HOST_KEY_UNKNOWN, "", False, True),
        (Code.SSH_HOST_KEY_CHANGED, "ssh-ed25519 SHA256:old", False, False),
        (Code.SSH_HOST_KEY_CHANGED, "ssh-ed25519 SHA256:old", True, True),
        (Code.SSH_HOST_KEY_CHANGED, "@revoked", True, False),
        (Code.ANSWERS_BAD_VALUE, "", True, False),
    ],
)
def test_which_keys_may_be_accepted(code: Code, expected: str, reinstalled: bool, accepted: bool) -> None:
    error = InstallError(code, {"key": "x", "expected": expected})
    assert may_accept(error, reinstalled=reinstalled) is accepted


def test_what_is_known_of_a_server_survives_a_failed_installation(qtbot: QtBot, flow: Flow) -> None:
    old = KnownServer("", "", SSH.target, "http://dify.example.jp", "1.16.1", 1.0, login="password")
    Servers(flow.home).remember(old)
    flow.set(with_welcome(flow.state, known=Servers(flow.home).all()))
    script(flow).results["install"] = InstallError(Code.PULL_FAILED)
    to_install(qtbot, flow)
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
    assert [(s.version, s.url) for s in Servers(flow.home).all()] == [("1.16.1", "http://dify.example.jp")]


def test_a_draft_that_nobody_touched_stays(qtbot: QtBot, flow: Flow) -> None:
    other = replace(SSH, site=replace(SSH.site, address="a.example.jp"))
    save_draft(flow.home, Draft(other, "settings", "password", time.time()))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    flow.drafts.flush()
    draft = load_draft(flow.home)
    assert draft is not None and draft.answers.site.address == "a.example.jp"


def test_a_known_server_opens_its_panel(qtbot: QtBot, flow: Flow) -> None:
    stored = Servers(flow.home).remember(KnownServer("", "", SSH.target, "", "1.16.1", 1.0, login="password"))
    flow.set(replace(with_welcome(flow.state, known=Servers(flow.home).all()), page=PageId.WELCOME))
    flow.ask(intents.OpenServer(stored.id))
    flow.edit(lambda s: edit(s, secrets=PASSWORD))
    with qtbot.waitSignal(flow.panel):
        flow.ask(intents.Next())
    flow.ask(intents.ForgetServer(stored.id))
    assert not flow.state.welcome.known


def test_a_changed_entry_is_stored(qtbot: QtBot, flow: Flow) -> None:
    stored = Servers(flow.home).remember(KnownServer("", "", SSH.target, "", "1.16.1", 1.0, login="key"))
    flow.set(replace(with_welcome(flow.state, known=Servers(flow.home).all()), page=PageId.WELCOME))
    flow.edit(lambda s: with_welcome(s, editing=changing(stored).named("Office").with_target(host="")))
    flow.ask(intents.SaveServer())
    assert [s.name for s in Servers(flow.home).all()] == [stored.name], "one without an address is not stored"
    flow.edit(lambda s: with_welcome(s, editing=changing(stored).named("Office").with_target(port=2222)))
    flow.set(with_welcome(flow.state, live={stored.id: "up"}))
    flow.ask(intents.SaveServer())
    assert flow.state.welcome.editing is None
    (only,) = Servers(flow.home).all()
    assert (only.id, only.name, only.target.port, only.version) == (stored.id, "Office", 2222, "1.16.1")
    assert flow.state.welcome.live == {}
    flow.edit(lambda s: with_welcome(s, editing=copying(only, "Copy").with_target(directory="/srv/two")))
    flow.ask(intents.SaveServer())
    assert sorted((s.name, s.version, s.login) for s in flow.state.welcome.known) == [
        ("Copy", "", "key"),
        ("Office", "1.16.1", "key"),
    ]


@pytest.mark.parametrize(
    ("code", "goes_on"), [(Code.LOCAL_UNSUPPORTED, False), (Code.DOCKER_NOT_RUNNING, True)]
)
def test_this_computer_needs_its_docker(qtbot: QtBot, flow: Flow, code: Code, goes_on: bool) -> None:
    script(flow).results["local_docker"] = InstallError(code)
    flow.set(WizardState(page=PageId.WHERE, answers=SSH))
    local = replace(SSH, target=replace(SSH.target, kind="local"))
    flow.edit(lambda s: edit(s, answers=local))
    qtbot.waitUntil(lambda: flow.state.local is not None and flow.state.local.error is not None)
    flow.ask(intents.Next())
    assert (flow.state.work.busy is not None) is goes_on
    if goes_on:
        wait_for(qtbot, flow, PageId.CHECKS)


def test_answers_files_in_and_out(qtbot: QtBot, flow: Flow, tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    flow.ask(intents.ExportAnswers(path))
    qtbot.waitUntil(path.exists)
    assert load_answers(path) == SSH
    flow.set(replace(flow.state, page=PageId.WELCOME, answers=Answers()))
    flow.ask(intents.OpenAnswers(path))
    qtbot.waitUntil(lambda: flow.state.page is PageId.LOGIN and flow.state.answers == SSH)
    path.write_text("[target]\nhots = 1\n")
    flow.set(replace(flow.state, page=PageId.WELCOME))
    flow.ask(intents.OpenAnswers(path))
    qtbot.waitUntil(lambda: failed_with(flow) is Code.ANSWERS_UNKNOWN_KEY)
    flow.ask(intents.ExportAnswers(tmp_path / "no" / "such" / "folder.toml"))
    qtbot.waitUntil(lambda: failed_with(flow) is Code.HOST_FILE_FAILED)


def failed_with(flow: Flow) -> Code | None:
    return flow.state.work.failure.error.code if flow.state.work.failure else None


def test_another_port_is_judged_again(qtbot: QtBot, flow: Flow) -> None:
    for page in (PageId.CHECKS, PageId.SETTINGS):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    before = asked_for(flow).count("judge")
    flow.ask(intents.UsePort("ports.http", 8080))
    assert flow.state.answers.ports.http == 8080
    qtbot.waitUntil(lambda: asked_for(flow).count("judge") > before)


def test_a_source_that_a_record_names_counts_once_it_is_chosen(qtbot: QtBot, flow: Flow) -> None:
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    flow.ask(intents.UseReleaseSource("https://releases.example.jp"))
    assert flow.state.answers.release.source == "https://releases.example.jp"
    qtbot.waitUntil(lambda: "release" in asked_for(flow))


def test_a_session_is_closed_when_the_login_changes(qtbot: QtBot, flow: Flow) -> None:
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    host: Any = script(flow).host
    flow.set(replace(flow.state, page=PageId.LOGIN))
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=replace(SSH.target, host="203.0.113.9"))))
    assert not flow.state.connected and script(flow).host is None
    qtbot.waitUntil(lambda: host.closed)


def test_urls_and_clipboard_are_for_the_desktop(qtbot: QtBot, flow: Flow) -> None:
    with qtbot.waitSignal(flow.browse) as browsed:
        flow.ask(intents.OpenUrl("http://203.0.113.5"))
    with qtbot.waitSignal(flow.copied) as copied:
        flow.ask(intents.CopyText("x", secret=True))
    assert browsed.args == ["http://203.0.113.5"] and copied.args == ["x", True]


def test_every_intent_has_its_handler(flow: Flow) -> None:
    of_the_app = {"CloseServer", "CopyRestartCommand"}
    names = {
        name
        for name, kind in vars(intents).items()
        if isinstance(kind, type) and issubclass(kind, intents.Intent) and kind is not intents.Intent
    }
    handlers = flow.handlers
    assert {kind.__name__ for kind in handlers} == names - of_the_app
    methods = {kind: act for kind, act in handlers.items() if act.__name__ != "<lambda>"}
    assert len(methods) > 35
    for kind, act in methods.items():
        *_, given = [a for name, a in act.__annotations__.items() if name != "return"]
        assert given == f"i.{kind.__name__}", f"{act.__qualname__} is given another intent"


class Way(NoHost):
    """A way through SSH."""

    url = "http://127.0.0.1:31234"


def done_with(flow: Flow) -> Way:
    """On Done with a connection that gives a way through SSH."""
    way = Way()
    flow.set(replace(flow.state, page=PageId.DONE, rights="root"))
    flow.session.host = NoHost()  # type: ignore[assignment]
    script(flow).results["open_through_ssh"] = way
    return way


@pytest.mark.parametrize("fails", [False, True])
def test_a_way_through_ssh_that_comes_too_late_is_closed(qtbot: QtBot, flow: Flow, fails: bool) -> None:
    way, go_on, opened = done_with(flow), threading.Event(), list[str]()
    flow.browse.connect(opened.append)

    def late(emit: Emit, cancel: CancelToken) -> Way:
        assert go_on.wait(10)
        if fails:
            raise InstallError(Code.SSH_FORWARDING_REFUSED)
        return way

    script(flow).results["open_through_ssh"] = late
    flow.ask(intents.OpenThroughSsh())
    flow.session.close()
    done_with(flow)
    go_on.set()
    qtbot.waitUntil(lambda: not flow.jobs.running)
    assert flow.session.forward is None and flow.state.tunnel.url == "" and not opened
    assert flow.state.tunnel.error is None
    if not fails:
        qtbot.waitUntil(lambda: way.closed)


def test_dify_opens_through_ssh_or_says_why_not(qtbot: QtBot, flow: Flow) -> None:
    way = done_with(flow)
    with qtbot.waitSignal(flow.browse, timeout=5000) as opened:
        flow.ask(intents.OpenThroughSsh())
        assert asked_for(flow) == ["open_through_ssh"]
        flow.ask(intents.OpenThroughSsh())
    assert opened.args == [way.url] and flow.state.tunnel.url == way.url and not flow.state.tunnel.opening
    assert cast(Any, flow.session.forward) is way and asked_for(flow) == ["open_through_ssh"]
    script(flow).results["open_through_ssh"] = InstallError(Code.SSH_FORWARDING_REFUSED)
    flow.ask(intents.OpenThroughSsh())
    qtbot.waitUntil(lambda: flow.state.tunnel.error is not None, timeout=5000)
    error = flow.state.tunnel.error
    assert error is not None and error.code is Code.SSH_FORWARDING_REFUSED
    assert not flow.state.tunnel.opening


# ---------------------------------------------------------------------------- language


def test_a_new_dify_gets_what_fits_the_language_once(qtbot: QtBot, flow: Flow) -> None:
    flow.suggested = Locale("Asia/Tokyo", japanese=True)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.answers.locale == flow.suggested
    elsewhere = replace(flow.state.answers.target, directory="/srv/other")
    answers = replace(flow.state.answers, locale=Locale(), target=elsewhere)
    flow.set(edit(flow.state, answers=answers))
    flow.ask(intents.CheckAgain())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.answers.locale == Locale()  # that was an answer, too, whatever the folder


def test_a_dify_that_is_there_keeps_its_own(qtbot: QtBot, flow: Flow) -> None:
    there = installed()
    script(flow).results["look"] = Looked(
        there.facts, check_list(SSH, there.facts, there), situation=there, obtained=_obtained(there)
    )
    flow.suggested = Locale("Asia/Tokyo", japanese=True)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.answers.locale == Locale()


def test_unfinished_answers_are_not_changed(qtbot: QtBot, flow: Flow) -> None:
    flow.suggested = Locale("Asia/Tokyo", japanese=True)
    draft = Draft(replace(SSH, env=MappingProxyType({"LOG_TZ": "UTC"})), "login", "password", 1.0)
    flow.set(replace(flow.state, welcome=replace(flow.state.welcome, draft=draft), page=PageId.WELCOME))
    flow.ask(intents.ResumeDraft())
    flow.set(edit(flow.state, secrets=PASSWORD))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.state.answers.locale == Locale()


def test_what_fits_a_language() -> None:
    assert suggested("en") == Locale()
    found = suggested("ja")
    assert found.japanese and "/" in found.timezone and not found.timezone.startswith("Etc/")


# ------------------------------------------------------------------------ images


def failed_download(qtbot: QtBot, flow: Flow) -> None:
    """On the Install page, as no image came."""
    script(flow).results["install"] = [InstallError(Code.PULL_RATE_LIMITED, {"image": "a/b:1"}), OUTCOME]
    for page in (PageId.CHECKS, PageId.SETTINGS, PageId.REVIEW, PageId.INSTALL):
        flow.ask(intents.Next())
        wait_for(qtbot, flow, page)
    assert flow.state.failed_on(PageId.INSTALL)


def test_a_login_to_a_registry_goes_on_with_the_installation(qtbot: QtBot, flow: Flow) -> None:
    failed_download(qtbot, flow)
    script(flow).results["registry"] = [InstallError(Code.REGISTRY_LOGIN_REFUSED, {"registry": "x"}), None]
    for user in ("wrong", "me"):
        flow.ask(intents.LogInToRegistry("", user, Secret("hunter2")))
        assert flow.state.installing  # it can be cancelled
        assert flow.state.work.busy and flow.state.work.busy.what == "registry"
        qtbot.waitUntil(lambda: flow.state.work.busy is None, timeout=5000)
        error = flow.state.failed_on(PageId.INSTALL)
        assert (error.code if error else None) == (Code.REGISTRY_LOGIN_REFUSED if user == "wrong" else None)
    assert flow.state.page is PageId.DONE
    given = [given for name, given in script(flow).asked if name == "registry"]
    assert given == [("", user, Secret("hunter2")) for user in ("wrong", "me")]
    assert "hunter2" not in repr(flow.state)


def test_a_line_that_breaks_during_the_login_left_nothing_going_on(qtbot: QtBot, flow: Flow) -> None:
    failed_download(qtbot, flow)
    flow.set(
        replace(
            flow.state,
            install=replace(flow.state.install, progress=Progress().take(StepStarted(step="pull"))),
        )
    )
    script(flow).results["registry"] = [InstallError(Code.SSH_CONNECTION_LOST, {"host": "x"})]
    flow.ask(intents.LogInToRegistry("", "me", Secret("hunter2")))
    qtbot.waitUntil(lambda: flow.state.work.busy is None, timeout=5000)
    assert sentence_key(flow.state) == "install.lost"


def test_images_through_this_computer_at_once(qtbot: QtBot, flow: Flow) -> None:
    failed_download(qtbot, flow)
    flow.ask(intents.TransferImages())
    flow.ask(intents.Retry())
    wait_for(qtbot, flow, PageId.DONE)
    answers = [given[0] for name, given in script(flow).asked if name == "install"]
    assert [a.registry.through for a in answers] == ["target", "this-computer"]
