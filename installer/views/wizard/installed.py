"""Answers of an installation that is there, read back from what it is made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from installer.acme.certificates import CHAIN_FILE
from installer.answers import Answers, Ports, Site, Tls, checks
from installer.answers.tls_modes import LetsEncrypt, Off, Own, Proxy, mode_of_file
from installer.core.errors import InstallError
from installer.core.resources import table
from installer.release.envfile import EnvFile
from installer.state.persisted_answers import recalled
from installer.untrusted.values import port

if TYPE_CHECKING:
    from installer.facts.model import Facts

HTTP, HTTPS, ENCRYPTED, STORE = (
    *("EXPOSE_NGINX_PORT", "EXPOSE_NGINX_SSL_PORT", "NGINX_HTTPS_ENABLED"),
    "VECTOR_STORE",
)
LINEAGE, CHAIN = "CERTBOT_DOMAIN", "NGINX_SSL_CERT_FILENAME"


def as_installed(answers: Answers, facts: Facts) -> Answers:
    """*answers* that say nothing yet about how Dify is reached, as the installation of *facts* has it:
    address, ports, the stores, and what its record keeps (``remembered``), HTTPS above all. Answers that say
    something stay as they are.

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
    bind = bind if checks.address(bind) is None else ""
    _, https = _published(env.get(HTTPS, ""))
    name = urlsplit(record.url).hostname or ""
    name = name if checks.host(name) is None else ""
    kept = recalled(answers, record.data)
    answers = kept or answers
    tls = kept.tls if kept else _tls(facts, record.url, env)
    ports = replace(answers.ports, http=http or Ports().http, https=https if tls.way.serves else 0)
    site = Site("" if name == answers.site_address else name, bind or Site().bind)
    answers = replace(answers, site=site, ports=ports, tls=tls)
    database, store = str(record.data.get("database", "")), env.get(STORE, "")
    if checks.database(database) is None:
        answers = replace(answers, database=replace(answers.database, kind=database))
    return (
        replace(answers, stores=replace(answers.stores, vector=store))
        if checks.store(store) is None
        else answers
    )


def _env(facts: Facts) -> Mapping[str, str]:
    try:
        return EnvFile.parse(facts.env.reveal()).values() if facts.env else {}
    except InstallError:
        return {}  # the plan says so


def _published(text: str) -> tuple[str, int]:
    """``[ADDRESS:]PORT`` of Compose; 0 for what is no port."""
    address, _, number = text.rpartition(":")
    return address.strip("[]"), port(number)


def _tls(facts: Facts, url: str, env: Mapping[str, str]) -> Tls:
    """Of a record that keeps no answers: by the certificate that the ``.env`` names for nginx."""
    if env.get(ENCRYPTED) != "true":
        return Tls(mode=Proxy.name if url.startswith("https://") else Off.name)
    lineage, chain = env.get(LINEAGE, ""), env.get(CHAIN, "")
    if lineage and chain == CHAIN_FILE:
        servers = [c.server for c in facts.certificates.issued if c.lineage == lineage]
        usual = table("acme")["server"]["directory"]
        other = (s for s in servers if s and s != usual and checks.url(s) is None)
        return Tls(mode=LetsEncrypt.name, acme_server=next(other, ""))
    return Tls(mode=(mode_of_file(chain) or Own()).name)
