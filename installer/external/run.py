"""Tests every external service that a situation names."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from installer.answers.external_services import Chosen, chosen, fields
from installer.config.external import files_of
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.finding import Finding
from installer.external.asking import Scene
from installer.external.azure import try_azure
from installer.external.dialer import Dialer
from installer.external.mail import try_mail
from installer.external.mysql import try_mysql
from installer.external.postgresql import try_postgresql
from installer.external.redis import try_redis, try_sentinel
from installer.external.relay import dialer
from installer.external.s3 import try_s3
from installer.external.web import try_http, try_reach
from installer.hosts.base import Host
from installer.release.services import service as known_service
from installer.state.external_report import Stopped, Tested, Trial
from installer.state.plan_input import Situation

WAYS: Mapping[str, Callable[[Scene, Trial], None]] = {
    "postgresql": try_postgresql,
    "mysql": try_mysql,
    "redis": try_redis,
    "sentinel": try_sentinel,
    "s3": try_s3,
    "azure": try_azure,
    "http": try_http,
    "reach": try_reach,
    "smtp": try_mail,
}


def to_try(situation: Situation, only: str = "") -> tuple[Chosen, ...]:
    """What there is to try, in the order of the answers file; *only*: of this section."""
    mail = situation.answers.mail.kind
    services = (*chosen(situation.answers), *([Chosen("mail", mail)] if mail else []))
    return tuple(service for service in services if only in ("", service.section))


def try_all(
    host: Host,
    situation: Situation,
    cancel: CancelToken | None = None,
    on_tested: Callable[[Tested], None] | None = None,
    only: str = "",
) -> tuple[Tested, ...]:
    """Try them one after the other, or *only* that of a section. Changes nothing that stays. *on_tested* gets
    each as soon as it is known.

    Takes some seconds, up to half a minute for one that does not answer, a minute for one that answers
    without an end. Raises what losing the host raises, ``Cancelled``.
    """
    services = to_try(situation, only)
    if not services:
        return ()
    found: list[Tested] = []
    with dialer(host, situation) as (line, why_not):
        for service in services:
            if cancel is not None:
                cancel.check()
            tested = try_one(service, situation, line, why_not)
            found.append(tested)
            if on_tested is not None:
                on_tested(tested)
    return tuple(found)


def try_one(service: Chosen, situation: Situation, line: Dialer, why_not: InstallError | None) -> Tested:
    """Try *service*. *why_not*: why *line* does not begin in a container."""
    began, trial = time.monotonic(), Trial(service)
    scene = _scene(service, situation, line)
    try:
        WAYS[service.entry["check"]](scene, trial)
    except Stopped as stopped:
        trial.ended(stopped)
    except InstallError as error:
        if error.code in _LOST:
            raise
        reason = error.params.get("reason", "") if error.code is Code.EXTERNAL_UNTESTED else ""
        if not reason and why_not is not None:
            reason = why_not.params.get("reason", "")
        _untested(trial, reason or "tool", error.detail or error.code.value)
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001  (an answer that nothing foresaw must end this trial only)
        _untested(trial, "other", f"{type(error).__name__}: {error}")
    return trial.result(line.place, time.monotonic() - began)


def _untested(trial: Trial, reason: str, detail: str) -> None:
    params = trial.params(reason=reason, said=detail)
    trial.findings.append(Finding(Code.EXTERNAL_UNTESTED, params, detail=params["said"]))


#: After these nothing more can be asked.
_LOST = frozenset({Code.SSH_CONNECTION_LOST, Code.SSH_UNREACHABLE, Code.HOST_TIMEOUT})


def _scene(service: Chosen, situation: Situation, line: Dialer) -> Scene:
    model = situation.model
    section = getattr(situation.answers, service.section)
    settings = getattr(section, "settings", {})
    files = {name: str(Path(settings[name]).expanduser()) for name in files_of(service, settings)}
    return Scene(
        dialer=line,
        values={**_defaults(service, situation), **situation.configuration.env},
        files=files,
        plugins=any(
            known_service(name).get("role") == "plugins" for name in situation.configuration.services
        ),
        knows=model.knows,
        version=model.version,
    )


def _defaults(service: Chosen, situation: Situation) -> dict[str, str]:
    """What holds where ``.env`` says nothing: variables that only a template under envs/ has."""
    return {field.name: field.default for field in fields(situation.model, service.section, service.kind)}
