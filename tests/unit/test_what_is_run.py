"""Which tests a run has, which it may skip, and what is told of both at its end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.import_graph import CHECKOUT, reaches
from tests.skips import ALLOWED, Skip, unlisted

NO_REAL = "no real releases of Dify here (DIFY_RELEASES)"
LISTED = Skip("tests/unit/test_home.py::test_x", "rights do not stop this user")


@pytest.mark.parametrize(
    ("path", "does"),
    [
        ("tests/unit/config/test_render.py", True),
        ("tests/unit/test_services_review.py", True),
        ("tests/unit/release/test_download.py", True),  # through another test module
        ("tests/ui/test_review.py", False),
        ("tests/ui/test_layout.py", False),
        ("tests/unit/test_plan.py", False),
    ],
)
def test_who_looks_at_real_releases_is_known(path: str, does: bool) -> None:
    assert reaches(CHECKOUT / path, "tests.real_releases") is does


def test_nobody_finds_real_releases_another_way() -> None:
    """Only those who import ``tests.real_releases`` are run a second time without."""
    sources = {
        p.relative_to(CHECKOUT).as_posix(): p.read_text("utf-8") for p in CHECKOUT.glob("tests/**/*.py")
    }
    lab = ("tests/lab/", "tests/unit/lab/")  # releases that are installed there
    asking = {path for path, text in sources.items() if "DIFY_RELEASES" in text and not path.startswith(lab)}
    own = {"tests/releases.py", "tests/real_releases.py", "tests/unit/test_what_is_run.py"}
    assert asking <= own
    folder = re.compile(r"from tests\.releases import[^\n]*\bREAL\b")
    assert {path for path, text in sources.items() if folder.search(text)} == {"tests/real_releases.py"}


def test_a_skip_needs_an_entry() -> None:
    of_another = Skip("tests/unit/test_plan.py::test_x", LISTED.reason)
    new = Skip("tests/unit/test_home.py::test_x", "no time")
    without = Skip("tests/unit/config/test_x.py::test_y", NO_REAL)
    found = (LISTED, of_another, new, without)
    assert list(unlisted(found, real_releases=False)) == [of_another, new]
    assert list(unlisted(found, real_releases=True)) == [of_another, new, without]


def test_each_entry_says_why_and_is_about_tests_that_exist() -> None:
    for entry in tomllib.loads(ALLOWED.read_text("utf-8"))["skip"]:
        assert entry["why"] and entry["reason"] and entry.get("only", "") in ("", "without_releases")
        assert (CHECKOUT / entry["tests"].partition("::")[0]).exists()


def run(tmp_path: Path, source: str, **environ: str) -> tuple[int, str]:
    """Exit code, and what was written for the end, of a run of *source*."""
    (tmp_path / "test_made_up.py").write_text(source)
    closing, failed = tmp_path / "closing", tmp_path / "failed"
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:randomly")
    argv = [sys.executable, "-m", "pytest", *plugins, "--rootdir", str(tmp_path), "--closing", str(closing)]
    argv.append(f"--failed={failed}")
    env = {
        name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")
    }
    done = subprocess.run(
        [*argv, str(tmp_path)],
        cwd=CHECKOUT,
        env={**env, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, closing.read_text() or done.stdout + done.stderr


SKIPPED = "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('no time')\n"


def test_what_failed_and_what_was_skipped_is_told(tmp_path: Path) -> None:
    code, told = run(tmp_path, f"{SKIPPED}def test_c(): assert False\n")
    assert code == 1
    assert told.splitlines() == [
        "1 failed, 1 passed, 1 skipped",
        "FAILED test_made_up.py::test_c",
        "skipped test_made_up.py::test_b: no time (not in tests/skips.toml)",
    ]


@pytest.mark.parametrize(("environ", "code"), [({}, 0), ({"CI": "true"}, 1)])
def test_an_unlisted_skip_fails_where_nobody_looks(
    tmp_path: Path, environ: dict[str, str], code: int
) -> None:
    assert run(tmp_path, SKIPPED, **environ)[0] == code


@pytest.mark.parametrize(
    ("source", "environ", "failed"),
    [
        ("def test_a(): assert False\n", {"CI": "true"}, ["test_made_up.py::test_a"]),
        (f"{SKIPPED}def test_c(): assert False\n", {}, ["test_made_up.py::test_c"]),
        (f"{SKIPPED}def test_c(): assert False\n", {"CI": "true"}, []),
        ("".join(f"def test_{n}(): assert False\n" for n in range(4)), {}, []),
        (SKIPPED, {}, []),
    ],
)
def test_few_failures_alone_are_named_to_be_run_again(
    tmp_path: Path, source: str, environ: dict[str, str], failed: list[str]
) -> None:
    run(tmp_path, source, **environ)
    file = tmp_path / "failed"
    assert (file.read_text("utf-8").split() if file.exists() else []) == failed
