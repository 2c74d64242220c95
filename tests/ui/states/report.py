"""States of What happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from installer.core.errors import Code, InstallError
from installer.state.history import entries
from installer.support.story import Known, Story, Support
from installer.views.wizard import PageId, WizardState
from tests.ui.states.install import failed

BEGAN = 1_795_000_000.0
BIND = "Error response from daemon: failed to bind host port for 0.0.0.0:80: address already in use"
JOB = "jobs/apply-20261124T080000Z-a1b2c3.log"
REFUSED = 'FATAL:  password authentication failed for user "postgres"'
_STEPS = ["upload", "pull", "reach", "databases", "start", "ready"]


def journal(runs: int = 1) -> tuple[str, ...]:
    """*runs* that failed, then one that was taken over and ended well, a restart that failed, and something
    that nobody knows."""
    who = "hanako@desk"
    found: list[dict[str, object]] = []
    for n in range(runs):
        at = BEGAN + n * 3600
        found += [
            {"at": at, "what": "apply", "version": "1.16.1", "steps": _STEPS, "who": who},
            {"at": at + 12, "what": "steps_done", "steps": ["upload"]},
            {
                "at": at + 260,
                "what": "failed",
                "code": "start.failed",
                "params": {"exit_code": "1"},
                "detail": BIND,
            },
        ]
    end = BEGAN + runs * 3600
    found += [
        {"at": end, "what": "repair", "repairs": ["swap.add"], "who": "taro@note"},
        {"at": end + 9, "what": "done"},
        {"at": end + 20, "what": "apply", "version": "1.16.1", "steps": _STEPS[3:], "who": "taro@note"},
        {"at": end + 80, "what": "steps_done", "steps": _STEPS[3:]},
        {"at": end + 81, "what": "done"},
        {"at": end + 300, "what": "restart", "who": "taro@note"},
        {
            "at": end + 342,
            "what": "failed",
            "code": "ready.service_failed",
            "params": {"service": "api", "exit_code": "1"},
            "findings": [{"code": "ENV-02", "service": "api", "lines": [f"api | {REFUSED}"]}],
        },
        {"at": end + 500, "what": "levitated", "height": 3},
    ]
    return tuple(json.dumps(line) for line in found)


LOG = "".join(
    f"2026-11-24T08:00:{n % 60:02}.5Z INFO request {n} finished app=support-bot\n" for n in range(400)
)
MEMBERS = {
    "containers/api.log": LOG,
    JOB: f"{BIND}\n",
    "answers.toml": "[target]\nkind = 'ssh'\n",
    "journal.jsonl": "\n".join(journal()) + "\n",
}
KNOWN = (
    Known("PULL-01", JOB, (BIND,)),
    Known("NEW-99", "containers/api.log"),
)


def told(*, report: bool = False, runs: int = 1, **changes: object) -> Support:
    """A journal, or (*report*) a whole report was read."""
    story = Story(entries(journal(runs)))
    if report:
        story = Story(story.entries, KNOWN, MEMBERS, "dify-report-20261124-0800.zip", BEGAN, "0.6.0")
    return replace(Support(back="welcome", phase="shown", story=story), **changes)  # type: ignore[arg-type]


def page(support: Support, *, connected: bool = False) -> WizardState:
    """The page with *support*."""
    return WizardState(page=PageId.REPORT, support=support, rights="root" if connected else "")


def _after_failure(support: Support) -> WizardState:
    state = failed(Code.START_FAILED, detail=BIND, exit_code="1")
    return replace(state, page=PageId.REPORT, support=replace(support, back="install"))


def _refused(reason: str) -> InstallError:
    return InstallError(
        Code.BUNDLE_UNREADABLE, {"path": "/home/hanako/Downloads/report.zip", "reason": reason}
    )


def _changed() -> Support:
    support = told(report=True)
    return replace(support, story=replace(support.story, changed=("journal.jsonl", "containers/api.log")))


STATES: Mapping[str, Callable[[], WizardState]] = {
    "empty": lambda: page(Support(back="welcome")),
    "loading": lambda: page(Support(back="welcome", phase="loading")),
    "nothing": lambda: page(Support(back="welcome", live=True, phase="shown"), connected=True),
    "read": lambda: page(told(report=True)),
    "changed": lambda: page(_changed()),
    "long": lambda: page(told(report=True, runs=100)),
    "live": lambda: _after_failure(told(live=True)),
    "refused": lambda: page(Support(back="welcome", phase="failed", error=_refused("size"))),
    "no-report": lambda: page(Support(back="welcome", phase="failed", error=_refused("other"))),
    "saving": lambda: _after_failure(told(live=True, saving="busy")),
    "saved": lambda: _after_failure(
        told(live=True, saving="saved", saved="/home/hanako/dify-report-20261124-0800.zip", size=412_345)
    ),
    "saved-partly": lambda: _after_failure(
        told(live=True, saving="saved", saved="/home/hanako/r.zip", size=2_345, lacking=("target",))
    ),
    "save-failed": lambda: _after_failure(
        told(
            live=True,
            saving="failed",
            save_error=InstallError(
                Code.HOST_FILE_FAILED, {"path": "/media/usb/r.zip"}, detail="No space left"
            ),
        )
    ),
}
