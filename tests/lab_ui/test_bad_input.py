"""Bad input in the real window is shown on its page with cause and way out, in both languages.

The cases are those of the command line's table (``tests/lab_apply/test_bad_input.py``), arranged by the
very same functions, and some that only a window has. What a window has no field for, such as a key that
does not exist or the path of an archive, comes in through an answers file that is opened on Welcome. One
case cannot be brought about here (``NOT_HERE``): a window reads no secrets file, so none can be readable
by others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QWidget

from installer.answers import Answers, Release, Secrets, load_answers, load_secrets
from installer.core.errors import InstallError
from installer.preflight.findings import Finding
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import PageId, WizardState, field_problems, holding_back
from tests.certificates import SITE_NAME, ec_key, pem, site
from tests.lab_apply import test_bad_input as command_line
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]

TABLE = {case.name: case for case in command_line.CASES}
NOT_HERE = {"secrets readable by others"}
KEY, OTHER_KEY = ec_key(), ec_key()
SITE = site(None, key=KEY)


@dataclass
class Stage:
    """The window, the target, and the files that the desktop's dialog will give, one after the other."""

    bench: Bench
    folder: Path
    make: MakeDriver
    chosen: list[Path] = field(default_factory=list)
    opened: list[Driver] = field(default_factory=list)

    @property
    def driver(self) -> Driver:
        return self.opened[-1]

    @property
    def state(self) -> WizardState:
        return self.driver.app.flow.state

    @property
    def answers(self) -> Answers:
        return load_answers(self.bench.cli.answers)

    @property
    def secrets(self) -> Secrets:
        return load_secrets(self.bench.cli.secrets)

    def open(self, state: WizardState | None = None) -> None:
        """The window, of a person who has been at this computer before (``bench.cli.home``)."""
        self.opened.append(self.make(self.bench, self.bench.cli.home, state))

    def click(self, key: str, **params: str) -> None:
        self.driver.click(self.driver.t(key, **params))

    def enter(self, key: str, text: str) -> None:
        self.driver.enter(self.driver.t(key), text)

    def next(self, page: PageId) -> None:
        """Press the primary button; *page* comes."""
        self.click("login.connect" if self.state.page is PageId.LOGIN else "shell.next")
        self.driver.wait_page(page, 20)

    def knows_the_key(self) -> None:
        """This computer has the server's host key from before."""
        server = self.bench.lab.server(self.bench.name.partition(":")[0])
        self.bench.cli.home.mkdir(exist_ok=True)
        (self.bench.cli.home / "known_hosts").write_text(f"{server.ip} {server.host_key_line()}\n")


def no_docker_there(bench: Bench, _: Path) -> None:
    bench.write(target={"docker": "unix:///nonexistent/docker.sock"})


Drive = Callable[[Stage], None]
Params = Mapping[str, str]
Says = Callable[[Stage, Texts, str, Params], list[str]]


# ------------------------------------------------------------------------ on the way to the error


def typed_login(stage: Stage) -> None:
    """From Welcome by mouse and keyboard; typed is what the answers and secrets files say."""
    target, secrets = stage.answers.target, stage.secrets
    assert secrets.ssh_password is not None
    stage.open()
    stage.click("welcome.start")
    stage.driver.wait_page(PageId.WHERE)
    stage.click("where.ssh")
    stage.click("shell.next")
    stage.driver.wait_page(PageId.LOGIN)
    stage.enter("login.address", target.host)
    if target.port != 22:
        stage.enter("login.port", str(target.port))
    stage.enter("login.user", target.user)
    stage.click("login.go_on")
    stage.driver.prove(secrets.ssh_password.reveal())


def typed_to_a_known_server(stage: Stage) -> None:
    stage.knows_the_key()
    typed_login(stage)


def typed_with_sudo(stage: Stage) -> None:
    """… and the password for sudo, once it is asked for."""
    typed_to_a_known_server(stage)
    stage.driver.wait(lambda: stage.state.login.sudo_asked and stage.state.work.busy is None, 15)
    password = stage.secrets.sudo_password
    assert password is not None
    stage.click("login.sudo_same")  # ticked beforehand
    stage.enter("login.sudo_password", password.reveal())
    stage.click("login.connect")


def opened_file(stage: Stage) -> None:
    """The answers file is opened on Welcome."""
    stage.open(WizardState())
    stage.chosen.append(stage.bench.cli.answers)
    stage.click("welcome.answers_file")


def opened_file_and_logged_in(stage: Stage) -> None:
    opened_file(stage)
    stage.driver.wait_page(PageId.LOGIN)
    password = stage.secrets.ssh_password
    assert password is not None
    stage.click("login.go_on")
    stage.driver.prove(password.reveal())


def checks(stage: Stage) -> None:
    """On Log in everything is filled in already; Connect leads to Checks."""
    answers = replace(stage.answers, release=Release(source=stage.answers.release.source))
    stage.open(WizardState(page=PageId.LOGIN, answers=answers, secrets=stage.secrets))
    stage.next(PageId.CHECKS)


def connecting(stage: Stage) -> None:
    """The same, where something is to be said before that."""
    stage.open(WizardState(page=PageId.LOGIN, answers=stage.answers, secrets=stage.secrets))
    stage.click("login.connect")


def settings(stage: Stage) -> None:
    checks(stage)
    stage.next(PageId.SETTINGS)


def review(stage: Stage) -> None:
    """Somebody goes past it on Checks, and on Settings, too."""
    settings(stage)
    stage.next(PageId.REVIEW)


def port_too_big(stage: Stage) -> None:
    settings(stage)
    stage.enter("settings.http", "70000")


def port_taken_while_answering(stage: Stage) -> None:
    """It was free when it was checked."""
    settings(stage)
    stage.driver.aside(lambda: command_line.port_held_by_container(stage.bench, stage.folder))
    stage.next(PageId.REVIEW)


def own_certificate(stage: Stage, key: ec.EllipticCurvePrivateKey, address: str) -> None:
    settings(stage)
    stage.click("settings.https_own")
    if address:
        stage.enter("settings.address", address)
    certificate = stage.folder / "site.pem"
    certificate.write_bytes(pem(SITE))
    stage.chosen += [certificate, key_file(stage, key)]
    stage.click("settings.choose_certificate")
    stage.click("settings.choose_key")


def key_file(stage: Stage, key: ec.EllipticCurvePrivateKey) -> Path:
    path = stage.folder / ("site.key" if key is KEY else "other.key")
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def certificate_missing(stage: Stage) -> None:
    settings(stage)
    stage.click("settings.https_own")
    stage.enter("settings.certificate", str(stage.folder / "nowhere.pem"))


# --------------------------------------------------------------------------------- the ways out


def right_password(stage: Stage) -> None:
    user = stage.bench.lab.server("vps").login(stage.answers.target.user)
    stage.enter("login.password", user.password)
    stage.next(PageId.CHECKS)


def right_sudo_password(stage: Stage) -> None:
    same = stage.driver.awaited(stage.driver.t("login.sudo_same"), QCheckBox)
    if isinstance(same, QCheckBox) and not same.isChecked():
        stage.click("login.sudo_same")
    stage.next(PageId.CHECKS)


def proved(stage: Stage) -> None:
    """The server says what it takes now, and gets it."""
    user = stage.bench.lab.server("vps").login(stage.state.answers.target.user)
    assert stage.driver.prove(user.password)
    stage.driver.wait_page(PageId.CHECKS)


def it_matches(stage: Stage) -> None:
    stage.click("login.key_matches")
    proved(stage)


def use_the_new_key(stage: Stage) -> None:
    stage.click("login.key_sure")
    stage.click("login.key_use_new")
    proved(stage)


def right_port(stage: Stage) -> None:
    stage.enter("login.port", "22")
    stage.click("login.go_on")
    proved(stage)


def right_address(stage: Stage) -> None:
    stage.enter("login.address", stage.bench.lab.server("vps").ip)
    stage.click("login.go_on")
    proved(stage)


def login_as_root(stage: Stage) -> None:
    """After a look at what is possible without the rights."""
    stage.click("login.do_anyway")
    stage.driver.wait_page(PageId.CHECKS, 20)
    assert holding_back(stage.state)
    stage.click("shell.back")
    stage.enter("login.user", "root")
    stage.click("login.go_on")
    proved(stage)
    assert not holding_back(stage.state)


def right_file(stage: Stage) -> None:
    stage.bench.tables["ports"] = {"http": 80}
    stage.bench.write()
    stage.chosen.append(stage.bench.cli.answers)
    stage.click("welcome.another_file")
    stage.driver.wait_page(PageId.LOGIN)


def a_server_instead(stage: Stage) -> None:
    stage.click("where.use_server")
    stage.next(PageId.LOGIN)


def to_a_clear_review(stage: Stage) -> None:
    if stage.state.page is PageId.CHECKS:
        stage.next(PageId.SETTINGS)
    stage.driver.wait(stage.driver.app.shell.bar.primary_button.isEnabled, 10)
    stage.next(PageId.REVIEW)
    plan = stage.state.review.plan
    assert plan is not None and not plan.blockers


def another_port(stage: Stage) -> None:
    stage.click("checks.use_port_name", port="8080", taken="80")
    to_a_clear_review(stage)


def another_port_on_settings(stage: Stage) -> None:
    stage.click("settings.use_port_name", port="8080", taken="80")
    to_a_clear_review(stage)


def another_port_from_review(stage: Stage) -> None:
    stage.click("review.change_port")
    stage.driver.wait_page(PageId.SETTINGS)
    stage.enter("settings.http", "8081")
    to_a_clear_review(stage)


def a_port_that_fits(stage: Stage) -> None:
    stage.enter("settings.http", "8082")
    to_a_clear_review(stage)


def another_folder(stage: Stage) -> None:
    stage.click("review.change_folder")
    type_another_folder(stage)


def another_folder_from_review(stage: Stage) -> None:
    stage.click("review.change_folder")
    type_another_folder(stage)


def type_another_folder(stage: Stage) -> None:
    stage.driver.wait_page(PageId.SETTINGS)
    name = stage.driver.t("settings.folder")
    stage.driver.wait(lambda: called(stage, name) is not None, 5)
    stage.enter("settings.folder", "/opt/dify2")
    to_a_clear_review(stage)


def another_version(stage: Stage) -> None:
    stage.click("checks.other_version")
    stage.driver.wait_page(PageId.SETTINGS)
    name = stage.driver.t("settings.choose_version")
    stage.driver.wait(lambda: called(stage, name) is not None, 5)
    choice = called(stage, name)
    assert isinstance(choice, QComboBox)
    QTest.keyClick(choice, Qt.Key.Key_Home)
    to_a_clear_review(stage)


def called(stage: Stage, name: str) -> QWidget | None:
    """The control of that accessible name. To a screen reader on Linux a list's name is its value."""
    return next((w for w in stage.driver.controls() if w.accessibleName() == name), None)


def archive_put_right(stage: Stage) -> None:
    command_line.archive(Path(stage.answers.release.source), base=command_line.SYNTHETIC)
    stage.click("common.try_again")
    stage.driver.wait_page(PageId.CHECKS)
    stage.next(PageId.SETTINGS)


def docker_started(stage: Stage) -> None:
    stage.driver.aside(
        lambda: stage.bench.run("systemctl unmask --runtime docker docker.socket; systemctl start docker")
    )
    stage.click("checks.again")
    stage.driver.wait_page(PageId.CHECKS)
    stage.next(PageId.SETTINGS)


def right_key(stage: Stage) -> None:
    stage.chosen.append(key_file(stage, KEY))
    stage.click("settings.choose_key")
    to_a_clear_review(stage)


def right_address_of_the_certificate(stage: Stage) -> None:
    stage.enter("settings.address", SITE_NAME)
    to_a_clear_review(stage)


def right_certificate(stage: Stage) -> None:
    certificate = stage.folder / "site.pem"
    certificate.write_bytes(pem(SITE))
    stage.chosen += [certificate, key_file(stage, KEY)]
    stage.click("settings.choose_certificate")
    stage.click("settings.choose_key")
    stage.enter("settings.address", SITE_NAME)
    to_a_clear_review(stage)


# ------------------------------------------------------------------------------- what is said


def explained(_: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    said = texts.explain(code, params, screen=True)
    return [said.what, said.do]


def explained_beside_its_way_out(_: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    """The case's control says what to do; no sentence says it again."""
    said = texts.explain(code, params, screen=True)
    return [said.what, said.why]


def key_compared(_: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    """The page's own card: what to compare, and with what."""
    return [texts.ui("login.key_first"), texts.ui("login.key_compare", place=params["host"])]


def key_changed(_: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    head = texts.ui("login.key_changed", place=params["host"])
    return [head, texts.ui("login.key_changed_why"), texts.ui("login.key_reinstalled_how")]


def asked_for_sudo(stage: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    """The page's own card, with the field."""
    target = stage.answers.target
    text = texts.ui("login.sudo_text", user=target.user, host=target.host)
    return [texts.ui("login.sudo_title"), text]


def under_the_field(_: Stage, texts: Texts, code: str, params: Params) -> list[str]:
    return [texts.ui(f"missing.{code}", **params)]


# --------------------------------------------------------------------------------- the table


@dataclass(frozen=True)
class Case:
    """*name*: a case of the command line's table, or one of its own with *code* and *arrange*. *where*: what
    of the state holds the error (``shown``). *way*: the control that is there for the way out, by its text.
    *follow* takes that way, to the next page."""

    name: str
    drive: Drive
    page: PageId
    where: str
    way: str
    follow: Drive | None = None
    code: str = ""
    says: Says = explained
    server: str = ""
    arrange: command_line.Arrange | None = None
    variants: tuple[str, ...] = ()
    about: str = ""  # tells cases of the same name apart

    @property
    def id(self) -> str:
        return f"{self.name}, {self.about}" if self.about else self.name


def repairable(name: str, follow: Drive | None = None) -> Case:
    """A case of Checks with a repair beside it, whose button says what to do."""
    ways = explained_beside_its_way_out
    return Case(name, checks, PageId.CHECKS, "check", "checks.again", follow, says=ways)


def login(name: str, way: str, follow: Drive | None, **more: object) -> Case:
    drive = more.pop("drive", typed_to_a_known_server)
    return Case(name, drive, PageId.LOGIN, "failure", way, follow, **more)  # type: ignore[arg-type]


def archive(name: str, way: str = "common.try_again", follow: Drive | None = None) -> Case:
    return Case(name, opened_file_and_logged_in, PageId.CHECKS, "release", way, follow)


CASES = [
    login("wrong password", "login.password", right_password),
    login(
        "wrong sudo password", "login.sudo_password", right_sudo_password, server="vps", drive=typed_with_sudo
    ),
    login("no sudo password", "login.sudo_same", right_sudo_password, server="vps", says=asked_for_sudo),
    login("unknown host key", "login.key_matches", it_matches, says=key_compared, drive=typed_login),
    login(
        "changed host key (pinned)",
        "login.key_sure",
        use_the_new_key,
        says=key_changed,
        drive=opened_file_and_logged_in,
    ),
    login(
        "changed host key (known_hosts)",
        "login.key_sure",
        use_the_new_key,
        says=key_changed,
        drive=typed_login,
    ),
    login("closed port", "login.port", right_port),
    login("nobody at that address", "login.address", right_address),
    Case(
        "port held by a process",
        checks,
        PageId.CHECKS,
        "check",
        "checks.use_port_name",
        another_port,
        says=explained_beside_its_way_out,
    ),
    Case(
        "port held by a container",
        settings,
        PageId.SETTINGS,
        "field",
        "settings.use_port_name",
        another_port_on_settings,
        code="port_taken",
        says=under_the_field,
    ),
    Case(
        "port held by a container",
        port_taken_while_answering,
        PageId.REVIEW,
        "blocker",
        "review.change_port",
        another_port_from_review,
        arrange=command_line.as_it_is,
        about="since Checks",
    ),
    archive("unknown version", "checks.other_version", another_version),
    archive("truncated archive", follow=archive_put_right),
    archive("archive with ../"),
    archive("archive with a link outside"),
    archive("archive too big"),
    archive("archive of another version", "checks.other_version", another_version),
    archive("archive without a mounted file"),
    Case(
        "Compose too old",
        opened_file_and_logged_in,
        PageId.CHECKS,
        "check",
        "checks.choose",
        says=explained_beside_its_way_out,
    ),
    Case(
        "something else in the folder", checks, PageId.CHECKS, "check", "review.change_folder", another_folder
    ),
    Case(
        "a Dify that is not ours",
        review,
        PageId.REVIEW,
        "blocker",
        "review.change_folder",
        another_folder_from_review,
    ),
    Case(
        "no right to use Docker",
        connecting,
        PageId.LOGIN,
        "failure",
        "login.do_anyway",
        login_as_root,
        code="sudo.not_allowed",
    ),
    repairable("Docker missing"),
    repairable("Docker masked", docker_started),
    repairable("Compose missing"),
    Case("unknown key", opened_file, PageId.WELCOME, "failure", "welcome.another_file", right_file),
    Case("bad value", opened_file, PageId.WELCOME, "failure", "welcome.another_file", right_file),
    Case(
        "bad value",
        port_too_big,
        PageId.SETTINGS,
        "field",
        "settings.http",
        a_port_that_fits,
        code="port_range",
        says=under_the_field,
        arrange=command_line.as_it_is,
        about="typed",
    ),
    Case(
        "no Docker on this computer",
        opened_file,
        PageId.WHERE,
        "local",
        "where.use_server",
        a_server_instead,
        code="docker.not_running",
        server="local",
        arrange=no_docker_there,
    ),
    # only here
    Case(
        "full disk",
        checks,
        PageId.CHECKS,
        "check",
        "checks.again",
        code="disk.too_small",
        arrange=command_line.as_it_is,
        variants=("disk=400M",),
    ),
    Case(
        "certificate with another key",
        lambda stage: own_certificate(stage, OTHER_KEY, SITE_NAME),
        PageId.SETTINGS,
        "settings",
        "settings.choose_key",
        right_key,
        code="certificate.unreadable",
        arrange=command_line.as_it_is,
    ),
    Case(
        "certificate for another address",
        lambda stage: own_certificate(stage, KEY, ""),
        PageId.SETTINGS,
        "settings",
        "settings.address",
        right_address_of_the_certificate,
        code="certificate.unreadable",
        arrange=command_line.as_it_is,
    ),
    Case(
        "certificate that is not there",
        certificate_missing,
        PageId.SETTINGS,
        "settings",
        "settings.choose_certificate",
        right_certificate,
        code="certificate.unreadable",
        arrange=command_line.as_it_is,
    ),
]
SLOW = {  # much like another case that is always run
    "changed host key (known_hosts)",
    "archive with a link outside",
    "archive too big",
    "archive without a mounted file",
    "Docker missing",
    "Compose missing",
    "certificate that is not there",
    "certificate for another address",
    "certificate with another key",
    "no sudo password",
    "closed port",
    "port held by a container",
    "archive with ../",
    "archive of another version",
    "truncated archive",
    "a Dify that is not ours",
    "no right to use Docker",
    "Docker masked",
    "full disk",
}
assert {c.name for c in CASES} - SLOW >= command_line.IN_THE_WINDOW, "each is always run somewhere"
CLEAN: set[str] = set()  # servers that the case before proved to be as new


def test_every_case_of_the_command_line_is_here() -> None:
    assert {case.name for case in CASES} >= TABLE.keys() - NOT_HERE
    assert TABLE.keys() >= NOT_HERE


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c.id, marks=[pytest.mark.slow] if c.name in SLOW else []) for c in CASES],
)
def test_bad_input(
    bench: Maker, window: MakeDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    known = TABLE.get(case.name)
    server = case.server or (known.server if known else "vps")
    machine, _, user = server.partition(":")
    if not (case.server or user):
        server = f"{machine}:root"  # one password less to type, where that is not the point
    variants = case.variants or (known.variants if known else ())
    b = bench(server, reset=machine not in CLEAN or bool(variants), keep_images=True, variants=variants)
    CLEAN.discard(machine)
    b.write(release={"version": versions()[0]})
    new = command_line.traces(b)
    arrange = case.arrange or (known.arrange if known else command_line.as_it_is)
    arrange(b, tmp_path)
    stage = Stage(b, tmp_path, window)
    monkeypatch.setattr(
        QFileDialog,
        "getOpenFileName",
        lambda *_, **__: (str(stage.chosen.pop(0)), "") if stage.chosen else ("", ""),
    )
    before = command_line.traces(b)

    case.drive(stage)
    code = case.code or (known.code if known else "")
    stage.driver.wait(lambda: shown(stage, case, code) is not None and stage.state.work.busy is None, 25)
    assert stage.state.page is case.page
    params = shown(stage, case, code)
    assert params is not None
    for language in LANGUAGES:
        speak(stage, language)
        said = case.says(stage, Texts(language), code, params)
        stage.driver.wait(lambda said=said: all(s in labels(stage) for s in said), 5)  # type: ignore[misc]
        in_sight(stage, said[0])
        page = " ".join(labels(stage))
        assert not [word for word in (known.params if known and not case.about else ()) if word not in page]
        assert stage.driver.find(stage.driver.t(case.way, port="8080", taken="80")).isEnabled()

    if case.follow is not None:
        speak(stage, "en")
        case.follow(stage)
    now = stage.driver.aside(lambda: command_line.traces(b))
    if case.drive is not port_taken_while_answering:
        assert now == before
    if now == new and not variants and not (known and known.dirties):
        CLEAN.add(machine)


def shown(stage: Stage, case: Case, code: str) -> Params | None:
    """What is known of the error *code* where *case* expects it."""
    state = stage.state
    if case.where == "field":
        wrong = field_problems(state, case.page).get("ports.http")
        return wrong.params if wrong and wrong.key == code else None
    error = {
        "failure": state.failed_on(case.page),
        "release": state.release.error,
        "settings": state.checks.error,
        "local": state.local.error if state.local else None,
    }
    found: list[InstallError | Finding | None] = [error[case.where]] if case.where in error else []
    if case.where == "check":
        found = [check.problem for check in state.checks.rows]
    if case.where == "blocker" and state.review.plan:
        found = [*state.review.plan.blockers]
    return next((problem.params for problem in found if problem and problem.code == code), None)


def speak(stage: Stage, language: str) -> None:
    """The window speaks *language*, and everything in it is there."""
    stage.driver.app.use_language(language)
    stage.driver.wait(lambda: bool(stage.driver.controls()), 5)


def labels(stage: Stage) -> dict[str, QLabel]:
    """What the window says, without the signs that let long names go on in the next line."""
    shell = stage.driver.app.shell
    found = [label for label in shell.findChildren(QLabel) if label.isVisibleTo(shell)]
    return {label.text().replace("\u200b", ""): label for label in found}


def in_sight(stage: Stage, sentence: str) -> None:
    """Nobody has to scroll to find out that something is wrong."""
    stage.driver.wait(lambda: not labels(stage)[sentence].visibleRegion().isEmpty(), 2)
