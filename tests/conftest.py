"""For all tests: tables that tests made are printed at the end, whichever worker ran them."""

from __future__ import annotations

import pytest
from hypothesis import settings

#: Whether a machine has a busy moment says nothing about the code; ``timeout`` ends what hangs.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")

#: The longest files. Begun first, so that no worker is left with one of them at the end.
LONG = (
    "ui/test_layout",
    "lab_faults/test_faults",
    "lab_apply/test_bad_input",
    "lab_login/test_table",
    "lab_ui/test_whole_way",
    "lab_apply/test_actions",
    "lab_tls/test_issue",
    "lab_apply/test_main_job",
    "lab_ui/test_bad_input",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the order was made random: the long ones to the front, the longest first."""

    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONG) if name in item.nodeid), len(LONG))

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The ``row`` properties of tests that passed, by test."""
    tables: dict[str, list[str]] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "row":
                tables.setdefault(report.nodeid.partition("[")[0], []).append(str(value))
    for test, rows in sorted(tables.items()):
        terminalreporter.section(test)
        for row in sorted(rows):
            terminalreporter.write_line(row)
