"""Services of one's own through the real window: tried from the server, refused with a reason, used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from installer.core.errors import Code
from installer.texts import Texts
from installer.views.wizard import PageId
from tests.lab import Lab
from tests.lab.external import DATABASE, NAMES, PASSWORD, USER, External
from tests.lab_apply.conftest import Maker
from tests.lab_apply.test_main_job import containers
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver
from tests.lab_ui.test_whole_way import all_up, kept_secrets, seen_secrets, to_settings_over_ssh

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def external(lab: Lab) -> Iterator[External]:
    """The servers of somebody else."""
    servers = External(lab)
    servers.start()
    yield servers
    servers.stop()


def named(driver: Driver, meaning: str, service: str = "PostgreSQL") -> str:
    """What the field for *meaning* is called."""
    label = Texts("en").external_field(meaning).label
    return driver.t("settings.service_field", service=service, label=label)


def tried(driver: Driver, section: str = "database") -> list[Code]:
    """Press "Try it now" and wait for what it finds."""
    driver.click(driver.t("settings.try_name", service="PostgreSQL"))
    flow = driver.app.flow
    driver.wait(lambda: not flow.state.trial.going and section in flow.state.trial.found, 60)
    return [problem.code for problem in flow.state.trial.found[section].findings]


def test_a_database_of_ones_own(bench: Maker, window: MakeDriver, external: External) -> None:
    made = bench("vps")
    driver = window(made)
    driver.read_first_page()
    to_settings_over_ssh(driver, made)
    driver.click(driver.t("settings.more"))
    driver.qtbot.wait(500)  # a person looks at what has come up
    own = driver.t("settings.service_own")
    heading = driver.app.ui.texts.what_is_the_database().partition(": ")[0]
    driver.click(driver.t("settings.service_field", service=heading, label=own))
    driver.wait(lambda: driver.app.flow.state.answers.database.external)
    assert not driver.find_any(driver.t("settings.try_name", service="PostgreSQL")).isEnabled()
    host = external.ip(NAMES[0])
    for meaning, text in (("host", host), ("user", USER), ("database", DATABASE), ("password", "no")):
        driver.enter(named(driver, meaning), text)
    assert tried(driver) == [Code.EXTERNAL_LOGIN_REFUSED]
    driver.enter(named(driver, "port"), "1")
    assert driver.app.flow.state.trial.found == {}  # it was about something else
    assert tried(driver) == [Code.EXTERNAL_CLOSED]
    # on with it all the same: Review says it, changes nothing, and leads back
    driver.wait(lambda: driver.find_any(driver.t("shell.next")).isEnabled())
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.REVIEW)
    plan = driver.app.flow.state.review.plan
    assert plan is not None and [p.code for p in plan.blockers] == [Code.EXTERNAL_CLOSED]
    assert not driver.find_any(driver.t("review.install")).isEnabled()
    driver.click(driver.t("review.change_service", service="PostgreSQL"))
    driver.wait_page(PageId.SETTINGS)
    driver.enter(named(driver, "port"), "")
    driver.enter(named(driver, "password"), PASSWORD)
    assert tried(driver) == []
    assert driver.aside(lambda: containers(made)) == {}
    driver.wait(lambda: driver.find_any(driver.t("shell.next")).isEnabled())
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.REVIEW)
    driver.click(driver.t("review.install"))
    driver.wait_page(PageId.DONE, 300)
    assert seen_secrets(driver, PASSWORD) == [] and kept_secrets(driver, PASSWORD) == []
    running = driver.aside(lambda: containers(made))
    assert "redis" in running and not {"db_postgres", "db_mysql"} & {*running}
    driver.click(driver.t("done.panel"))
    driver.wait(lambda: all_up(driver), 60)
    # the control panel's settings know it, and ask for no password again
    driver.click(driver.t("overview.change"))
    driver.wait_page(PageId.SETTINGS)
    assert driver.app.flow.state.answers.database.settings["DB_HOST"] == host
    driver.wait(lambda: driver.find_any(driver.t("shell.next")).isEnabled())
