"""Pure parsers of the probe's answer (``resources/scripts/probe``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from installer.core.paths import pure_path
from installer.core.secrets import Secret
from installer.facts import owners
from installer.facts.certificates import certificates as parse_certificates
from installer.facts.lines import MOST_LINES, bounded, lists, number, pairs, sections
from installer.facts.model import (
    ContainerFacts,
    DirectoryFacts,
    DockerFacts,
    Facts,
    Machine,
    PublishedPort,
    Record,
    System,
)
from installer.facts.parsers import dify, firewall, network, webservers
from installer.facts.parsers import docker as parse_docker
from installer.facts.parsers import login as parse_login
from installer.facts.parsers import machine as parse_machine
from installer.facts.parsers import packages as parse_packages
from installer.untrusted.values import port

#: The last line of the ``volumes`` section where Docker answered.
VOLUMES_END = "complete=yes"
#: Ports that all containers together publish at most: each one of a machine once, over IPv4 and IPv6.
MOST_PORTS = 2 << 16
#: Sections that are whole files of ours, and JSON: characters at most; the probe fails where one is longer.
_WHOLE = ("record", "lock", "pins", "override", "env", "self_signed", "info")
_MOST_WHOLE = 1 << 20
_NONE = "<none>"
_PUBLISHED = re.compile(
    r"^(?P<address>\[[^\]]*\]|[^:]*|::):(?P<first>\d+)(?:-(?P<last>\d+))?"
    r"->(?P<inner>\d+)(?:-\d+)?/tcp$"
)


def system(body: str) -> System:
    """The ``system`` section."""
    v = pairs(body)
    return System(
        user=v.get("user", ""),
        uid=number(v, "uid", -1),
        os_id=v.get("os_ID", ""),
        os_like=tuple(v.get("os_ID_LIKE", "").split()),
        os_version=v.get("os_VERSION_ID", ""),
        os_codename=v.get("os_VERSION_CODENAME", ""),
        os_name=v.get("os_PRETTY_NAME", ""),
        kernel=v.get("kernel", ""),
        arch=v.get("arch", ""),
        hostname=v.get("hostname", ""),
        cpus=number(v, "cpus"),
        memory=number(v, "MemTotal") * 1024,
        memory_available=number(v, "MemAvailable") * 1024,
        swap=number(v, "SwapTotal") * 1024,
    )


def docker(body: str, info: str = "", compose: str = "") -> DockerFacts:
    """The ``docker`` section; *info*, *compose*: those sections, where Compose's version may be."""
    v, known, extra = pairs(body), parse_docker.info_of(info), pairs(compose)
    plugin = parse_docker.compose_version(known) or extra.get("compose", "") or v.get("compose", "")
    standalone = extra.get("compose_standalone", "") or v.get("compose_standalone", "")
    return DockerFacts(
        path=v.get("path", ""),
        client=v.get("client", ""),
        server=v.get("server", ""),
        root=v.get("root", "") or str(known.get("DockerRootDir") or ""),
        os_type=v.get("os_type", ""),
        error=v.get("error", ""),
        compose=plugin.removeprefix("v"),
        compose_standalone=standalone.removeprefix("v"),
    )


def directory(body: str, disks: Machine | None = None) -> DirectoryFacts:
    """The ``directory`` section. *disks*: where the free space is."""
    v, many = pairs(body), lists(body)
    return DirectoryFacts(
        exists=v.get("exists") == "yes",
        is_file=v.get("exists") == "file",
        writable=v.get("writable") == "yes",
        free=disks.folder_disk.free if disks else -1,
        docker_free=disks.docker_disk.free if disks else -1,
        physical=v.get("physical", ""),
        entries=tuple(many.get("entry", ())),
        docker_entries=tuple(many.get("docker_entry", ())),
    )


def published(text: str, most: int = MOST_PORTS) -> tuple[PublishedPort, ...]:
    """``docker ps``'s Ports column: ``0.0.0.0:80->80/tcp, [::]:80->80/tcp, 5003/tcp``; the first *most*."""
    return tuple(islice(_published(text), most))


def _published(text: str) -> Iterator[PublishedPort]:
    for part in text.split(", "):
        m = _PUBLISHED.match(part.strip())
        if not m:
            continue
        first, inner = port(m["first"]), port(m["inner"])
        last = port(m["last"]) if m["last"] else first
        if first and inner:
            address = m["address"].strip("[]")
            for number in range(first, last + 1):
                yield PublishedPort(address, number, inner + number - first)


def containers(body: str) -> Iterable[ContainerFacts]:
    """The ``containers`` section: one tab-separated line a container."""
    left = MOST_PORTS
    for line in body.split("\n"):
        fields = line.split("\t")
        if len(fields) >= 10 and fields[9] != "True":  # left over from `docker compose run`
            ident, name, state, image, project, service, folder, status, ports, _, *more = fields
            published_ports = published(ports, left)
            left -= len(published_ports)
            yield ContainerFacts(
                id=ident,
                name=name,
                state=state,
                image=image,
                project=project,
                service=service,
                working_dir=folder,
                status=status,
                ports=published_ports,
                config_files=tuple(more[0].split(",")) if more and more[0] else (),
            )


def images(body: str) -> Iterable[str]:
    """The ``images`` section: ``REPOSITORY:TAG@DIGEST`` a line, ``<none>`` for what an image has not."""
    for line in body.split(None, MOST_LINES)[:MOST_LINES]:
        name, _, digest = line.partition("@")
        repository, _, tag = name.rpartition(":")
        has_tag, has_digest = tag not in ("", _NONE), digest not in ("", _NONE)
        if not repository or repository == _NONE:
            continue
        if has_tag:
            yield name
        if has_digest:
            yield f"{repository}@{digest}"
        if has_tag and has_digest:
            yield line


def checksums(body: str) -> dict[str, str]:
    """``sha256sum`` lines → path: checksum, paths without the leading ``./``."""
    found: dict[str, str] = {}
    for line in body.split("\n"):
        if len(line) > 66:
            found[line[66:].removeprefix("./")] = line[:64]
    return found


def _volumes(s: Mapping[str, str]) -> frozenset[str] | None:
    """All of them, if the ``volumes`` section says that it is complete."""
    lines = s.get("volumes", "").split("\n")
    if VOLUMES_END not in lines:
        return None
    return frozenset(line.split("\t")[0] for line in lines if line and line != VOLUMES_END)


def facts(text: str, mark: str, directory_asked: str = "") -> Facts | None:
    """The whole answer; None if it is not complete or a file in it is too long. *directory_asked*: the
    folder that the probe was given."""
    s = sections(text, mark)
    if "end" not in s or any(len(s.get(name, "")) > _MOST_WHOLE for name in _WHOLE):
        return None
    return from_sections(s, directory_asked)


def from_sections(s: Mapping[str, str], directory_asked: str = "") -> Facts:
    """Facts from an answer's sections by name, within limits (``lines``); missing ones say nothing."""
    s = {name: body if name in _WHOLE else bounded(body) for name, body in s.items()}
    env, pair = s.get("env", ""), s.get("self_signed", "")
    running = parse_packages.processes(s.get("processes", ""))
    machine = parse_machine.machine(s, frozenset(p.name for p in running))
    packages = parse_packages.packages(s.get("packages", ""), running)
    services = parse_packages.services(s.get("units", ""), s.get("journal", ""))
    folder = directory(s.get("directory", ""), machine)
    there = tuple(containers(s.get("containers", "")))
    active = {name: services.active(name) for name in services.units}
    machine_system = system(s.get("system", ""))
    login = parse_login.login(s.get("login", ""))
    asked = str(pure_path(directory_asked) / "docker") if directory_asked else ""
    return Facts(
        system=machine_system,
        docker=docker(s.get("docker", ""), s.get("info", ""), s.get("compose", "")),
        listeners=network.listeners(s.get("listeners", "")),
        directory=folder,
        record=Record.parse(s.get("record", "")),
        lock=s.get("lock", ""),
        env=Secret(env) if env.strip() else None,
        self_signed=Secret(pair) if pair.strip() else None,
        files=checksums(s.get("files", "")),
        containers=there,
        images=frozenset(images(s.get("images", ""))),
        pins=s.get("pins", ""),
        override=s.get("override", ""),
        jobs=pairs(s.get("jobs", "")),
        volumes=_volumes(s),
        machine=machine,
        packages=packages,
        services=services,
        engine=parse_docker.engine(s, packages),
        socket=parse_docker.socket(s.get("daemon", ""), login, machine_system.uid),
        daemon=parse_docker.daemon(s.get("daemon", "")),
        networks=network.networks(s.get("networks", ""), s.get("network", "")),
        firewall=firewall.firewall(s.get("firewall", ""), active),
        webservers=webservers.webservers(s.get("webservers", ""), running),
        access=network.access(s.get("access", "")),
        login=login,
        earlier=dify.earlier(s, there, asked, folder.physical),
        owners=owners.parse(s.get("owners", "")),
        certificates=parse_certificates(s.get("certificates", "")),
    )
