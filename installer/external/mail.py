"""A mail server (SMTP, RFC 5321), as Dify's API uses it: greeting, encryption, login. No mail is sent."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from typing import Any

from installer.core.errors import Code
from installer.external.asking import Channel, Ended, Scene, connected
from installer.external.tls import Bad, context, reason
from installer.state.external_report import Stopped, Trial


class _Over(smtplib.SMTP):
    """smtplib on a connection that is there already."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        super().__init__(local_hostname="dify-installer")

    def begin(self, host: str) -> None:
        """Read the greeting."""
        self._host = host  # smtplib verifies the certificate for it
        self.sock: Any = self._channel.sock
        self.file = None
        code, said = self.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)


def try_mail(scene: Scene, trial: Trial) -> None:
    """Try it. Dify works without mail: whatever is wrong is only reported."""
    try:
        _try(scene, trial)
    except Stopped as stopped:
        found = stopped.finding
        word = found.params.get("reason", "") or "other"
        known = {
            Code.EXTERNAL_NAME_UNKNOWN: "name",
            Code.EXTERNAL_CLOSED: "closed",
            Code.EXTERNAL_TLS: "tls",
            Code.EXTERNAL_LOGIN_REFUSED: "login",
        }
        said = found.params.get("said", "") or word
        trial.warn(stopped.step, Code.EXTERNAL_MAIL, reason=known.get(found.code, "other"), said=said)


def _try(scene: Scene, trial: Trial) -> None:
    host, port = scene.get("SMTP_SERVER"), scene.port("SMTP_PORT", 465)
    encrypted, later = scene.on("SMTP_USE_TLS"), scene.on("SMTP_OPPORTUNISTIC_TLS")
    with connected(scene, trial, host, port) as channel, contextlib.closing(_Over(channel)) as session:
        try:
            if encrypted and not later:
                channel.encrypt(host, verify=True)
            session.begin(host)
            channel.heard = True
            trial.mark("reach")
            code, said = session.ehlo()
            if code < 0:
                raise smtplib.SMTPHeloError(code, said)
            if encrypted and later:
                session.starttls(context=context())
                session.ehlo()
            trial.mark("tls", "ok" if encrypted else "none")
            _log_in(session, scene, trial)
        except Bad as exc:
            raise trial.stop("tls", Code.EXTERNAL_TLS, reason=exc.reason, field="-", said=exc.said) from exc
        except ssl.SSLError as exc:
            raise trial.stop("tls", Code.EXTERNAL_TLS, reason=reason(exc), field="-", said=str(exc)) from exc
        except smtplib.SMTPNotSupportedError as exc:
            raise trial.stop(
                "tls", Code.EXTERNAL_TLS, reason="not_offered", field="-", said=str(exc)
            ) from exc
        except (smtplib.SMTPServerDisconnected, ConnectionError) as exc:
            raise Ended from exc
        except (smtplib.SMTPException, ValueError) as exc:  # ValueError: a challenge that is no base64
            raise trial.stop("reach", Code.EXTERNAL_OTHER_ANSWER, said=str(exc)[:200]) from exc


def _log_in(session: smtplib.SMTP, scene: Scene, trial: Trial) -> None:
    user, password = scene.get("SMTP_USERNAME"), scene.get("SMTP_PASSWORD")
    if not user:
        trial.mark("login", "none")
        return
    if not session.has_extn("auth"):
        params = {"user": user, "reason": "method", "said": "no AUTH"}
        raise trial.stop("login", Code.EXTERNAL_LOGIN_REFUSED, **params)
    try:
        session.login(user, password)
    except smtplib.SMTPAuthenticationError as exc:
        said = (
            exc.smtp_error.decode("utf-8", "replace") if isinstance(exc.smtp_error, bytes) else exc.smtp_error
        )
        raise trial.stop(
            "login", Code.EXTERNAL_LOGIN_REFUSED, user=user, reason="password", said=str(said)
        ) from exc
    trial.mark("login")
