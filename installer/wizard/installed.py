"""Answers of an installation that is there, read back from what it is made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from installer.errors import InstallError
from installer.resources import table
from installer.settings import Answers, Ports, Site, Tls
from installer.settings.model import TlsMode
from installer.settings.noted import with_noted

if TYPE_CHECKING:
    from installer.facts.model import Facts

HTTP, HTTPS, ENCRYPTED, STORE, EMAIL = (
    *("EXPOSE_NGINX_PORT", "EXPOSE_NGINX_SSL_PORT", "NGINX_HTTPS_ENABLED"),
    *("VECTOR_STORE", "CERTBOT_EMAIL"),
)


def as_installed(answers: Answers, facts: Facts) -> Answers:
    """*answers* that say nothing yet about how Dify is reached, as the installation of *facts* has it:
    address, ports, the way of making HTTPS, the stores, and what the record notes of the rest. Answers that
    say something stay as they are.

    Files of a person's own certificate are not known: they have to be named again.
    """
    if (answers.site, replace(answers.ports, plugin_debugging=Ports().plugin_debugging), answers.tls) != (
        Site(),
        Ports(),
        Tls(),
    ):
        return answers
    env, record = _env(facts), facts.record
    if not env or record is None:
        return answers
    bind, http = _published(env.get(HTTP, ""))
    _, https = _published(env.get(HTTPS, ""))
    name = urlsplit(record.url).hostname or ""
    tls = _tls(facts, record.url, env)
    ports = replace(
        answers.ports, http=http or Ports().http, https=https if tls.mode not in ("off", "proxy") else 0
    )
    site = Site("" if name == answers.site_address else name, bind or Site().bind)
    answers = with_noted(replace(answers, site=site, ports=ports, tls=tls), record.data.get("answers"))
    database, store = str(record.data.get("database", "")), env.get(STORE, "")
    if database:
        answers = replace(answers, database=replace(answers.database, kind=database))
    return replace(answers, stores=replace(answers.stores, vector=store)) if store else answers


def _env(facts: Facts) -> Mapping[str, str]:
    from installer.release.envfile import EnvFile

    try:
        return EnvFile.parse(facts.env.reveal()).values() if facts.env else {}
    except InstallError:
        return {}  # the plan says so


def _published(text: str) -> tuple[str, int]:
    """``[ADDRESS:]PORT`` of Compose; 0 for what is no port."""
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port) if port.isdecimal() and len(port) < 6 else 0


def _tls(facts: Facts, url: str, env: Mapping[str, str]) -> Tls:
    if env.get(ENCRYPTED) != "true":
        return Tls(mode="proxy" if url.startswith("https://") else "off")
    note = facts.record.data.get("renewal") if facts.record else None
    if isinstance(note, Mapping):
        lineage = note.get("lineage")
        servers = [c.server for c in facts.certificates.issued if c.lineage == lineage]
        usual = table("acme")["server"]["directory"]
        server = next((s for s in servers if s and s != usual), "")
        return Tls(mode="letsencrypt", acme_server=server, email=env.get(EMAIL, ""))
    mode: TlsMode = "self-signed" if facts.self_signed else "own"
    return Tls(mode=mode)
