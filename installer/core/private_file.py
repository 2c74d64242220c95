"""New files for secrets, which no other user can open from the moment they are created, on Windows too."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

#: ``O_BINARY`` exists on Windows only; without it line ends are changed there.
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


def new_file(path: Path, mode: int) -> int:
    """A descriptor to write the new file *path* with. ``OSError``, ``FileExistsError``. It has exactly
    *mode*, whatever the umask is, and is never named by its path for that.

    Modes mean nothing on Windows: there a file takes over who may read its folder. One whose *mode* gives
    others nothing gets a list of its own with its creation, as nothing can be taken away from a handle that
    another user opened before.
    """
    if _protected is not None and not mode & 0o077:
        return _protected(path)
    handle = os.open(path, _NEW, mode)
    if sys.platform != "win32":
        os.fchmod(handle, mode)
    return handle


def rights_of(user: str) -> str:
    """Windows' text (SDDL) for: only the user with the id *user*, the system (SY) and administrators (BA);
    nothing from the folder (P)."""
    return "D:P" + "".join(f"(A;;FA;;;{who})" for who in (user, "SY", "BA"))


_protected: Callable[[Path], int] | None = None

if sys.platform == "win32":

    def _with_rights(path: Path) -> int:
        """CreateFile with a security descriptor. File systems without rights (FAT) pass over it."""
        import msvcrt

        import pywintypes
        import win32api
        import win32con
        import win32file
        import win32security

        try:
            token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32con.TOKEN_QUERY)
            user = win32security.GetTokenInformation(token, win32security.TokenUser)[0]
            rights = rights_of(win32security.ConvertSidToStringSid(user))
            security = win32security.SECURITY_ATTRIBUTES()
            security.SECURITY_DESCRIPTOR = win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(
                rights, win32security.SDDL_REVISION_1
            )
            handle = win32file.CreateFile(
                *(str(path), win32con.GENERIC_WRITE, 0, security),
                *(win32con.CREATE_NEW, win32con.FILE_ATTRIBUTE_NORMAL, None),
            )
        except pywintypes.error as exc:
            raise OSError(0, exc.strerror, str(path), exc.winerror) from exc
        return msvcrt.open_osfhandle(handle.Detach(), os.O_WRONLY | os.O_BINARY)

    _protected = _with_rights
