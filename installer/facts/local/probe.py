"""The facts of this computer where it runs no POSIX scripts (macOS, Windows): the twin of the probe.

What programs and files say is put into the probe's own sections and read by its parsers; what Python or
psutil tell is taken as it is. What only a Linux machine has (kernel, packages, units, firewall) stays not
known: Docker Desktop and its likes bring a machine of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from installer.core.cancel import CancelToken
from installer.facts import owners
from installer.facts.local import docker, files
from installer.facts.local.machine import disk_of, listening, login_lines, system
from installer.facts.model import Facts
from installer.facts.parsers import answer
from installer.hosts.base import Host

#: As many things are asked at the same time; most of them wait for the Engine.
_AT_ONCE = 8


def gather_native(host: Host, directory: str, *, cancel: CancelToken | None = None) -> Facts:
    """Everything about this computer and what is in *directory*. *host* is the local one.

    Raises ``Cancelled``, and what ``Host.run`` raises. What cannot be asked is not known, as in the probe.
    """
    ask = docker.Asker(host, cancel)
    parts: Mapping[str, Callable[[], str]] = {
        "docker": ask.version,
        "info": ask.info,
        "containers": ask.containers,
        "images": ask.images,
        "volumes": ask.volumes,
        "networks": ask.networks,
        "compose": ask.compose,
        "daemon": partial(docker.client_file, host),
        "login": login_lines,
        **files.parts(host, directory),
    }
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="facts") as pool:
        coming = {name: pool.submit(part) for name, part in parts.items()}
        machine, folder_disk, listeners = (
            pool.submit(system),
            pool.submit(disk_of, directory),
            pool.submit(listening),
        )
        sections = {name: one.result() for name, one in coming.items()}
    if cancel is not None:
        cancel.check()
    there = answer.containers(sections["containers"])
    places = [c.working_dir for c in there if "langgenius/" in c.image]
    sections["dify"] = files.difys(directory, places)
    facts = answer.from_sections(sections, directory)
    if spelling := files.spelled(directory, places):
        facts = replace(facts, directory=replace(facts.directory, physical=spelling))
    disk = folder_disk.result()
    ours = (
        replace(e, owners=owners.local(str(Path(e.directory).parent))) if e.ours else e
        for e in facts.earlier.found
    )
    return replace(
        facts,
        owners=owners.local(directory),
        earlier=replace(facts.earlier, found=tuple(ours)),
        system=machine.result(),
        listeners=listeners.result(),
        machine=replace(facts.machine, folder_disk=disk),
        directory=replace(facts.directory, free=disk.free),
    )
