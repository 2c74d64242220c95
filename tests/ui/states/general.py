"""What Overview was told about the machine. Data in it is invented."""

from __future__ import annotations

import time
from dataclasses import replace

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.operations.overview import Condition, FailedRun, Overview, Room
from installer.release.updates import Newest

GB = 10**9
NOTES = "https://github.com/langgenius/dify/releases/tag/1.17.0"
LOST = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})
OFFLINE = InstallError(Code.RELEASE_LIST_FAILED, {"url": "https://api.github.com"})


def looked(newest: str = "1.16.1", **changes: object) -> Overview:
    """All is well; *changes* are fields of ``Condition``."""
    now = time.time()
    condition = Condition(
        disk=Room(48_200_000_000, 84_000_000_000),
        memory=Room(4_100_000_000, 8_300_000_000),
        setup_open=False,
    )
    found = Newest(newest, NOTES, now - 900)
    return Overview(replace(condition, **changes), now - 40, newest=found)  # type: ignore[arg-type]


def short() -> Overview:
    """Little is left, Docker has a disk of its own, and nobody has an account yet."""
    return looked(
        disk=Room(3_200_000_000, 20_000_000_000),
        images=Room(400_000_000, 40_000_000_000),
        memory=Room(190_000_000, 4_100_000_000),
        setup_open=True,
    )


#: A password that must be in no text.
GUARD = "canary-Gu4rdP9vQ7mZ2"


def guarded() -> Overview:
    """The first account is not created yet; Dify asks for a password before that."""
    return looked(setup_open=True, guard=Secret(GUARD))


def failed_before() -> Overview:
    """Two runs failed, one of them with a cause that is known."""
    now = time.time()
    return looked(
        failed_runs=(
            FailedRun(now - 7200, "restart", Code.SERVICE_FAILED, (("exit_code", "1"), ("service", "api"))),
            FailedRun(now - 3 * 86400, "apply", Code.ACTION_FAILED, (("exit_code", "1"),), "HOST-04"),
        )
    )


def mended() -> Overview:
    """What failed went well later."""
    before = failed_before().condition
    assert before is not None
    return looked(failed_runs=(replace(before.failed_runs[0], over=True),))
