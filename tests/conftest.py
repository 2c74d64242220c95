"""For all tests: which run first, what is left out, and what is told at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import import_graph, skips

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


#: How many failures may be those of a busy machine.
AGAIN = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dify-installer")
    group.addoption(
        "--releases-only",
        action="store_true",
        help="only modules that look at real releases of Dify, whose tests may differ with and without them",
    )
    group.addoption(
        "--part",
        choices=["lab", "others"],
        help="only the folders whose tests need the lab (lab_*, windows), or only the others; modules of the"
        " other part are not imported",
    )
    group.addoption(
        "--failed",
        metavar="FILE",
        help=f"write which tests failed, if at most {AGAIN} and nothing else: to be run again alone",
    )
    group.addoption("--closing", metavar="FILE", help="append what failed, and each skipped test's reason")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """``--part`` and ``--releases-only``: the other folders and modules are not even read."""
    if collection_path.is_dir():
        return True if config.getoption("--part") == "others" and needs_lab(collection_path / "_") else None
    if not collection_path.name.startswith("test_"):
        return None
    part = config.getoption("--part")
    if part and (part == "lab") != needs_lab(collection_path):
        return True
    if config.getoption("--releases-only"):
        return None if import_graph.reaches(collection_path, "tests.real_releases") else True
    return None


def needs_lab(path: Path) -> bool:
    """Whether the tests of the module at *path* need the lab, by its folder."""
    return path.parent.name.startswith("lab_") or path.parent.name == "windows"


def pytest_itemcollected(item: pytest.Item) -> None:
    """All tests in the folders of the lab need it."""
    if item.path.parent.name.startswith("lab_"):
        item.add_marker(pytest.mark.lab)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the order was made random: the long ones to the front, the longest first."""

    places = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(f"{item.path.parent.name}/{item.path.stem}", len(LONG)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hasattr(terminalreporter.config, "workerinput"):
        return  # a worker of xdist knows only its own part
    _tables(terminalreporter)
    unlisted = _unlisted(terminalreporter)
    if unlisted:
        terminalreporter.section("skipped, and not in tests/skips.toml: with CI=true the run fails")
        for skip in unlisted:
            terminalreporter.write_line(f"{skip.test}: {skip.reason}")
    again = terminalreporter.config.getoption("--failed")
    red = [r.nodeid for word in ("failed", "error") for r in terminalreporter.getreports(word)]
    if again and red and len(red) <= AGAIN and not (unlisted and os.environ.get("CI") == "true"):
        Path(again).write_text("".join(f"{node}\n" for node in dict.fromkeys(red)), encoding="utf-8")
    closing = terminalreporter.config.getoption("--closing")
    if closing:
        with Path(closing).open("a", encoding="utf-8") as file:
            file.write("\n".join([*_closing(terminalreporter), ""]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``CI=true`` a skip that is not in the list fails the run."""
    if hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        reporter is not None
        and os.environ.get("CI") == "true"
        and _unlisted(reporter)
        and not session.exitstatus
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _tables(reporter: pytest.TerminalReporter) -> None:
    """The ``row`` properties of tests that passed, by test, whichever worker ran them."""
    tables: dict[str, list[str]] = {}
    for report in reporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "row":
                tables.setdefault(report.nodeid.partition("[")[0], []).append(str(value))
    for test, rows in sorted(tables.items()):
        reporter.section(test)
        for row in sorted(rows):
            reporter.write_line(row)


def _unlisted(reporter: pytest.TerminalReporter) -> list[skips.Skip]:
    from tests.real_releases import REAL_VERSIONS

    found = skips.skips(reporter.getreports("skipped"))
    return list(skips.unlisted(found, real_releases=bool(REAL_VERSIONS)))


def _closing(reporter: pytest.TerminalReporter) -> list[str]:
    """What is worth reading again after all parts have run."""
    red = [(word, r) for word in ("failed", "error") for r in reporter.getreports(word)]
    counts = [f"{len(reporter.getreports(w))} {w}" for w in ("failed", "error", "passed", "skipped")]
    listed = skips.skips(reporter.getreports("skipped"))
    new = _unlisted(reporter)
    return [
        ", ".join(count for count in counts if not count.startswith("0 ")) or "no tests",
        *(f"{word.upper()} {r.nodeid}" for word, r in red),
        *(f"skipped {s.test}: {s.reason}{' (not in tests/skips.toml)' if s in new else ''}" for s in listed),
    ]
