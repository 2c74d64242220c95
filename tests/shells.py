"""The shells in which scripts for servers are tried: this machine's ``sh``, and dash and BusyBox if there."""

from __future__ import annotations

import shutil

#: The words before ``-c``, by a name for the test's id.
SHELLS: dict[str, tuple[str, ...]] = {
    "sh": ("sh",),
    **({"dash": (dash,)} if (dash := shutil.which("dash")) else {}),
    **({"busybox": (busybox, "sh")} if (busybox := shutil.which("busybox")) else {}),
}
