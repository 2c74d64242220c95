"""The look from outside on demand: Dify's own answer where it runs, else one given for the purpose."""

from __future__ import annotations

import contextlib
import http.client
import ssl

from installer.answers import Answers
from installer.apply.steps.reach import reach_target, report, serving
from installer.core.cancel import CancelToken
from installer.core.events import Emit, ReachFound
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Command, Host, Stream
from installer.network.model import Reach
from installer.network.outside import SERVE_SECONDS, Seen, Target, failure, look
from installer.preflight.findings import port_holder
from installer.state.desired import missing_images
from installer.state.plan_input import Situation
from installer.untrusted.json import loads

#: For Docker to make and remove the container.
_EXTRA_SECONDS = 60.0
_ASK_SECONDS = 8.0


def look_now(host: Host, situation: Situation, emit: Emit, cancel: CancelToken) -> tuple[ReachFound, ...]:
    """Whether the web ports are open from outside, now. Emits one ``ReachFound`` a port, and returns them.

    Takes about 3 s, up to 15 where a port is closed. Not known (reason): ``local``, ``loopback``, ``docker``,
    ``image`` (there is none that could answer), ``port`` (another program has it), ``not_running``, ``gone``.
    Raises what losing the host raises, ``Cancelled``.
    """
    reason = why_not(situation)
    if reason:
        seen = _unknown(situation.answers, reason)
    elif serving(situation):
        seen = (ask_dify(host, situation.answers, cancel),)
    else:
        seen = _answered_there(host, situation, cancel)
    return report(host, seen, emit, cancel)


def why_not(situation: Situation) -> str:
    """Why it cannot be known yet, as a word; empty if it can be tried. Pure."""
    answers, facts = situation.answers, situation.facts
    if not answers.target.host_kind.seen_from_outside:
        return "local"
    if answers.site.inside_only:
        return "loopback"
    if serving(situation):
        return ""
    if not facts.docker.server:
        return "docker"
    target = reach_target(situation)
    if target is None or target.image in missing_images(situation):
        return "image" if target else "port"
    holders = (port_holder(facts, target.bind, port, answers.project) for port in target.ports)
    return "" if all(holder is None for holder in holders) else "port"


def _unknown(answers: Answers, reason: str) -> tuple[Seen, ...]:
    web = Web.of(answers)
    return (Seen(web.port, answers.base_url, Reach("unknown", reason)),)


def _answered_there(host: Host, situation: Situation, cancel: CancelToken) -> tuple[Seen, ...]:
    target = reach_target(situation)
    assert target is not None  # noqa: S101 - why_not said so
    seen: list[Seen] = []

    def on_line(stream: Stream, text: str) -> None:
        if stream == "stdout" and text.strip() == target.marker and not seen:
            seen.extend(look(host, target, cancel))

    seconds = SERVE_SECONDS + _EXTRA_SECONDS
    host.run(Command(target.argv), cancel=cancel, timeout=seconds, on_line=on_line)
    return tuple(seen) or _unanswered(target)


def _unanswered(target: Target) -> tuple[Seen, ...]:
    """The container did not start (no network for it, say)."""
    return tuple(Seen(port, target.url(port), Reach("unknown", "docker")) for port in target.ports)


def ask_dify(host: Host, answers: Answers, cancel: CancelToken, seconds: float = _ASK_SECONDS) -> Seen:
    """Whether this computer gets Dify's own answer within *seconds*. Where it does not: whether the server
    itself does."""
    web = Web.of(answers)
    reach = _ask(web, cancel, seconds)
    if not reach.open and not _is_dify(web.ask(host, SETUP_PATH).body):
        reach = Reach("unknown", "not_running", reach.detail)
    return Seen(web.port, answers.base_url, reach)


def _ask(web: Web, cancel: CancelToken, seconds: float) -> Reach:
    try:
        body = _get(web, cancel, seconds)
    except (OSError, http.client.HTTPException) as exc:
        cancel.check()
        return failure(exc)
    return (
        Reach("open", "")
        if _is_dify(body)
        else Reach("closed", "other", body[:200].decode("utf-8", "replace"))
    )


def _is_dify(body: bytes) -> bool:
    try:
        return isinstance(loads(body), dict) and "step" in loads(body)
    except ValueError:
        return False


def _get(web: Web, cancel: CancelToken, seconds: float) -> bytes:
    """The certificate is not verified: the question is whether the port is open; self-signed is fine."""
    connection: http.client.HTTPConnection
    if web.tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(web.name, web.port, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(web.name, web.port, timeout=seconds)
    with contextlib.closing(connection), cancel.on_cancel(connection.close):
        connection.request("GET", SETUP_PATH)
        return connection.getresponse().read(4096)
