"""States of Settings with services of one's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from installer.answers import Answers, Secrets, Stores
from installer.answers.optional import Database, Mail, Redis, Storage
from installer.core.errors import Code, InstallError
from installer.core.finding import Finding
from installer.core.secrets import Secret
from installer.state.external_report import Mark, Tested
from installer.views.wizard import Trial, WizardState
from tests.ui.states.checks import ANSWERS
from tests.ui.states.settings import NEWEST, state

WELL: Mapping[str, Mark] = {"reach": "ok", "tls": "none", "login": "ok", "version": "ok", "rights": "ok"}
REFUSED: Mapping[str, Mark] = {"reach": "ok", "tls": "none", "login": "stop"}


def settings(**values: str) -> Mapping[str, str]:
    """As the answers hold them."""
    return MappingProxyType(values)


POSTGRESQL = Database(
    "postgresql",
    external=True,
    settings=settings(DB_HOST="db.example.jp", DB_USERNAME="dify", DB_DATABASE="dify"),
)
REDIS = Redis(external=True, settings=settings(REDIS_HOST="redis.example.jp"))
S3 = Storage(
    "s3", settings(S3_ENDPOINT="https://s3.example.jp", S3_REGION="us-east-1", S3_BUCKET_NAME="dify")
)
QDRANT = Stores("qdrant", external=True, settings=settings(QDRANT_URL="https://qdrant.example.jp:6333"))
PASSWORDS = Secrets(
    external=MappingProxyType(
        {
            "database": MappingProxyType({"DB_PASSWORD": Secret("open-sesame")}),
            "storage": MappingProxyType(
                {"S3_ACCESS_KEY": Secret("AKIA0"), "S3_SECRET_KEY": Secret("open sesame")}
            ),
        }
    )
)


def works(section: str = "database", **changes: object) -> Tested:
    """A PostgreSQL that is as it should be."""
    known = {"database": ("postgresql", "PostgreSQL", "db.example.jp:5432", "17.2")}
    known["mail"] = ("smtp", "SMTP", "smtp.example.jp:465", "")
    kind, service, address, version = known[section]
    made = Tested(section, kind, service, address, "docker", WELL, version)
    return replace(made, **changes)  # type: ignore[arg-type]


def refused() -> Tested:
    """It says no to the password."""
    params = {"service": "PostgreSQL", "section": "database", "address": "db.example.jp:5432"}
    said = 'password authentication failed for user "dify"'
    params |= {"user": "dify", "reason": "password", "said": said}
    problem = Finding(Code.EXTERNAL_LOGIN_REFUSED, params, detail=params["said"])
    return works(marks=REFUSED, version="", findings=(problem,))


def unproved() -> Tested:
    """A Redis of which nobody knows who it is."""
    params = {"service": "Redis", "section": "redis", "address": "redis.example.jp:6379"}
    problem = Finding(Code.EXTERNAL_UNPROVED, {**params, "reason": "unknown_issuer"})
    marks: Mapping[str, Mark] = {**WELL, "tls": "warning"}
    return Tested("redis", "single", "Redis", params["address"], "docker", marks, "7.4.1", (problem,))


def one(answers: Answers, trial: Trial | None = None, secrets: Secrets = PASSWORDS) -> WizardState:
    """The newest real release, if there is one, with *answers*."""
    made = state(answers, version=NEWEST, judged=False, secrets=secrets)
    return replace(made, trial=trial or Trial())


def database(trial: Trial | None = None) -> WizardState:
    """PostgreSQL somewhere else."""
    return one(replace(ANSWERS, database=POSTGRESQL), trial)


def everything() -> WizardState:
    """All of them elsewhere."""
    mail = Mail("resend", "dify@example.jp")
    return one(replace(ANSWERS, database=POSTGRESQL, redis=REDIS, storage=S3, stores=QDRANT, mail=mail))


STATES: Mapping[str, Callable[[], WizardState]] = {
    "services": everything,
    "service_empty": lambda: one(replace(ANSWERS, database=Database(external=True)), secrets=Secrets()),
    "service_trying": lambda: database(Trial(going="database", since=time.time() - 8)),
    "service_well": lambda: database(Trial({"database": works()})),
    "service_refused": lambda: database(Trial({"database": refused()})),
    "service_lost": lambda: database(
        Trial(errors={"database": InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5"})})
    ),
    "service_store": lambda: one(replace(ANSWERS, stores=QDRANT), secrets=Secrets()),
    "service_sentinel": lambda: one(replace(ANSWERS, redis=Redis(external=True, mode="sentinel"))),
}

#: What each is about: the answer whose control is to be seen.
SUBJECTS = {
    **dict.fromkeys((name for name in STATES if name.startswith("service_")), "database.settings"),
    "services": "stores.settings",
    "service_store": "stores.settings",
    "service_sentinel": "redis.settings",
}
