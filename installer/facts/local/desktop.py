"""What only a person's own computer has: Docker Desktop, contexts, WSL 2. Fills ``Facts.desktop``.

Not run on macOS and Windows so far: the parsers are tested on outputs, the commands are those of the
programs' documentation.
"""

from __future__ import annotations

import getpass
import os
import platform
import plistlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers.expat import ExpatError

from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.facts.desktop import Desktop, DesktopState
from installer.facts.engine import EngineKind
from installer.facts.parsers import desktop as parse_desktop
from installer.facts.parsers import windows
from installer.facts.parsers.docker import info_of
from installer.hosts.base import Command, Host

_SECONDS = 15.0
#: Where Docker Desktop is installed (docs.docker.com/desktop/setup/install); on Windows also for one user.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "Darwin": ("/Applications/Docker.app",),
    "Linux": ("/opt/docker-desktop/bin/docker-desktop",),
    "Windows": (
        r"%ProgramFiles%\Docker\Docker\Docker Desktop.exe",
        r"%LOCALAPPDATA%\Programs\DockerDesktop\Docker Desktop.exe",
    ),
}
_COMPUTER_INFO = (
    "Get-ComputerInfo -Property HyperVisorPresent,HyperVRequirementVirtualizationFirmwareEnabled"
    " | ConvertTo-Json"
)


@dataclass(frozen=True)
class Surroundings:
    """This computer, as far as it is not asked by commands; tests give their own."""

    system: str = field(default_factory=platform.system)
    release: str = field(default_factory=platform.version)
    user: str = field(default_factory=getpass.getuser)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    #: what paths are relative to
    root: Path = Path("/")

    def executable(self) -> Path | None:
        """Docker Desktop's program."""
        for place in _PLACES.get(self.system, ()):
            path = re.sub(r"%(\w+)%", lambda m: self.environment.get(m[1], ""), place)
            found = self.root / path.lstrip("/") if self.system != "Windows" else self.root / path
            if found.exists():
                return found
        return None


def desktop(host: Host, here: Surroundings | None = None, cancel: CancelToken | None = None) -> Desktop:
    """Ask this computer (*host* is the local one)."""
    here = here or Surroundings()
    ask = _Asker(host, cancel)
    executable = here.executable()
    found = Desktop(
        system=here.system,
        state=DesktopState.STOPPED if executable else DesktopState.ABSENT,
        executable=str(executable or ""),
        version=_bundle_version(executable) if here.system == "Darwin" else "",
        contexts=parse_desktop.contexts(ask.text("docker", "context", "ls", "--format", "json")),
    )
    info = info_of(ask.text("docker", "info", "--format", "{{json .}}"))
    own = "Docker Desktop" in str(info.get("OperatingSystem", "")) or _current_is_desktop(found)
    kind = EngineKind.DESKTOP if own and info.get("ServerVersion") else EngineKind.UNKNOWN
    found = parse_desktop.with_engine(found, info, "", kind)
    return _windows(found, ask, here) if here.system == "Windows" else found


def _current_is_desktop(found: Desktop) -> bool:
    """Windows containers run on Windows itself: then only the context tells whose Engine answers."""
    return any(context.current and context.provider == "desktop" for context in found.contexts)


#: What plistlib raises for a damaged list: a date that is none is an ``AttributeError``.
_DAMAGED_LIST = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def _bundle_version(application: Path | None) -> str:
    """``CFBundleShortVersionString`` of a macOS application, "" where it cannot be read."""
    if application is None:
        return ""
    try:
        data = plistlib.loads((application / "Contents" / "Info.plist").read_bytes())
    except (OSError, ExpatError, *_DAMAGED_LIST):
        return ""
    return str(data.get("CFBundleShortVersionString", "")) if isinstance(data, dict) else ""


def _windows(found: Desktop, ask: _Asker, here: Surroundings) -> Desktop:
    build = re.match(r"\d+\.\d+\.(\d+)", here.release)
    ports = ask.data("netsh", "int", "ipv4", "show", "excludedportrange", "protocol=tcp")
    return replace(
        found,
        windows_build=int(build[1]) if build else 0,
        virtualization=windows.virtualization(
            ask.text("powershell", "-NoProfile", "-Command", _COMPUTER_INFO)
        ),
        in_docker_users=windows.in_group(ask.data("net", "localgroup", "docker-users"), here.user),
        wsl=windows.wsl(
            ask.data("wsl.exe", "--status"),
            ask.data("wsl.exe", "-l", "-v"),
            ask.data("wsl.exe", "--version"),
        ),
        excluded_ports=windows.excluded_ports(windows.decode(ports or b"")),
    )


class _Asker:
    """Runs programs that may be missing, may fail and may hang: each of that is no answer."""

    def __init__(self, host: Host, cancel: CancelToken | None) -> None:
        self._host, self._cancel = host, cancel

    def data(self, *argv: str) -> bytes | None:
        """What it printed, whatever its exit code; None if there is no such program."""
        if self._cancel:
            self._cancel.check()
        try:
            result = self._host.run(Command(argv), cancel=self._cancel, timeout=_SECONDS)
        except InstallError:
            return None
        return None if result.exit_code == 127 else result.stdout

    def text(self, *argv: str) -> str:
        """The same as text, "" for nothing."""
        return windows.decode(self.data(*argv) or b"")
