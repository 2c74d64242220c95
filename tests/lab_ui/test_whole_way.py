"""The whole way through the real window: from Welcome to a control panel with everything up."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from installer.operations.status import Status
from installer.views.wizard import PageId
from tests.lab_apply.conftest import Bench, Maker
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver, Heartbeat
from ui.wizard.review.parts import DownloadSize

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

#: The longest that the GUI thread may be held up, in milliseconds, on a machine like the reference
#: (``driver.slowness``); a slower one takes longer for everything. Its own work is what counts; what it waits
#: for besides (a lock, a file) is seen in the whole, which other programs make longer, too.
LONGEST_MS, WITH_WAITING_MS = 50.0, 85.0
ADMIN_PASSWORD = "correct horse 1"


def page_now(driver: Driver) -> str:
    """Without making the wizard's controller: it comes once it is loaded, and would hold the window up."""
    return str(driver.app.flow.state.page) if "flow" in vars(driver.app) else "welcome"


def setup_step(bench: Bench) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{bench.web}/console/api/setup", timeout=10) as answer:
        return str(json.load(answer)["step"])


def status(driver: Driver) -> Status | None:
    panel = driver.app.panel
    return panel.state.status if panel else None


def kept_secrets(driver: Driver, *secrets: str) -> list[str]:
    """Files of this computer in which one of *secrets* stands."""
    files = [f for f in driver.app.home.folder.rglob("*") if f.is_file() and "cache" not in f.parts]
    assert files
    return [f.name for f in files for secret in secrets if secret.encode() in f.read_bytes()]


def seen_secrets(driver: Driver, *secrets: str) -> list[str]:
    """What is shown or read out with one of *secrets* in it, but for what a person types."""
    said = []
    for widget in driver.app.shell.findChildren(QWidget):
        texts = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts.append(widget.text())
        said += [text for text in texts for secret in secrets if secret in text]
    return said


def all_up(driver: Driver) -> bool:
    seen = status(driver)
    return seen is not None and seen.state == "running"


def started(driver: Driver, service: str) -> str:
    seen = status(driver)
    assert seen is not None
    return next(c.started_at for c in seen.containers if c.service == service)


def log_in(driver: Driver, bench: Bench) -> None:
    """Address, user; compare the key; password; the same one for sudo."""
    server = bench.lab.server("vps")
    login = server.login("difyadmin")
    driver.enter(driver.t("login.address"), server.ip)
    driver.enter(driver.t("login.user"), login.user)
    driver.click(driver.t("login.go_on"))
    driver.wait(lambda: driver.app.flow.state.work.failure is not None)
    shown = driver.app.flow.state.failed_on(PageId.LOGIN)
    assert shown is not None
    there = driver.aside(server.host_key_fingerprint)
    assert f"{shown.params['type']} {shown.params['fingerprint']}" == there
    driver.click(driver.t("login.key_matches"))
    assert driver.prove(login.password)
    driver.wait(lambda: driver.app.flow.state.login.sudo_asked)
    driver.click(driver.t("login.connect"))  # the login password is offered


def restart_nginx_and_see_it(driver: Driver, bench: Bench) -> None:
    """By mouse: select its row, press Restart, watch grid and log."""
    driver.click(driver.t("shell.section_containers"))
    before = started(driver, "nginx")
    driver.select_row("nginx")
    driver.click(driver.t("containers.restart_name"))
    driver.wait(lambda: not driver.panel.state.acting and started(driver, "nginx") != before, 60)
    assert driver.panel.state.action_error is None
    driver.wait(lambda: driver.cell("nginx", 1).startswith(driver.t("containers.word_back", time="")[:4]))
    driver.click(driver.t("containers.log_name"))
    driver.aside(lambda: setup_step(bench))
    driver.wait(lambda: any("/console/api/setup" in text for text in driver.log_lines()), 30)


#: A way through the window, which tells the pages that are over.
Way = Iterator[set[str]]
#: Begins a way. Its argument: the pages for whose sake it is gone a second time, None the first time.
Begin = Callable[[set[str] | None], tuple[Heartbeat, Way]]


def judge(name: str, begin: Begin, record_property: Callable[[str, object], None]) -> None:
    """No page holds the GUI thread up for long. Other programs on the machine interrupt any page now and
    then; the page's own work comes again, so it counts if the same page is late in both of two ways. The
    second one ends once the pages that were late are over."""
    said: list[str] = []
    late: set[str] | None = None
    for _ in range(2):
        beat, way = begin(late)
        over: set[str] = set()
        for pages in way:
            over |= pages
            if late and late <= over:
                break
        gaps = beat.stop()
        limit, most = LONGEST_MS * beat.slowness, WITH_WAITING_MS * beat.slowness
        said.append(
            f"{name}: longest waits of the GUI thread (ms, its own part, page) {gaps[:5]},"
            f" limits {most:.0f}, {limit:.0f}"
        )
        record_property("row", said[-1])
        pages = {page for whole, own, page in gaps if whole > most or own > limit}
        late = pages if late is None else late & pages
        if not late:
            return
        said += beat.seen
    raise AssertionError("\n".join([f"late both times: {late}", *said]))


class _Late(Heartbeat):
    """A heart that was late on *pages* and nowhere else."""

    def __init__(self, *pages: str) -> None:
        super().__init__()
        self._late = pages

    def stop(self) -> list[tuple[float, float, str]]:
        super().stop()
        return [(1000.0, 1000.0, page) for page in self._late]


@pytest.mark.parametrize(
    ("second", "gone", "right"),
    [((), ["a", "b"], True), (("c",), ["a", "b"], True), (("b", "c"), ["a", "b"], False)],
)
@pytest.mark.usefixtures("qapp")
def test_a_second_way_ends_after_the_pages_that_were_late(
    second: tuple[str, ...], gone: list[str], right: bool
) -> None:
    ways: list[list[str]] = []
    hearts = [_Late("b"), _Late(*second)]

    def begin(again: set[str] | None) -> tuple[Heartbeat, Way]:
        assert again == (None if not ways else {"b"})
        ways.append([])
        return hearts[len(ways) - 1], pages(ways[-1])

    def pages(over: list[str]) -> Way:
        for page in "abc":
            over.append(page)
            yield {page}

    with nullcontext() if right else pytest.raises(AssertionError, match="late both times"):
        judge("made up", begin, lambda *_: None)
    assert ways == [["a", "b", "c"], gone]
    for heart in hearts:
        heart.stop()


def begun(b: Bench, window: MakeDriver) -> tuple[Driver, Heartbeat]:
    """The window on *b*, its first page read."""
    driver = window(b)
    beat = Heartbeat()
    beat.note = lambda: page_now(driver)
    driver.read_first_page()
    return driver, beat


def size_of_download(driver: Driver) -> str:
    """As Review shows it."""
    return next((x.text() for x in driver.app.shell.findChildren(DownloadSize) if x.isVisible()), "")


def test_by_mouse_over_ssh(
    bench: Maker, window: MakeDriver, record_property: Callable[[str, object], None]
) -> None:
    def begin(again: set[str] | None) -> tuple[Heartbeat, Way]:
        b = bench("vps", keep_images=again is not None and "install" not in again)
        driver, beat = begun(b, window)
        return beat, by_mouse_over_ssh(driver, b, beat)

    judge("vps by mouse", begin, record_property)


def test_by_keyboard_on_this_computer(
    bench: Maker, window: MakeDriver, record_property: Callable[[str, object], None]
) -> None:
    def begin(again: set[str] | None) -> tuple[Heartbeat, Way]:
        b = bench("local", keep_images=True)
        driver, beat = begun(b, window)
        return beat, by_keyboard_on_this_computer(driver, b, beat)

    judge("local by keyboard", begin, record_property)


def to_checks_over_ssh(driver: Driver, b: Bench) -> None:
    """By mouse, from Welcome on."""
    driver.click(driver.t("welcome.start"))
    driver.wait_page(PageId.WHERE)
    driver.click(driver.t("where.ssh"))
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.LOGIN)
    log_in(driver, b)
    driver.wait_page(PageId.CHECKS)


def to_settings_over_ssh(driver: Driver, b: Bench) -> None:
    """By mouse, from Welcome on."""
    to_checks_over_ssh(driver, b)
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.SETTINGS)


def by_mouse_over_ssh(driver: Driver, b: Bench, beat: Heartbeat) -> Way:
    to_settings_over_ssh(driver, b)
    yield {"welcome", "where", "login", "checks"}
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.REVIEW)
    driver.wait(lambda: size_of_download(driver) not in ("", driver.t("review.size_asked")))
    assert re.match(r"[0-9.]+ (MB|GB)", size_of_download(driver))
    driver.click(driver.t("review.install"))
    driver.wait_page(PageId.DONE, 200)
    yield {"settings", "review", "install"}
    outcome = driver.app.flow.state.install.outcome
    assert outcome is not None and outcome.init_password is not None
    env = driver.aside(lambda: b.run(f"grep ^INIT_PASSWORD= {b.docker_folder}/.env"))
    assert env.strip().split("=", 1)[1].strip("'\"") == outcome.init_password.reveal()
    assert driver.aside(lambda: setup_step(b)) == "not_started"
    typed = b.lab.server("vps").login("difyadmin").password
    with beat.apart():
        assert seen_secrets(driver, outcome.init_password.reveal(), typed) == []
        assert kept_secrets(driver, outcome.init_password.reveal(), typed) == []
    driver.click(driver.t("done.panel"))
    driver.wait(lambda: all_up(driver), 60)
    restart_nginx_and_see_it(driver, b)
    yield {"done"}


def by_keyboard_on_this_computer(driver: Driver, b: Bench, beat: Heartbeat) -> Way:
    driver.tab_to(driver.t("welcome.start"))
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.WHERE)
    driver.wait(lambda: driver.app.flow.state.local is not None)
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.CHECKS)
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.SETTINGS)
    yield {"welcome", "where", "checks"}
    driver.type_into(driver.t("settings.email"), "admin@example.jp")
    driver.type_into(driver.t("settings.name"), "Admin")
    driver.type_into(driver.t("settings.password"), ADMIN_PASSWORD)
    driver.wait(lambda: driver.find(driver.t("shell.next")).isEnabled())
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.REVIEW)
    driver.tab_to(driver.t("review.install"))
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.DONE, 200)
    yield {"settings", "review", "install"}
    assert driver.aside(lambda: setup_step(b)) == "finished"
    with beat.apart():
        assert seen_secrets(driver, ADMIN_PASSWORD) == [] and kept_secrets(driver, ADMIN_PASSWORD) == []
    driver.tab_to(driver.t("done.panel"))
    driver.press(Qt.Key.Key_Return)
    driver.wait(lambda: all_up(driver), 60)
    before = started(driver, "nginx")
    driver.tab_to(driver.t("shell.section_containers"))
    driver.press(Qt.Key.Key_Return)
    driver.tab_to(driver.t("containers.table"))
    driver.select_row_by_keys("nginx")
    driver.tab_to(driver.t("containers.restart_name"))
    driver.press(Qt.Key.Key_Return)
    driver.wait(lambda: started(driver, "nginx") != before and not driver.panel.state.acting, 60)
    yield {"done"}
