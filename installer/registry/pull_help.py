"""What a failed download's error lacks, asked of the target: when a registry gives images out again, and how
much room there is. Numbers only: nothing is changed."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.formatting import byte_size, moment
from installer.hosts.base import Command, Host
from installer.registry.fetch import heads
from installer.registry.manifests import Reference
from installer.registry.sizes import Sizes
from installer.state.plan_input import Situation
from installer.untrusted.values import whole

#: For all requests: a user waits for the reason.
_SECONDS = 8.0
#: A number above this is a point in time, not a number of seconds to wait.
_EPOCH = 1_000_000_000


def complete(
    error: InstallError, host: Host, situation: Situation, sizes: Sizes, cancel: CancelToken
) -> None:
    """Give *error*, if it is one of these, what can be found out. Raises ``Cancelled``."""
    more: Mapping[str, str] = {}
    with suppress(InstallError):
        if error.code is Code.PULL_RATE_LIMITED and not error.params.get("reset"):
            more = {"reset": _reset(error, host, situation, cancel)}
        elif error.code is Code.PULL_DISK_FULL:
            more = _room(host, situation, sizes, cancel)
    error.params = {**error.params, **more}


def _reset(error: InstallError, host: Host, situation: Situation, cancel: CancelToken) -> str:
    """By the headers with which the registry answers a HEAD for the manifest, which counts as no pull
    (docs.docker.com/docker-hub/usage/pulls)."""
    try:
        reference = Reference.parse(error.params.get("image", ""))
    except ValueError:
        return ""
    mirrors = [m for m in situation.facts.engine.mirrors if "@" not in m]
    found = heads(host, reference.urls(mirrors), _SECONDS, cancel)
    return again_at(found, time.time())


def again_at(head: str, now: float) -> str:
    """When to ask again, by an answer's *head*; *now* in seconds since the epoch. Empty: not said."""
    values = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in head.splitlines())
        if colon
    }
    for name in ("retry-after", "x-retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        value = values.get(name, "").partition(";")[0].strip()
        if re.fullmatch(r"\d{1,12}", value):
            at = int(value) if int(value) > _EPOCH else now + int(value)
        else:
            try:
                at = parsedate_to_datetime(value).timestamp()
            except (TypeError, ValueError, OverflowError):
                continue
        if at > now:
            return moment(at)
    return ""


def _room(host: Host, situation: Situation, sizes: Sizes, cancel: CancelToken) -> dict[str, str]:
    """What is free where Docker keeps images, what is still to come, and what unused images hold."""
    size, root = sizes.download(situation), situation.facts.docker.root
    found = {"free": "", "needed": byte_size(size) if size else "", "unused": ""}
    # the second question takes long where there is much: what is known by then stays
    if root and not host.kind.engine_in_vm:
        with suppress(InstallError):
            found["free"] = _free(host, root, cancel)
    with suppress(InstallError):
        found["unused"] = _unused(host, cancel)
    return found


def _free(host: Host, root: str, cancel: CancelToken) -> str:
    result = host.run(Command(("df", "-Pk", root)), cancel=cancel, timeout=_SECONDS)
    cells = result.text.splitlines()[-1].split() if result.exit_code == 0 and result.text else []
    kilobytes = whole(cells[-3], -1) if len(cells) >= 4 else -1
    return byte_size(kilobytes * 1024) if kilobytes >= 0 else ""


def _unused(host: Host, cancel: CancelToken) -> str:
    form = "{{.Type}}|{{.Reclaimable}}"
    result = host.run(Command(("docker", "system", "df", "--format", form)), cancel=cancel, timeout=_SECONDS)
    for line in result.text.splitlines():
        kind, _, held = line.partition("|")
        if kind == "Images" and not held.startswith("0"):
            return held.partition(" ")[0]
    return ""
