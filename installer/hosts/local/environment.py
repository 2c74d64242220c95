"""The environment in which this computer's own commands run."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: what a frozen program (PyInstaller) sets for itself and its children must not see
_OURS = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "_MEIPASS2")
_OURS_BEGIN = "_PYI_"
_LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
#: Docker Desktop's own folders: a program that was started before its installation has an older PATH.
_WINDOWS_PATHS = (
    ("ProgramFiles", r"Docker\Docker\resources\bin"),
    ("LOCALAPPDATA", r"Programs\DockerDesktop\resources\bin"),
)
#: a program started from the Finder has a short PATH
_MAC_PATHS = ("/usr/local/bin", "/opt/homebrew/bin", "~/.docker/bin")


def environment(
    docker: str = "",
    *,
    base: Mapping[str, str] | None = None,
    frozen: bool | None = None,
    platform: str = sys.platform,
) -> dict[str, str]:
    """This process's environment (or *base*), cleaned, for the Docker named *docker*.

    *docker*: a context's name, an address (``unix://…``), or empty for the active context.
    """
    # a shell's COMPOSE_FILE or COMPOSE_PROFILES is meant for some other project
    env = without(os.environ if base is None else base, ("COMPOSE_",))
    if getattr(sys, "frozen", False) if frozen is None else frozen:
        _scrub(env)
    if platform == "darwin":
        paths = env.get("PATH", "/usr/bin:/bin").split(":")
        more = [str(Path(path).expanduser()) for path in _MAC_PATHS]
        env["PATH"] = ":".join([*paths, *(path for path in more if path not in paths)])
    if platform == "win32":
        more = [rf"{env[base]}\{path}" for base, path in _WINDOWS_PATHS if env.get(base)]
        env.setdefault("NoDefaultCurrentDirectoryInExePath", "1")  # for what they start in turn
        known = env.get("PATH", "").split(";")
        env["PATH"] = ";".join([*known, *(path for path in more if path not in known)])
    if docker:
        for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
            env.pop(name, None)
        env["DOCKER_HOST" if "://" in docker else "DOCKER_CONTEXT"] = docker
    return env


def without(env: Mapping[str, str], prefixes: Sequence[str]) -> dict[str, str]:
    """*env* without the variables whose names begin with one of *prefixes*."""
    return {name: value for name, value in env.items() if not name.startswith(tuple(prefixes))}


def _scrub(env: dict[str, str]) -> None:
    for name in [name for name in env if name in _OURS or name.startswith(_OURS_BEGIN)]:
        del env[name]
    for name in _LIBRARY_PATHS:
        original = env.pop(f"{name}_ORIG", None)
        env.pop(name, None)
        if original:
            env[name] = original
