"""States of Settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from installer.answers import Admin, Answers, Ports, Release, Secrets, Site, Stores, Target, Tls
from installer.answers.optional import Capacity, Locale, Mail, Proxy, Registry, Uploads
from installer.certificates.model import CertificateInfo, Link, Trust
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.facts.machine import WebServers
from installer.release.catalogue import ReleaseInfo
from installer.release.obtain import Obtained
from installer.state.plan_input import Situation
from installer.views.wizard import (
    Busy,
    ChecksState,
    Failure,
    PageId,
    ReleaseState,
    WizardState,
    WorkState,
    effective,
)
from tests.releases import NEW, model_of, tree_of
from tests.situations import VERSION, installed, situation
from tests.ui.states import dns
from tests.ui.states.checks import ANSWERS, FACTS, WEB_SERVER, busy

_NOTES = """## What's New

- Knowledge: documents are found faster, and the search explains why it found them.
- Workflow: a node may run again by itself when it failed.

## Upgrade guide

Back up the folder `docker/volumes` first. <b>Not markup</b>.
"""
RELEASES = (
    ReleaseInfo("100.0.0-rc1", "2026-08-03T08:00:00Z", True, "Try it out.", "https://example.jp/100"),
    ReleaseInfo(VERSION, "2026-07-28T08:00:00Z", False, _NOTES, "https://example.jp/99"),
    ReleaseInfo("98.0.0", "2026-05-11T08:00:00Z", False, "Older.", "https://example.jp/98"),
)
#: All stores and hundreds of variables.
NEWEST = NEW


def obtained(version: str = VERSION) -> Obtained:
    """A release that was read."""
    return Obtained(version, tree_of(version), model_of(version))


def released(**changes: Any) -> ReleaseState:
    """The list of releases, and the chosen one."""
    return replace(ReleaseState(listed=RELEASES, obtained=obtained()), **changes)


def state(
    answers: Answers = ANSWERS,
    *,
    version: str = VERSION,
    there: Situation | None = None,
    judged: bool = True,
    checks: Mapping[str, Any] = MappingProxyType({}),
    **changes: Any,
) -> WizardState:
    """Settings as they come up after the checks. *judged*: whether that was done since the last edit;
    *checks*: what these found otherwise."""
    facts = there.facts if there else FACTS
    found = there or situation(facts, answers if judged else ANSWERS, version)  # the former one stays a while
    made = WizardState(
        page=PageId.SETTINGS,
        answers=answers,
        rights="sudo_password",
        checks=replace(ChecksState(facts=facts, situation=found), **checks),
        release=released(obtained=obtained(version)),
    )
    return replace(made, **changes)


def newest() -> WizardState:
    """A release with all stores."""
    info = replace(RELEASES[1], version=NEWEST)
    return state(
        version=NEWEST, release=released(obtained=obtained(NEWEST), listed=(RELEASES[0], info, RELEASES[2]))
    )


def own_certificate() -> WizardState:
    """With files of one's own; the ports are free."""
    answers = replace(
        ANSWERS,
        site=Site(address="dify.example.jp"),
        ports=Ports(https=443),
        tls=Tls(mode="own", certificate="/home/akari/dify.pem", key="/home/akari/dify.key"),
    )
    return state(answers, judged=False, secrets=Secrets(tls_passphrase=Secret("open sesame")))


def own_chosen() -> WizardState:
    """Just chosen: the files are still missing."""
    answers = replace(ANSWERS, ports=Ports(https=443), tls=Tls(mode="own"))
    return state(answers, judged=False)


def certificate_info(days: int = 61, *, trust: Trust = "public") -> CertificateInfo:
    """What was read from the files of ``own_certificate``."""
    now = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
    after = now + timedelta(days=days)
    issuer = "Example Issuing CA 3" if trust == "public" else "Example Trading Co., Ltd. Internal CA"
    links = (
        Link("dify.example.jp", issuer, after),
        Link(issuer, "Example Root CA", now + timedelta(days=900)),
    )
    return CertificateInfo(
        names=("dify.example.jp", "www.dify.example.jp"),
        subject="dify.example.jp",
        issuer=issuer,
        not_before=now - timedelta(days=30),
        not_after=after,
        chain=links,
        key="EC secp256r1",
        self_signed=False,
        trust=trust,
        fingerprint="AB:CD:EF",
        judged=now,
    )


def own_read(days: int = 61, *, trust: Trust = "public") -> WizardState:
    """The files were read."""
    made = own_certificate()
    there = replace(situation(FACTS, ANSWERS), answers=effective(made))
    configuration = replace(there.configuration, certificate=certificate_info(days, trust=trust))
    return replace(made, checks=replace(made.checks, situation=replace(there, configuration=configuration)))


def authority(address: str = "dify.example.jp", http: int = 80, **tls: Any) -> WizardState:
    """A certificate from an authority."""
    answers = replace(
        ANSWERS,
        site=Site(address=address),
        ports=Ports(http=http, https=443),
        tls=Tls(mode="letsencrypt", **tls),
    )
    return state(answers, judged=False)


def authority_port() -> WizardState:
    """Another web server has the port that the authority asks."""
    made = authority()
    return replace(made, checks=replace(made.checks, facts=replace(FACTS, listeners=(WEB_SERVER,))))


def authority_closed() -> WizardState:
    """Neither the address nor the port is one that an authority looks at."""
    made = authority(address="dify.internal", http=8080)
    site = Site(address="dify.internal", bind="127.0.0.1")
    return replace(made, answers=replace(made.answers, site=site))


def bound() -> WizardState:
    """An authority that binds accounts to a key, which is missing."""
    return authority(acme_server="https://acme.zerossl.com/v2/DV90", email="akari@example.jp")


def company() -> WizardState:
    """A company's own authority, whose address is being typed."""
    return authority(acme_server="https://", address="dify.internal")


def front(**tls: Any) -> WizardState:
    """Behind a web server that is there."""
    answers = replace(
        ANSWERS,
        site=Site(address="dify.example.jp", bind="127.0.0.1"),
        ports=Ports(http=8080),
        tls=Tls(mode="proxy", **tls),
    )
    servers = WebServers(
        nginx="/usr/sbin/nginx", running=frozenset({"nginx"}), includes=("/etc/nginx/conf.d/*.conf",)
    )
    facts = replace(FACTS, webservers=servers, system=replace(FACTS.system, uid=0))
    return state(answers, judged=False, checks={"facts": facts})


def front_cannot() -> WizardState:
    """There is no nginx that our file could be given to."""
    made = front()
    facts = replace(FACTS, webservers=WebServers(caddy="/usr/bin/caddy"))
    return replace(made, checks=replace(made.checks, facts=facts))


def front_wrong() -> WizardState:
    """What is for a web server on the machine is wrong."""
    made = front(proxy_certificate="fullchain.pem")
    site = Site(address="dify.example.jp", bind="localhost")
    return replace(made, answers=replace(made.answers, site=site))


def port_taken() -> WizardState:
    """Another web server has the port; the debugging port is used twice."""
    answers = replace(ANSWERS, ports=Ports(plugin_debugging=80))
    return state(answers, judged=False, checks={"facts": replace(FACTS, listeners=(WEB_SERVER,))})


def http_taken() -> WizardState:
    """Only the usual trouble."""
    return state(checks={"facts": replace(FACTS, listeners=(WEB_SERVER,))})


def wrong() -> WizardState:
    """Every field that can be wrong is."""
    answers = replace(
        ANSWERS,
        target=replace(ANSWERS.target, directory="dify", project="Dify!"),
        site=Site(address="dify example"),
        ports=Ports(http=0, https=70000, plugin_debugging=99999),
        tls=Tls(mode="own", certificate="dify.pem", key="dify.key"),
        admin=Admin(email="akari", name="Akari"),
    )
    return state(answers, judged=False, secrets=Secrets(admin_password=Secret("short")))


def long_texts() -> WizardState:
    """Much of everything."""
    answers = replace(
        ANSWERS,
        target=replace(ANSWERS.target, directory="/srv/applications/production/dify-for-the-whole-company"),
        site=Site(address="knowledge-and-workflows.intranet.department.example.co.jp", bind="10.20.30.40"),
        admin=Admin(email="akari.tanaka.administrator@department.example.co.jp", name="田中 あかり"),
        stores=Stores(vector="pgvector"),
        env=MappingProxyType({"LOG_LEVEL": "DEBUG", "A_VARIABLE_OF_MINE": "x" * 120}),
    )
    return state(answers, judged=False, secrets=Secrets(admin_password=Secret("correct horse 1")))


def other_version() -> WizardState:
    """A version that is being fetched."""
    answers = replace(ANSWERS, release=Release(version="98.0.0"))
    return state(
        answers,
        judged=False,
        release=released(obtained=None),
        checks={"situation": None},
        work=WorkState(busy=busy("release")),
    )


def archive() -> WizardState:
    """From a file."""
    answers = replace(ANSWERS, release=Release(source="/home/akari/dify-99.0.0.tar.gz"))
    return state(answers, release=released(listed=()))


def already_there() -> WizardState:
    """Set up before: the version stays."""
    there = installed()
    return state(there.answers, there=there)


def account_there() -> WizardState:
    """Its first account was created; the answers still name it."""
    there = installed(account=True)
    answers = replace(there.answers, admin=Admin("akari@example.jp", "Akari"))
    return state(answers, there=there)


def certificate_error() -> WizardState:
    """The files cannot be used."""
    error = InstallError(
        Code.CERTIFICATE_UNREADABLE,
        {"path": "/home/akari/dify.pem", "reason": "expired", "at": "2026-08-31 09:00"},
        detail="expired",
    )
    made = own_certificate()
    return replace(made, checks=replace(made.checks, situation=None, error=error))


def store_error() -> WizardState:
    """A store that this release does not have."""
    error = InstallError(Code.STORE_UNKNOWN, {"store": "no-such", "known": "pgvector, qdrant, weaviate"})
    answers = replace(ANSWERS, stores=Stores(vector="no-such"))
    return state(answers, judged=False, checks={"situation": None, "error": error})


def env_error() -> WizardState:
    """A value that cannot be written."""
    error = InstallError(Code.ENV_VALUE_UNSUPPORTED, {"key": "LOG_LEVEL"})
    answers = replace(ANSWERS, env=MappingProxyType({"LOG_LEVEL": "a'b\"c"}))
    return state(answers, judged=False, checks={"situation": None, "error": error})


def release_error() -> WizardState:
    """The version cannot be fetched."""
    error = InstallError(
        Code.RELEASE_DOWNLOAD_FAILED, {"version": "98.0.0", "url": "https://github.com"}, detail="HTTP 502"
    )
    return replace(other_version(), work=WorkState(failure=Failure(PageId.SETTINGS, error)))


def further() -> WizardState:
    """Everything under More settings has an answer."""
    answers = replace(
        ANSWERS,
        capacity=Capacity("4gb"),
        uploads=Uploads(document=50, video=500),
        locale=Locale("Asia/Tokyo"),
        mail=Mail("smtp", "Dify <dify@example.jp>", "smtp.example.jp", 587, "starttls", "dify@example.jp"),
        proxy=Proxy("http://proxy.example.jp:3128", user="akari", exceptions=(".example.jp", "10.0.0.1")),
        registry=Registry("mirror.example.jp"),
    )
    given = Secrets(mail_password=Secret("correct horse"), proxy_password=Secret("battery staple"))
    return state(answers, version=NEWEST, judged=False, secrets=given)


def further_wrong() -> WizardState:
    """Mail is wanted, its fields are empty; the others hold what they cannot use."""
    answers = replace(
        ANSWERS,
        uploads=Uploads(image=99_999),
        mail=Mail("smtp", "dify", "", 0, "tls"),
        proxy=Proxy("proxy.example.jp", exceptions=("*",)),
        registry=Registry("https://mirror.example.jp"),
    )
    return state(answers, judged=False)


def earlier_list() -> WizardState:
    """The list of the day before yesterday."""
    error = InstallError(Code.RELEASE_RATE_LIMITED, {"source": "https://github.com", "reset": "14:13"})
    return state(release=released(list_error=error, listed_at=1_789_990_000.0))


def no_list() -> WizardState:
    """Nothing was ever fetched, and GitHub is not to be reached."""
    error = InstallError(
        Code.RELEASE_LIST_FAILED, {"source": "https://github.com"}, detail="[Errno 110] timed out"
    )
    return state(
        judged=False,
        release=released(obtained=None, listed=(), error=error, list_error=error),
        checks={"situation": None},
    )


def long_notes() -> WizardState:
    """More than fits, with all that Markdown can have, and an address that is none."""
    text = "# Title\n\n![x](http://127.0.0.1:1/x.png) <img src='http://127.0.0.1:1/y.png'>\n" * 200
    info = replace(RELEASES[1], notes=text, notes_url="https://example.jp/" + "long/" * 40)
    return state(
        release=released(listed=(RELEASES[0], info, replace(RELEASES[2], notes_url="javascript:alert(1)")))
    )


def looking() -> WizardState:
    """Another folder is looked at."""
    answers = replace(ANSWERS, target=replace(ANSWERS.target, directory="/srv/dify"))
    waiting: Busy = busy("facts")
    return state(
        answers, judged=False, checks={"facts": None, "situation": None}, work=WorkState(busy=waiting)
    )


STATES: Mapping[str, Callable[[], WizardState]] = {
    "preset": state,
    "newest": newest,
    "own": own_certificate,
    "own_chosen": own_chosen,
    "own_read": own_read,
    "own_soon": lambda: own_read(12, trust="unknown"),
    "authority": authority,
    "authority_dns": lambda: dns.missing(authority()),
    "authority_waiting": lambda: dns.waiting(authority()),
    "authority_closed": authority_closed,
    "authority_port": authority_port,
    "authority_bound": bound,
    "authority_company": company,
    "self_signed": lambda: state(
        replace(ANSWERS, ports=Ports(https=443), tls=Tls(mode="self-signed")), judged=False
    ),
    "front": lambda: front(hsts=True),
    "front_install": lambda: front(proxy_install=True),
    "front_cannot": front_cannot,
    "front_wrong": front_wrong,
    "inside": lambda: state(replace(ANSWERS, site=Site(bind="127.0.0.1")), judged=False),
    "hsts_wrong": lambda: state(
        replace(ANSWERS, ports=Ports(https=8443), tls=Tls(mode="own", certificate="/a.pfx", hsts=True)),
        judged=False,
    ),
    "port": http_taken,
    "ports": port_taken,
    "wrong": wrong,
    "long": long_texts,
    "fetching": other_version,
    "archive": archive,
    "installed": already_there,
    "account": account_there,
    "local": lambda: state(Answers(target=Target(kind="local"))),
    "looking": looking,
    "further": further,
    "further_wrong": further_wrong,
    "certificate_error": certificate_error,
    "store_error": store_error,
    "env_error": env_error,
    "release_error": release_error,
    "earlier_list": earlier_list,
    "no_list": no_list,
    "long_notes": long_notes,
}
