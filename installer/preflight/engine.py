"""Docker and Compose: there, answering, ours to use, new enough."""

from __future__ import annotations

from collections.abc import Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, Way, finding
from installer.core.thresholds import threshold
from installer.docker.journal import journal_reason
from installer.docker.versions import older
from installer.facts.desktop import DesktopState
from installer.facts.model import EngineKind, Facts
from installer.facts.packages import DOCKER_UNITS
from installer.preflight.machine import answers_now
from installer.release.features import NeededCompose
from installer.untrusted.values import whole

_ELSEWHERE = frozenset(
    {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_API_VERSION", "DOCKER_DEFAULT_PLATFORM", "DOCKER_TLS_VERIFY"}
)
#: Where a snap's confinement lets Docker look; where that is not certain it does not stop.
_SEEN_BY_SNAP = ("/home/", "/root/", "/var/snap/", "/media/", "/mnt/")


def judge_docker(facts: Facts) -> Iterator[Finding]:
    """Is there a Docker Engine that we may use, with Compose? At most one finding: the first cause."""
    found = _absent(facts) or _silent(facts) or _unusable(facts) or _without_compose(facts)
    if found is not None:
        yield found


def _absent(facts: Facts) -> Finding | None:
    if facts.engine.kind is EngineKind.PODMAN:
        return finding(Code.DOCKER_PODMAN)
    if not facts.docker.path:
        return finding(Code.DOCKER_MISSING)
    return None


def _silent(facts: Facts) -> Finding | None:
    """The Engine does not answer, or not to us."""
    error = facts.docker.error.lower()
    if answers_now(facts):
        return None
    if "client version" in error and "too old" in error:
        return finding(Code.DOCKER_CLIENT_OLD, {"client": facts.docker.client}, detail=facts.docker.error)
    if "permission denied" in error:
        return _no_rights(facts)
    if facts.daemon.problem:
        return finding(Code.DAEMON_BROKEN, {"path": facts.daemon.path}, detail=_daemon_detail(facts))
    if facts.desktop is not None and facts.desktop.state is DesktopState.STOPPED:
        return finding(Code.DESKTOP_NOT_STARTED, detail=facts.docker.error)
    detail = "\n".join((facts.docker.error, *facts.services.journal)).strip()
    if masked := facts.services.masked(*DOCKER_UNITS):
        return finding(Code.DOCKER_MASKED, {"units": ", ".join(masked)}, detail=detail)
    line = journal_reason(facts.services.journal)
    params = {"user": facts.system.user, "reason": "log" if line else "", "line": line}
    return finding(Code.DOCKER_NOT_RUNNING, params, detail=detail)


def _no_rights(facts: Facts) -> Finding:
    """Not in the group, or in the group but logged in before: then logging in again is all it takes."""
    login = facts.login
    params = {"user": login.user or facts.system.user}
    if login.docker_listed and login.docker_in_session is False:
        return finding(Code.DOCKER_SESSION, params, detail=facts.docker.error, ways=(Way("session.renew"),))
    return finding(Code.DOCKER_NO_RIGHTS, params, detail=facts.docker.error)


def _unusable(facts: Facts) -> Finding | None:
    """It answers, but cannot run Dify."""
    if facts.docker.os_type == "windows" or (facts.desktop and facts.desktop.os_type == "windows"):
        return finding(Code.DOCKER_WINDOWS)
    least = str(threshold("engine", "least"))
    if older(facts.docker.server, least):
        return finding(Code.DOCKER_TOO_OLD, {"have": facts.docker.server, "need": least})
    return None


def _without_compose(facts: Facts) -> Finding | None:
    if facts.docker.compose:
        return None
    alone = facts.engine.compose_v1 or facts.docker.compose_standalone
    if alone.startswith("1."):
        return finding(Code.COMPOSE_ONE, {"standalone": alone})
    return finding(Code.COMPOSE_MISSING, {"standalone": alone})


def judge_compose(facts: Facts, needed: NeededCompose) -> Iterator[Finding]:
    """Is Compose new enough for the release and for our override file?"""
    if older(facts.docker.compose, needed.version):
        params = {"have": facts.docker.compose, "need": needed.version, "why": ", ".join(needed.why)}
        yield finding(Code.COMPOSE_TOO_OLD, params)


# ------------------------------------------------------------------------- how it is set up


def judge_setup(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """What is odd about an Engine that answers."""
    if not answers_now(facts):
        return
    wanted = str(threshold("engine", "wanted"))
    if older(facts.docker.server, wanted) and not older(
        facts.docker.server, str(threshold("engine", "least"))
    ):
        yield finding(Code.DOCKER_OLD, {"have": facts.docker.server, "need": wanted})
    yield from _judge_snap(answers, facts)
    yield from _judge_settings(answers, facts)
    if masked := facts.services.masked(*DOCKER_UNITS):
        yield finding(Code.DOCKER_MASKED_LATER, {"units": ", ".join(masked)})
    elif _starts_by_hand(facts):
        yield finding(Code.DOCKER_NOT_ENABLED)
    if facts.daemon.problem:
        yield finding(Code.DAEMON_BROKEN_LATER, {"path": facts.daemon.path}, detail=_daemon_detail(facts))


def _daemon_detail(facts: Facts) -> str:
    return f"{facts.daemon.path}: {facts.daemon.problem}"


def _judge_settings(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Settings that are well-formed and in the way."""
    if facts.daemon.data.get("iptables") is False:
        yield finding(Code.DAEMON_IPTABLES, {"path": facts.daemon.path})
    if facts.engine.creds_store and not answers.target.host_kind.personal:
        yield finding(Code.DOCKER_CREDENTIALS, {"helper": facts.engine.creds_store})


def _judge_snap(answers: Answers, facts: Facts) -> Iterator[Finding]:
    if facts.engine.kind is not EngineKind.SNAP:
        return
    path, installed = answers.directory, facts.record is not None and facts.record.installed
    hidden = any(part.startswith(".") for part in path.split("/"))
    if not installed and (hidden or not path.startswith(_SEEN_BY_SNAP)):
        home = facts.login.home if facts.login.home.startswith("/home/") else "/home/dify"
        yield finding(Code.DOCKER_SNAP_FOLDER, {"directory": path, "home": f"{home}/dify"})
    else:
        yield finding(Code.DOCKER_SNAP)


def _starts_by_hand(facts: Facts) -> bool:
    """The service runs, and neither it nor its socket is enabled."""
    units = facts.services.units
    service, socket = units.get("docker.service"), units.get("docker.socket")
    if service is None or service.active != "active" or service.enabled != "disabled":
        return False
    return socket is None or socket.enabled in ("", "disabled")


def judge_rootless(facts: Facts, ports: tuple[int, ...]) -> Iterator[Finding]:
    """Ports that belong to the administrator."""
    start = facts.machine.kernel.setting("net.ipv4.ip_unprivileged_port_start")
    first = whole(start, 1024)
    low = sorted({port for port in ports if port < first})
    if facts.engine.rootless and low and answers_now(facts):
        yield finding(Code.DOCKER_ROOTLESS, {"ports": ", ".join(map(str, low))})


def judge_profile(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Variables that lead a person's own commands elsewhere. On the local computer they are meant."""
    names = sorted(n for n in facts.login.variables if n in _ELSEWHERE or n.startswith("COMPOSE_"))
    if names and not answers.target.host_kind.personal:
        yield finding(Code.PROFILE_VARIABLES, {"names": ", ".join(names)})
