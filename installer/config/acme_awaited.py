"""The answers while the certificate that they ask for is not there yet. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from installer.acme.certificates import issued
from installer.answers.model import Answers, Tls
from installer.facts.model import Facts
from installer.release.envfile import EnvFile


@dataclass(frozen=True)
class Awaited(Tls):
    """As ``Tls``, until the authority has issued. *serves*: the web server speaks TLS already, with the
    certificate of before: that stays in force until the new one is there."""

    serves: bool = False

    @property
    def on(self) -> bool:
        """Whether our own nginx speaks TLS."""
        return self.serves


def in_force(answers: Answers, facts: Facts) -> Answers:
    """*answers* as they can be carried out now: HTTPS waits for its certificate. A web server with
    a certificate that is not there does not start at all."""
    if not answers.tls.way.acme or issued(answers, facts):
        return answers
    there = EnvFile.parse(facts.env.reveal()).values() if facts.env else {}
    serves = there.get("NGINX_HTTPS_ENABLED") == "true"
    return replace(answers, tls=Awaited(**asdict(answers.tls), serves=serves))


def as_asked(answers: Answers) -> Answers:
    """What ``in_force`` was given."""
    if not isinstance(answers.tls, Awaited):
        return answers
    given = {field.name: getattr(answers.tls, field.name) for field in fields(Tls)}
    return replace(answers, tls=Tls(**given))
