"""What is run on a server to handle files. ``$1`` is always the path, contents come on standard input.

Under LC_ALL=C, so that "No such file" is what a missing file is called (GNU and BusyBox alike).
"""

from __future__ import annotations

from installer.core.resources import read_text
from installer.hosts.base import Command
from installer.hosts.framing import in_place, new_token

EXISTS = 45
MISSING_TEXTS = ("No such file or directory", "Not a directory")

#: $2 mode, $3 draft, $4 length: a broken line ends standard input early, which must not pass as success
_DRAFT = r"""
umask 077
trap 'rm -f -- "$3"' EXIT
cat >"$3" || exit 1
[ "$(wc -c <"$3")" -eq "$4" ] || { echo "content arrived incomplete" >&2; exit 1; }
chmod "$2" "$3" || exit 1
"""
_WRITE = (
    _DRAFT
    + r"""
if [ -d "$1" ]; then echo "$1: Is a directory" >&2; exit 1; fi
mv -f -- "$3" "$1"
"""
)
#: a hard link is made only where nothing is, and the file appears whole; noclobber where links fail
_CREATE = (
    _DRAFT
    + r"""
if [ -e "$1" ] || [ -L "$1" ]; then exit 45; fi
if ln -- "$3" "$1" 2>/dev/null; then exit 0; fi
if [ -e "$1" ] || [ -L "$1" ]; then exit 45; fi
set -C
cat "$3" >"$1" || exit 1
chmod "$2" "$1"
"""
)
#: $5 what is there, $6 ``replace`` or ``remove``. The system's lock on the folder is given up whatever ends
#: the script; a system without ``flock`` leaves the time between two commands
_SWAP = (
    _DRAFT
    + r"""
exec 9<"${1%/*}" || exit 1
if command -v flock >/dev/null 2>&1; then
    i=0
    until flock -n 9; do
        i=$((i + 1))
        [ "$i" -lt 10 ] || { echo "$1: another program has the lock" >&2; exit 1; }
        sleep 1
    done
fi
if ! [ -f "$1" ] || [ -L "$1" ] || [ "$(cat "$1")" != "$5" ]; then exit 45; fi
if [ "$6" = remove ]; then rm -f -- "$1"; else mv -f -- "$3" "$1"; fi
"""
)
#: A FIFO or a device could block for ever. What is missing is named by the program that reads afterwards.
_REGULAR = r"""
if [ -e "$1" ] && ! [ -f "$1" ]; then echo "$1: not a regular file" >&2; exit 1; fi
"""
_FOLDER = r"""
if [ -d "$1" ]; then exit 0; fi
umask 022
mkdir -p -- "$1" && chmod "$2" "$1"
"""


def _script(text: str, *args: str, stdin: bytes | None = None) -> Command:
    return Command(("sh", "-c", text, "sh", *args), stdin=stdin)


def read(path: str, limit: int | None) -> Command:
    """Print the file, or its first *limit* bytes."""
    if limit is None:
        return _script(_REGULAR + 'exec cat "$1"', in_place(path))
    return _script(_REGULAR + 'exec head -c "$2" "$1"', in_place(path), str(limit))


def read_end(path: str, limit: int) -> Command:
    """Print the file's last *limit* bytes."""
    return _script(_REGULAR + 'exec tail -c "$2" "$1"', in_place(path), str(limit))


def write(path: str, data: bytes, mode: int) -> Command:
    """Draft and rename."""
    return _draft(_WRITE, path, data, mode)


def create(path: str, data: bytes, mode: int) -> Command:
    """Exit code ``EXISTS`` if something is there."""
    return _draft(_CREATE, path, data, mode)


def swap(path: str, before: bytes, after: bytes | None, mode: int) -> Command:
    """Exit code ``EXISTS`` if something else is there."""
    what = "replace" if after is not None else "remove"
    return _draft(_SWAP, path, after or b"", mode, before.decode("utf-8", "replace").rstrip("\n"), what)


def remove(path: str) -> Command:
    """No error if there is none."""
    return Command(("rm", "-f", "--", path))


def make_folder(path: str, mode: int) -> Command:
    """With parents (0755); an existing one keeps its mode."""
    return _script(_FOLDER, in_place(path), f"{mode:o}")


def place(folder: str, private: str, *, gzip: bool) -> Command:
    """Place the files of the archive on standard input (``archive.pack``), owned by the user who runs it."""
    text = read_text("scripts/below.sh") + read_text("scripts/upload.sh")
    return _script(text, in_place(folder), "gzip" if gzip else "plain", in_place(private))


def _draft(text: str, path: str, data: bytes, mode: int, *more: str) -> Command:
    path = in_place(path)
    return _script(text, path, f"{mode:o}", f"{path}.{new_token()}.draft", str(len(data)), *more, stdin=data)
