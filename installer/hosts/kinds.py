"""What kinds of machine Dify is installed on: one class for each, which says what the machine is and has.

All other code asks these attributes and compares no names. ``Target.host_kind`` is the chosen one,
``Host.kind`` that of a connected machine. Pure, except for the running platform's default folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import ClassVar

from installer.core.paths import on_servers


class HostKind:
    """A value of ``target.kind``, and the system where it matters. The defaults are those of a remote Linux
    server."""

    #: As the answers file and the list of known servers have it.
    name: ClassVar[str]
    #: Its icon in lists (``resources/icons``).
    icon: ClassVar[str] = "server"
    #: The fields of ``[target]`` that count, beside ``kind``, ``directory`` and ``project``; the wizard
    #: leaves out others. *needed*: those that must be given.
    fields: ClassVar[frozenset[str]]
    needed: ClassVar[tuple[str, ...]] = ()

    #: Whether it is another machine, reached under ``target.host``; else it is this computer.
    remote: ClassVar[bool] = True
    #: Whether a person logs in there (host key, password or key file, sudo).
    needs_login: ClassVar[bool] = True
    #: Whether Dify there is usually for the internet: a new one then begins with HTTPS where it can.
    public_by_default: ClassVar[bool] = True
    #: Whether this computer sees Dify's port as others do, so that a closed firewall is noticed here.
    seen_from_outside: ClassVar[bool] = True
    #: Whether it is looked at what it reaches on the network, and in whose cloud it is.
    network_checked: ClassVar[bool] = True
    #: Whether images can be carried to it through this computer.
    takes_images: ClassVar[bool] = True
    #: Whether our file can be given to an nginx that runs there.
    takes_proxy_file: ClassVar[bool] = True
    #: Whether it is a person's own computer, whose Docker credentials and shell variables are meant to count.
    personal: ClassVar[bool] = False
    #: Whether its Docker may be Docker Desktop, which has settings of its own.
    may_have_desktop: ClassVar[bool] = False

    #: Whether ``Command.script`` and the tools of a Linux machine are there. Windows has none, macOS others:
    #: the same is then asked in Python (``facts.local.probe``, ``logs.client_logs``).
    runs_scripts: ClassVar[bool] = True
    #: Whether its Engine runs in a virtual machine, which is given folders of the computer's disk:
    #: containers' addresses lead nowhere, and the Engine's folder is none of the computer's.
    engine_in_vm: ClassVar[bool] = False
    #: Whether it is noted there what repairs change, so that it can be taken back.
    notes_repairs: ClassVar[bool] = True
    #: Whether its own addresses and what its resolver says can be asked there.
    tells_addresses: ClassVar[bool] = True

    @property
    def text_key(self) -> str:
        """Its part of the keys of texts."""
        return self.name

    def default_directory(self) -> str:
        """Where Dify goes if ``target.directory`` is empty."""
        return "/opt/dify"

    def fits(self, directory: str) -> bool:
        """Whether *directory* (empty: the default one) can be one there."""
        return on_servers(directory)


class SshServer(HostKind):
    """A Linux server, reached by SSH."""

    name = "ssh"
    fields = frozenset({"host", "port", "user", "identity_file", "host_key", "jump"})
    needed = ("host", "user")


class ThisComputer(HostKind):
    """The computer that this program runs on."""

    name = "local"
    icon = "monitor"
    fields = frozenset({"docker"})
    remote = False
    needs_login = False
    public_by_default = False
    seen_from_outside = False
    network_checked = False
    takes_images = False
    takes_proxy_file = False
    personal = True
    may_have_desktop = True

    def default_directory(self) -> str:
        """``~/Dify``, as a person's own account cannot write to /opt; root's is that of a server."""
        return str(Path.home() / "Dify")

    def fits(self, directory: str) -> bool:
        """On Windows a path from the root is none."""
        return not (sys.platform == "win32" and directory.startswith("/"))


class LinuxComputer(ThisComputer):
    """This computer, with Linux."""

    def default_directory(self) -> str:
        """See ``ThisComputer``."""
        root = sys.platform != "win32" and os.geteuid() == 0
        return HostKind.default_directory(self) if root else super().default_directory()


class DesktopComputer(ThisComputer):
    """This computer, with macOS or Windows."""

    runs_scripts = False
    engine_in_vm = True
    notes_repairs = False
    tells_addresses = False

    def default_directory(self) -> str:
        """See ``ThisComputer``. On Windows a home folder with other than ASCII letters is not used: programs
        that containers are started with trip over it (docker/compose#5998)."""
        home = Path.home()
        if sys.platform == "win32" and not str(home).isascii():
            return str(Path(home.anchor) / "Dify")
        return super().default_directory()


#: In the order in which a refusal names them; of those with one name the running platform has one.
KINDS: tuple[HostKind, ...] = (SshServer(), LinuxComputer(), DesktopComputer())
SSH, LINUX, DESKTOP = KINDS
NAMES: tuple[str, ...] = tuple(dict.fromkeys(kind.name for kind in KINDS))


def this_computer() -> HostKind:
    """The kind of the running platform."""
    return LINUX if sys.platform.startswith("linux") else DESKTOP


def kind_named(name: object) -> HostKind:
    """The kind *name* on the running platform; ``SshServer`` for a value that is none, which is refused."""
    if name == ThisComputer.name:
        return this_computer()
    return next((kind for kind in KINDS if kind.name == name), SSH)
