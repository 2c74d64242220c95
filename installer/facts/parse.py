"""Pure parsers of the probe's answer (``resources/scripts/probe.sh``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from installer.facts.model import (
    ContainerFacts,
    DirectoryFacts,
    DockerFacts,
    Facts,
    Listener,
    PublishedPort,
    Record,
    System,
)
from installer.secrets import Secret

_LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
_PUBLISHED = re.compile(
    r"^(?P<address>\[[^\]]*\]|[^:]*|::):(?P<first>\d+)(?:-(?P<last>\d+))?"
    r"->(?P<inner>\d+)(?:-\d+)?/tcp$"
)


def sections(text: str, mark: str) -> dict[str, str]:
    """Split the answer at its marker lines; a truncated answer has no ``end`` section."""
    found: dict[str, str] = {}
    parts = re.split(rf"^{re.escape(mark)} (\w+)\n", text, flags=re.MULTILINE)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = body.removesuffix("\n")
    return found


def pairs(body: str) -> dict[str, str]:
    """``key=value`` lines; the first of a repeated key counts."""
    found: dict[str, str] = {}
    for line in body.splitlines():
        key, sign, value = line.partition("=")
        if sign:
            found.setdefault(key.strip(), value.strip().strip('"'))
    return found


def _number(values: Mapping[str, str], key: str, default: int = 0) -> int:
    text = values.get(key, "")
    return int(text) if text.isdigit() else default


def system(body: str) -> System:
    """The ``system`` section."""
    v = pairs(body)
    return System(
        user=v.get("user", ""),
        uid=_number(v, "uid", -1),
        os_id=v.get("os_ID", ""),
        os_version=v.get("os_VERSION_ID", ""),
        os_name=v.get("os_PRETTY_NAME", ""),
        kernel=v.get("kernel", ""),
        arch=v.get("arch", ""),
        hostname=v.get("hostname", ""),
        cpus=_number(v, "cpus"),
        memory=_number(v, "MemTotal") * 1024,
        memory_available=_number(v, "MemAvailable") * 1024,
        swap=_number(v, "SwapTotal") * 1024,
    )


def docker(body: str) -> DockerFacts:
    """The ``docker`` section."""
    v = pairs(body)
    return DockerFacts(
        path=v.get("path", ""),
        client=v.get("client", ""),
        server=v.get("server", ""),
        root=v.get("root", ""),
        os_type=v.get("os_type", ""),
        error=v.get("error", ""),
        compose=v.get("compose", "").removeprefix("v"),
        compose_standalone=v.get("compose_standalone", "").removeprefix("v"),
    )


def _ss(fields: list[str]) -> Listener | None:
    # State Recv-Q Send-Q Local:Port Peer:Port [users:(("nginx",pid=7,fd=6))]
    if len(fields) < 5:
        return None
    address, _, port = fields[3].rpartition(":")
    owner = re.search(r'\(\("([^"]+)",pid=(\d+)', " ".join(fields[5:]))
    if not port.isdigit():
        return None
    return Listener(
        address=address.strip("[]").split("%")[0],
        port=int(port),
        process=owner.group(1) if owner else "",
        pid=int(owner.group(2)) if owner else 0,
    )


def _proc(fields: list[str]) -> Listener | None:
    # sl local_address rem_address st …; addresses are hexadecimal, in host byte order
    if len(fields) < 4 or fields[3] != _LISTENING:
        return None
    raw, _, port = fields[1].partition(":")
    loopback = raw in ("0100007F", "00000000000000000000000001000000")
    everywhere = set(raw) == {"0"}
    v6 = len(raw) > 8
    if loopback:
        raw = "::1" if v6 else "127.0.0.1"
    elif everywhere:
        raw = "::" if v6 else "0.0.0.0"  # noqa: S104
    return Listener(address=raw, port=int(port, 16))


def listeners(body: str) -> tuple[Listener, ...]:
    """The ``listeners`` section: lines of ``ss`` or of ``/proc/net/tcp``."""
    found: list[Listener] = []
    for line in body.splitlines():
        kind, *fields = line.split()
        entry = _ss(fields) if kind == "ss" else _proc(fields)
        if entry and entry not in found:
            found.append(entry)
    return tuple(found)


def directory(body: str) -> DirectoryFacts:
    """The ``directory`` section."""
    v = pairs(body)
    lines = body.splitlines()

    def kilobytes(key: str) -> int:
        return _number(v, key, -1) * 1024 if v.get(key, "").isdigit() else -1

    return DirectoryFacts(
        exists=v.get("exists") == "yes",
        is_file=v.get("exists") == "file",
        writable=v.get("writable") == "yes",
        free=kilobytes("free_kb"),
        docker_free=kilobytes("docker_free_kb"),
        physical=v.get("physical", ""),
        entries=tuple(x.removeprefix("entry=") for x in lines if x.startswith("entry=")),
        docker_entries=tuple(x.removeprefix("docker_entry=") for x in lines if x.startswith("docker_entry=")),
    )


def published(text: str) -> tuple[PublishedPort, ...]:
    """``docker ps``'s Ports column: ``0.0.0.0:80->80/tcp, [::]:80->80/tcp, 5003/tcp``."""
    found: list[PublishedPort] = []
    for part in text.split(", "):
        m = _PUBLISHED.match(part.strip())
        if not m:
            continue
        first = int(m["first"])
        for n in range(first, int(m["last"] or first) + 1):
            port = PublishedPort(m["address"].strip("[]"), n, int(m["inner"]) + n - first)
            found.append(port)
    return tuple(found)


def containers(body: str) -> Iterable[ContainerFacts]:
    """The ``containers`` section: one tab-separated line a container."""
    for line in body.splitlines():
        fields = line.split("\t")
        if len(fields) >= 10 and fields[9] != "True":  # left over from `docker compose run`
            names = ("id", "name", "state", "image", "project", "service", "working_dir", "status")
            texts = dict(zip(names, fields[:8], strict=True))
            yield ContainerFacts(**texts, ports=published(fields[8]))


def checksums(body: str) -> dict[str, str]:
    """``sha256sum`` lines → path: checksum, paths without the leading ``./``."""
    found: dict[str, str] = {}
    for line in body.splitlines():
        if len(line) > 66:
            found[line[66:].removeprefix("./")] = line[:64]
    return found


def facts(text: str, mark: str) -> Facts | None:
    """The whole answer; None if it is not complete."""
    s = sections(text, mark)
    if "end" not in s:
        return None
    env = s.get("env", "")
    return Facts(
        system=system(s.get("system", "")),
        docker=docker(s.get("docker", "")),
        listeners=listeners(s.get("listeners", "")),
        directory=directory(s.get("directory", "")),
        record=Record.parse(s.get("record", "")),
        lock=s.get("lock", ""),
        env=Secret(env) if env.strip() else None,
        files=checksums(s.get("files", "")),
        containers=tuple(containers(s.get("containers", ""))),
        images=frozenset(s.get("images", "").split()),
        jobs=pairs(s.get("jobs", "")),
    )
