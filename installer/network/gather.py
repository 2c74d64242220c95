"""Ask a server what its network lets through: one request, beside everything else."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text, table
from installer.hosts.base import Command, Host
from installer.network.model import NetworkFacts
from installer.network.parse import network_facts

#: For each question; they are all asked at the same time.
ASK_SECONDS = 10
MACHINE_SECONDS = 3
#: A name that does not resolve and a hung Engine come before and after.
WHOLE_SECONDS = 60.0


def gather_network(
    host: Host, answers: Answers, cancel: CancelToken | None = None, *, version: str = ""
) -> NetworkFacts:
    """What *host* reaches, over IPv4 and IPv6, and whose machine it is. Changes nothing there.

    *version*: a release; a registry mirror is then asked for one of its images. Takes up to about 15 s where
    nothing answers. Raises ``InstallError(HOST_PROBE_FAILED)`` if the answer is cut off, and what
    ``Host.run`` raises.
    """
    address = answers.target.host if answers.target.host_kind.remote else ""
    return _ask(host, cancel, ASK_SECONDS, address, endpoints(answers, version))


def gather_machine(host: Host, cancel: CancelToken | None = None, *, address: str = "") -> NetworkFacts:
    """Only whose machine it is; *address* is where people reach it. Raises as ``gather_network``."""
    return _ask(host, cancel, MACHINE_SECONDS, address, ["only machine -"])


def _ask(
    host: Host, cancel: CancelToken | None, seconds: int, address: str, asked: list[str]
) -> NetworkFacts:
    mark = f"==={secrets.token_hex(8)}"
    command = Command.script(read_text("scripts/network.sh"), mark, str(seconds), address, *asked)
    result = host.run(command, cancel=cancel, timeout=WHOLE_SECONDS)
    facts = network_facts(result.text, mark)
    if facts is None:
        raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail=result.errors.strip())
    return facts


def endpoints(answers: Answers, version: str = "") -> list[str]:
    """``id kind url`` of everything that is asked."""
    found = [f"{name} {e['kind']} {e['url']}" for name, e in table("network")["endpoint"].items()]
    if not answers.release.is_archive:
        found += [f"release env {url}" for url in release_urls(answers.release.source)[:1]]
        found += [f"release_archive env {url}" for url in release_urls(answers.release.source)[1:]]
    if version:
        found.append(f"image daemon /v2/langgenius/dify-api/manifests/{version}")
    return found


def release_urls(source: str) -> list[str]:
    """Where a release comes from: *source*, and for GitHub the host that its archives are redirected to."""
    parts = urlsplit(source)
    found = [f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"]
    return [*found, "https://codeload.github.com/"] if parts.hostname == "github.com" else found
