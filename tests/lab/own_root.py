"""Run a command in a mount namespace of its own whose root is this process's root: ``own_root.py WORD…``

In a chroot the namespace's root is another folder than the process's, and whoever enters the namespace of a
container that was started there lands outside of the container (``docker exec``: "chdir to cwd … failed").
mount_namespaces(7), setns(2): entering a mount namespace also sets the root; pivot_root(2): ``(".", ".")``.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path

_NEW_NAMESPACE = 0x00020000  # CLONE_NEWNS in <sched.h>
_BIND, _RECURSIVE, _PRIVATE, _DETACH = 4096, 16384, 1 << 18, 2  # <sys/mount.h>
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}  # <asm/unistd.h>: the C library has no function for it


def main(words: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    must(libc.unshare(_NEW_NAMESPACE))
    here = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    must(libc.setns(namespace, _NEW_NAMESPACE))
    must(libc.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None))
    os.fchdir(here)
    if Path.cwd() != Path("/"):
        must(libc.mount(b".", b".", None, _BIND | _RECURSIVE, None))  # a root must be a mount point
        os.chdir(Path.cwd())  # on top of it
        must(libc.syscall(_PIVOT_ROOT[platform.machine()], b".", b"."))
        must(libc.umount2(b".", _DETACH))
        os.chdir("/")
    os.execvp(words[0], words)


if __name__ == "__main__":
    main(sys.argv[1:])
