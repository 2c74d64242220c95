"""What PostgreSQL and MySQL share: who logs in, the server's error, and the findings for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from installer.core.errors import Code
from installer.external.asking import Scene
from installer.state.external_report import Trial


class Refused(Exception):
    """The server's error. *code*: PostgreSQL's SQLSTATE or MySQL's number, as text; or a word of
    ``login_refused``."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Login:
    """Where and as whom."""

    host: str
    port: int
    user: str
    password: str
    database: str


def login_of(scene: Scene, entry: Any, port: int) -> Login:
    """The login that the variables of a service's *entry* name; *port*: the default one."""
    address, names = entry["address"], entry.get("login", {})
    return Login(
        scene.get(address["host"]),
        scene.port(address["port"], port),
        scene.get(names.get("user", "DB_USERNAME")),
        scene.get(names.get("password", "DB_PASSWORD")),
        scene.get(names.get("database", "DB_DATABASE")),
    )


def login_refused(trial: Trial, login: Login, reason: str, said: str) -> Exception:
    """The stop for a refused login; *reason* is a word of ``external.login_refused``."""
    if reason == "password" and not login.password:
        reason = "password_missing"
    return trial.stop("login", Code.EXTERNAL_LOGIN_REFUSED, user=login.user, reason=reason, said=said)


def no_database(trial: Trial, login: Login, said: str = "") -> Exception:
    """The stop for a database that is not there, or not for this user."""
    params = {"name": login.database, "user": login.user, "reason": "database"}
    return trial.stop("rights", Code.EXTERNAL_MISSING, **params, said=said)


def no_right(trial: Trial, login: Login, error: Refused, reason: str, *, extension: str = "") -> Exception:
    """The stop for a missing right; *reason* is a word of ``external.rights``."""
    params = {"user": login.user, "name": login.database, "reason": reason, "said": error.message}
    if extension:
        return trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, extension=extension)
    return trial.stop("rights", Code.EXTERNAL_RIGHTS, **params)
