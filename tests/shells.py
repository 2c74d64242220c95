"""The shells in which scripts for servers are tried: this machine's ``sh``, and dash and BusyBox if there and
if ``sh`` is not the same program (on Debian it is dash)."""

from __future__ import annotations

import os
import shutil


def another(name: str) -> str | None:
    """Path of shell *name*, unless it is missing or ``sh`` leads to it."""
    path = shutil.which(name)
    return path if path and os.path.realpath(path) != os.path.realpath(shutil.which("sh") or "") else None


#: The words before ``-c``, by a name for the test's id.
SHELLS: dict[str, tuple[str, ...]] = {
    "sh": ("sh",),
    **({"dash": (dash,)} if (dash := another("dash")) else {}),
    **({"busybox": (busybox, "sh")} if (busybox := another("busybox")) else {}),
}
