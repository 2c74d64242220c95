"""Why an image did not come, from the Engine's words (``resources/pull.toml``)."""

from __future__ import annotations

import re
import time

from installer.core.errors import Code, InstallError
from installer.core.formatting import moment
from installer.core.resources import table
from installer.untrusted.values import whole

_HOST = re.compile(r"https?://([^/\s\"]+)|lookup ([^\s:]+)|dial tcp:? ([^\s]+?):\d+")
_PLATFORM = re.compile(r"(?:manifest for|platform) \(?([a-z]+/[\w/]+)")
_AFTER = re.compile(r"retry[- ]after:? ?(\d+)(?:\.\d+)? ?(s|seconds?|m|minutes?|h|hours?)?\b", re.I)
_UNITS = {"s": 1, "m": 60, "h": 3600}
#: The first one that is in the text is the reason that ``errors.toml`` has a sentence for.
_REASONS = (
    ("proxyconnect", "proxy"),
    ("connection refused", "refused"),
    ("no route to host", "route"),
    ("network is unreachable", "route"),
    ("i/o timeout", "timeout"),
    ("Client.Timeout", "timeout"),
    ("deadline exceeded", "timeout"),
    ("TLS handshake timeout", "timeout"),
    ("connection reset", "tls"),
    (": EOF", "tls"),
)


def pull_error(
    image: str, text: str, exit_code: int, *, detail: str, now: float | None = None
) -> InstallError:
    """The error for *image* whose last *text* from the Engine is this; *now* in seconds since the epoch.

    PULL_FAILED where nothing known is in it.
    """
    params = {
        "image": image,
        "exit_code": str(exit_code),
        "host": _host(image, text),
        "free": "",  # asked for afterwards (``pull_help``)
        "needed": "",
        "unused": "",
        "platform": m[1] if (m := _PLATFORM.search(text)) else "",
        "reason": next((reason for words, reason in _REASONS if words in text), "other"),
        "reset": _again(text, time.time() if now is None else now),
    }
    return InstallError(_code(text), params, detail=detail)


def _code(text: str) -> Code:
    """The first one whose words are in *text*: a refusal may stand beside a host that was asked in vain."""
    order = (
        *(Code.PULL_DISK_FULL, Code.PULL_NO_PLATFORM, Code.PULL_RATE_LIMITED, Code.PULL_REFUSED),
        *(Code.PULL_IMAGE_UNKNOWN, Code.PULL_NAME_UNKNOWN, Code.PULL_REGISTRY_CLOSED),
    )
    known = table("pull")["error"]
    found = (code for code in order if any(words in text for words in known[code.value]["texts"]))
    return next(found, Code.PULL_FAILED)


def _host(image: str, text: str) -> str:
    """The name that was asked, as the text tells it; else the image's own registry."""
    for match in _HOST.finditer(text):
        return next(group for group in match.groups() if group)
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first) else "docker.io"


def _again(text: str, now: float) -> str:
    """When a registry that counts says it may be asked again; empty if it does not."""
    m = _AFTER.search(text)
    if not m:
        return ""
    return moment(now + whole(m[1]) * _UNITS[(m[2] or "s")[0].lower()])
