"""Loads everything the program may ever need, once, and says whether it is whole (``--selftest``).

What a frozen program lacks is found when a person first comes to the page that wants it; this finds it in the
build. One line a part: ``ok`` or ``failed``, the part, what was looked at. Nothing is connected, no server is
asked, and the person's own settings are not read.
"""

from __future__ import annotations

import os
import pkgutil
import ssl
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType

import installer
from installer.appdata.keychain import system_backend
from installer.core.app_folder import ENVIRONMENT as HOME_ENVIRONMENT
from installer.hosts.local.environment import environment
from installer.hosts.local.programs import finish
from installer.texts import LANGUAGES, TABLES, UI_TABLES, table
from installer.views.licences import bundled
from installer.views.panel import SECTIONS
from installer.views.wizard import PageId
from ui.app.selftest_windows import Broken, at_least, dialogs, icons, page, resource, section, window

#: A part looks at something, says what in a few words, and raises if it is not as it should be.
Part = Callable[[], str]

CONSOLE_TWIN = "dify-installer-cli"
LIBRARIES = ("paramiko", "docker", "cryptography", "yaml", "truststore", "platformdirs", "keyring")
_TWIN_SECONDS = 60.0


def selftest(report: str = "") -> int:
    """Look at every part; 0 if all are whole. The lines go to standard output and to the file *report*.

    A windowed program of Windows has no standard output, hence the file.
    """
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    lines: list[str] = []
    broken = 0
    with tempfile.TemporaryDirectory(prefix="dify-installer-") as home:
        os.environ[HOME_ENVIRONMENT] = home
        for name, part in parts():
            line, ok = _look(name, part)
            broken += not ok
            lines.append(line)
            _say(line)
    last = f"{len(lines) - broken} whole, {broken} broken"
    _say(last)
    if report:
        Path(report).write_text("\n".join([*lines, last, ""]), encoding="utf-8")
    return 1 if broken else 0


def parts() -> Iterator[tuple[str, Part]]:
    """Every part with its name, in the order in which they are looked at."""
    yield "program", _program
    yield "modules", _modules
    yield "libraries", _libraries
    yield "tables", _tables
    yield "scripts", _scripts
    for language in LANGUAGES:
        yield f"texts {language}", partial(_texts, language)
    yield "licences", _licences
    yield "tls", _tls
    yield "keyring", _keyring
    yield "window", window
    yield "icons", icons
    for page_id in PageId:
        yield f"page {page_id.value}", partial(page, page_id)
    yield "dialogs", dialogs
    for name in SECTIONS:
        yield f"panel {name}", partial(section, name)
    if getattr(sys, "frozen", False):
        yield "console twin", _twin


def _look(name: str, part: Part) -> tuple[str, bool]:
    """The part's line, and whether it is whole. An error inside a slot of Qt's counts too."""
    caught: list[BaseException] = []

    def remember(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        caught.append(error)

    before, sys.excepthook = sys.excepthook, remember
    begin = time.monotonic()
    try:
        said = part()
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is what we look for
        caught.append(exc)
    finally:
        sys.excepthook = before
    took = f"{(time.monotonic() - begin) * 1000:.0f} ms"
    if caught:
        return f"failed  {name}: {_described(caught[0])}", False
    return f"ok      {name}: {said} ({took})", True


def _described(error: BaseException) -> str:
    """The error in one line, with the place that raised it."""
    at = traceback.extract_tb(error.__traceback__)
    place = f" [{Path(at[-1].filename).name}:{at[-1].lineno}]" if at else ""
    return f"{type(error).__name__}: {error}".replace("\n", " | ") + place


def _say(line: str) -> None:
    """Print a line for the calling process; a Windows console may not encode every character."""
    if sys.stdout is not None:
        sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")
        sys.stdout.flush()


# ------------------------------------------------------------------------- without a window


def _program() -> str:
    from PySide6.QtCore import QLibraryInfo

    python = ".".join(str(n) for n in sys.version_info[:3])
    kind = "frozen" if getattr(sys, "frozen", False) else "from source"
    return f"{installer.__version__} {kind}, Python {python}, Qt {QLibraryInfo.version().toString()}"


def _modules() -> str:
    """All of ours. The pages are imported by name, which a freezer does not see."""
    ours = [
        found.name
        for top in ("installer", "ui")
        for found in pkgutil.walk_packages(import_module(top).__path__, f"{top}.")
        if not found.name.endswith("__main__")
    ]
    for name in ours:
        import_module(name)
    at_least(50, ours, "modules")
    return f"{len(ours)} of ours"


def _libraries() -> str:
    for name in LIBRARIES:
        import_module(name)
    return ", ".join(LIBRARIES)


def _tables() -> str:
    found = [entry for entry in resource().iterdir() if entry.name.endswith(".toml")]
    for entry in found:
        if not tomllib.loads(entry.read_text(encoding="utf-8")):
            raise Broken(f"{entry.name} is empty")
    at_least(5, found, "tables")
    return f"{len(found)} tables"


def _scripts() -> str:
    entries = [
        *resource("scripts").iterdir(),
        *resource("scripts/probe").iterdir(),
        *resource("keys").iterdir(),
    ]
    found = [entry for entry in entries if entry.is_file()]
    for entry in found:
        if not entry.read_text(encoding="utf-8").strip():
            raise Broken(f"{entry.name} is empty")
    at_least(2, found, "scripts")
    return f"{len(found)} scripts"


def _texts(language: str) -> str:
    names = (*TABLES, *(f"ui/{name}" for name in UI_TABLES))
    for name in names:
        if not table(language, name):
            raise Broken(f"{name} is empty")
    return f"{len(names)} tables"


def _licences() -> str:
    """About shows versions; they come from the packages' metadata, which a freezer leaves out."""
    versions = [part for part in bundled() if part.version]
    at_least(15, versions, "versions")
    if getattr(sys, "frozen", False):
        texts = list(Path(getattr(sys, "_MEIPASS", "."), "licences").iterdir())
        at_least(3, texts, "licence texts")
    return f"{len(bundled())} parts, {len(versions)} with their version"


def _tls() -> str:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not context.check_hostname or context.verify_mode is not ssl.CERT_REQUIRED:
        raise Broken("certificates would not be verified")
    return ssl.OPENSSL_VERSION


def _keyring() -> str:
    """Its library is imported late and hides missing parts: saving passwords would not be offered."""
    if sys.platform == "linux":
        import_module("secretstorage")
    backend = system_backend()
    return f"{backend.name}" if backend else "none that answers"


# ------------------------------------------------------------------------------------ when frozen


def _twin() -> str:
    """Our own command line, beside us: it shares our folder and must not see our environment."""
    suffix = ".exe" if sys.platform == "win32" else ""
    program = Path(sys.executable).with_name(CONSOLE_TWIN + suffix)
    done = finish(
        [str(program), "--version"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TWIN_SECONDS,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    said = done.stdout.strip()
    if done.returncode or said != installer.__version__:
        raise Broken(f"exit {done.returncode}, said {said!r} {done.stderr[-300:]!r}")
    return f"{program.name} {said}"
