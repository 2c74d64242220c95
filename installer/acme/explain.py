"""What certbot's words mean when it fails. Pure.

Its last lines hold the authority's own sentence (RFC 8555, "detail" of a problem), and for a challenge also
its kind ("Type:"). ``apply.executor`` adds whose certificate it was and which record would be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.core.errors import Code, InstallError

_TYPE = re.compile(r"^[ \t]*Type:[ \t]*(\S+)", re.MULTILINE)
_DETAIL = re.compile(r"^[ \t]*Detail:[ \t]*(.+)", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:^|[\s\[(])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}(?<!:))"
)
_AFTER = re.compile(r"retry after (\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:Z| UTC)", re.IGNORECASE)
_STATUS = re.compile(r"(?:Invalid response from |Non-200 status code).*?\b([1-5]\d\d)\b(?!\.)", re.DOTALL)
_NOWHERE = re.compile(r"NXDOMAIN|no valid A|No valid IP|SERVFAIL|no such host|no IP addresses", re.IGNORECASE)
_DURATION = re.compile(r"[Tt]imeout|timed out|i/o timeout")

_OLD = re.compile(r"unrecognized arguments: .*--(ip-address|preferred-profile)")
_RATE = re.compile(
    r"rateLimited|rate[- ]limit|too many (certificates|failed|requests|new|currently|registrations)"
    r"|Service busy; retry later|\b429\b",
    re.IGNORECASE,
)
_BINDING = re.compile(r"external ?account|\bEAB\b|eab-(kid|hmac)", re.IGNORECASE)
_CAA = re.compile(r"\bCAA\b")
_REFUSED = re.compile(
    r"forbidden by policy|rejectedIdentifier|Cannot issue for|policy forbids"
    r"|does not end with a valid public",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"requests\.exceptions\.|ConnectionError|Max retries exceeded|timed out|CERTIFICATE_VERIFY_FAILED"
    r"|SSLError|JSONDecodeError|The service is down|serverInternal|\b50[0234]\b"
)
_WHY: Mapping[str, re.Pattern[str]] = {
    "name": re.compile("NameResolutionError|Failed to resolve"),
    "trust": re.compile("CERTIFICATE_VERIFY_FAILED|SSLError"),
    "refused": re.compile("Connection refused"),
    "timeout": re.compile("timed out|Timeout"),
}


#: Characters of a line that are looked at; an authority's sentence has some hundred.
_MOST = 4096


def explain(output: str) -> InstallError:
    """The error for certbot's *output*."""
    output = "\n".join(line[:_MOST] for line in output.splitlines())
    if kinds := _TYPE.findall(output):
        return _challenge(kinds[0], " ".join(_DETAIL.findall(output)[:1]), output)
    said = _said(output)
    if _OLD.search(output):
        return InstallError(Code.TLS_CERTBOT_OLD, {"address": ""}, detail=output)
    if _RATE.search(output):
        return _rate_limited(said, output)
    if _BINDING.search(said) or _BINDING.search(output):
        return InstallError(Code.TLS_EAB_WRONG, {"server": "", "said": said}, detail=output)
    if _CAA.search(said):
        return _caa(said, output)
    if _REFUSED.search(said):
        params = {"address": "", "server": "", "said": said}
        return InstallError(Code.TLS_NAME_REFUSED, params, detail=output)
    if _AWAY.search(output):
        reason = next((word for word, pattern in _WHY.items() if pattern.search(output)), "other")
        params = {"server": "", "said": said, "reason": reason}
        return InstallError(Code.TLS_SERVER_UNREACHABLE, params, detail=output)
    params = {"address": "", "server": "", "said": said}
    return InstallError(Code.TLS_ISSUE_FAILED, params, detail=output)


def _challenge(kind: str, detail: str, output: str) -> InstallError:
    """A challenge that failed: what the authority met when it came."""
    found = _ADDRESS.search(detail)
    met = found[1] if found else ""
    if kind == "caa" or _CAA.search(detail):
        return _caa(detail, output)
    if kind == "rateLimited":
        return _rate_limited(detail, output)
    if kind == "dns" and _NOWHERE.search(detail):
        record = {"record": "A", "name": "", "value": ""}
        return InstallError(Code.TLS_DNS_MISSING, record, detail=output)
    if kind == "connection":
        reason = "timeout" if _DURATION.search(detail) else "refused" if "refused" in detail else "other"
        params = {"address": "", "met": met, "reason": reason}
        return InstallError(Code.TLS_PORT_CLOSED, params, detail=output)
    if kind in ("unauthorized", "incorrectResponse"):
        status = _STATUS.search(detail)
        params = {"address": "", "met": met, "status": status[1] if status else ""}
        return InstallError(Code.TLS_CHALLENGE_OTHER, params, detail=output)
    return InstallError(Code.TLS_CHALLENGE_FAILED, {"address": "", "said": detail}, detail=output)


def _caa(said: str, output: str) -> InstallError:
    return InstallError(Code.TLS_CAA, {"address": "", "server": "", "said": said}, detail=output)


def _rate_limited(said: str, output: str) -> InstallError:
    after = _AFTER.search(output)
    until = f"{after[1]} {after[2]} UTC" if after else ""
    params = {"address": "", "server": "", "said": said, "until": until}
    return InstallError(Code.TLS_RATE_LIMITED, params, detail=output)


def _said(output: str) -> str:
    """The sentence after "An unexpected error occurred:", else the last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for number, line in enumerate(lines[:-1]):
        if line.startswith("An unexpected error occurred"):
            return lines[number + 1][:300]
    others = [line for line in lines if not line.startswith(("Ask for help", "Saving debug log"))]
    return others[-1][:300] if others else ""
