"""States of Review."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from installer.answers import Admin, Answers, Ports, Repairs, Site, Stores, Tls
from installer.answers.optional import Capacity, Locale, Uploads
from installer.apply.plan import Plan, make_plan
from installer.core.errors import Code, InstallError
from installer.facts.machine import WebServers
from installer.facts.model import ContainerFacts, DockerFacts, Facts, Listener
from installer.registry.manifests import Blob
from installer.registry.sizes import Sizes
from installer.state.external_report import Tested
from installer.views.wizard import Busy, ChecksState, Failure, PageId, ReviewState, WizardState, WorkState
from tests.releases import NEW
from tests.situations import ANSWERS, GOOD, installed, situation
from tests.ui.states import services
from tests.ui.states.settings import certificate_info
from tests.unit.acme.situations import asked, made
from tests.unit.registry.samples import digest

VERSION = NEW
#: Seconds since the epoch at which everything here happens.

OTHERS = tuple(
    ContainerFacts(id=name, name=name, state="running", image="x:1", project=project)
    for name, project in (
        ("nextcloud-app-1", "nextcloud"),
        ("nextcloud-db-1", "nextcloud"),
        ("portainer", ""),
    )
)


def state_with(
    plan: Plan | None, *, sizes: Sizes | None = None, sizing: bool = False, **changes: object
) -> WizardState:
    """Review with *plan*."""
    answers = plan.situation.answers if plan else ANSWERS
    base = WizardState(
        page=PageId.REVIEW,
        answers=answers,
        rights="root",
        checks=ChecksState(facts=GOOD),
        review=ReviewState(plan, sizes, sizing),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@cache
def new_plan(version: str = VERSION) -> Plan:
    """A first installation beside other containers, with the first account."""
    answers = replace(
        ANSWERS,
        site=Site(address="dify.example.jp"),
        admin=Admin("admin@example.jp", "Hanako"),
        env={"LOG_LEVEL": "DEBUG"},
    )
    return make_plan(situation(replace(GOOD, containers=OTHERS), answers, version))


@cache
def plain_plan() -> Plan:
    """The same without anything beside it."""
    return make_plan(situation(version=VERSION))


@cache
def blocked_plan() -> Plan:
    """Two things are in the way."""
    listeners = (Listener("0.0.0.0", 80, "nginx", 812),)
    directory = replace(GOOD.directory, exists=True, entries=("index.html", "img"))
    return make_plan(situation(replace(GOOD, listeners=listeners, directory=directory), version=VERSION))


@cache
def repair_plan() -> Plan:
    """Docker is installed first, and swap is added; nothing else is in the way."""
    system = replace(
        GOOD.system,
        os_id="ubuntu",
        os_version="24.04",
        os_codename="noble",
        os_name="Ubuntu 24.04.2 LTS",
        memory=2 << 30,
    )
    answers = replace(ANSWERS, repairs=Repairs(("docker.install", "swap.add")))
    return make_plan(situation(replace(GOOD, system=system, docker=DockerFacts()), answers, VERSION))


@cache
def same_plan() -> Plan:
    """Installed and as chosen."""
    return make_plan(installed())


@cache
def change_plan() -> Plan:
    """Installed, with another port and another address."""
    facts: Facts = installed(containers=(*installed().facts.containers, *OTHERS)).facts
    answers = replace(ANSWERS, site=Site(address="dify.example.jp"), ports=Ports(http=8080))
    return make_plan(situation(facts, answers))


@cache
def much_plan() -> Plan:
    """Installed, and almost everything is to be different."""
    answers = replace(
        ANSWERS,
        site=Site(address="dify.example.jp"),
        ports=Ports(http=8080, https=443, plugin_debugging=5004, plugin_debugging_public=True),
        tls=Tls(mode="self-signed"),
        stores=Stores(vector="qdrant"),
        capacity=Capacity("8gb"),
        uploads=Uploads(document=50),
        locale=Locale("Asia/Tokyo"),
        env={"LOG_LEVEL": "DEBUG"},
    )
    return make_plan(situation(installed().facts, answers))


@cache
def long_plan() -> Plan:
    """Long names everywhere."""
    many = tuple(
        ContainerFacts(f"c{n}", f"customer-portal-{n}", "running", "x:1", f"customer-portal-{n}")
        for n in range(9)
    )
    target = replace(ANSWERS.target, directory="/srv/applications/production/artificial-intelligence/dify")
    answers: Answers = replace(
        ANSWERS,
        target=target,
        site=Site(address="artificial-intelligence.internal-services.example.co.jp"),
        admin=Admin("artificial.intelligence.administrators@internal-services.example.co.jp", "A"),
    )
    low = replace(GOOD.system, memory=2 << 30)
    disk = replace(GOOD.directory, docker_free=9 * 10**9)
    facts = replace(GOOD, containers=many, system=low, directory=disk)
    return make_plan(situation(facts, answers, VERSION))


@cache
def automatic_plan() -> Plan:
    """A certificate of an authority, once Dify runs."""
    return make_plan(made(asked()))


@cache
def encrypted_plan(mode: str) -> Plan:
    """Encrypted in another way."""
    answers = replace(ANSWERS, site=Site("dify.example.jp"))
    if mode == "proxy":
        tls = Tls(mode="proxy", proxy_install=True)
        answers = replace(answers, site=Site("dify.example.jp", "127.0.0.1"), ports=Ports(http=8080), tls=tls)
        servers = WebServers(
            "/usr/sbin/nginx", running=frozenset({"nginx"}), includes=("/etc/nginx/conf.d/*.conf",)
        )
        facts = replace(GOOD, webservers=servers, system=replace(GOOD.system, uid=0))
        return make_plan(situation(facts, answers))
    answers = replace(answers, ports=Ports(https=443), tls=Tls(mode="self-signed"))
    plan = make_plan(situation(answers=answers))
    if mode == "self-signed":
        return plan
    answers = replace(answers, tls=Tls(mode="own", certificate="/home/akari/dify.pem"))
    config = replace(plan.situation.configuration, certificate=certificate_info())
    return replace(plan, situation=replace(plan.situation, answers=answers, configuration=config))


@cache
def _local() -> Plan:
    target = replace(ANSWERS.target, kind="local", host="", user="", directory="/home/hanako/Dify")
    return make_plan(situation(answers=replace(ANSWERS, target=target)))


def sizes_of(plan: Plan, each: int = 158_300_000) -> Sizes:
    """All images are known."""
    return Sizes({i: (Blob(digest(i), each),) for i in plan.situation.configuration.images})


def _failed(code: Code, plan: Plan | None = None, **params: str) -> WizardState:
    error = InstallError(code, params, detail="Errno 110: timed out")
    return state_with(plan, work=WorkState(failure=Failure(PageId.REVIEW, error)))


def services_plan(*tested: Tested) -> Plan:
    """A database of one's own, and what trying it found."""
    answers = replace(ANSWERS, database=services.POSTGRESQL, redis=services.REDIS)
    return make_plan(situation(answers=answers, version=VERSION, external=tested))


STATES: Mapping[str, Callable[[], WizardState]] = {
    "services": lambda: state_with(services_plan(services.works(), services.unproved())),
    "service_refused": lambda: state_with(services_plan(services.refused())),
    "empty": lambda: state_with(None),
    "working": lambda: state_with(None, work=WorkState(busy=Busy("plan", time.time() - 3))),
    "failed": lambda: _failed(Code.SSH_CONNECTION_LOST, host="203.0.113.5", port="22"),
    "new": lambda: state_with(new_plan(), sizes=sizes_of(new_plan())),
    "asking": lambda: state_with(new_plan(), sizing=True),
    "unknown": lambda: state_with(new_plan(), sizes=Sizes()),
    "plain": lambda: state_with(plain_plan()),
    "local": lambda: state_with(_local()),
    "long": lambda: state_with(long_plan()),
    "automatic": lambda: state_with(automatic_plan()),
    "own": lambda: state_with(encrypted_plan("own")),
    "self_signed": lambda: state_with(encrypted_plan("self-signed")),
    "front": lambda: state_with(encrypted_plan("proxy")),
    "blocked": lambda: state_with(blocked_plan()),
    "repairs": lambda: state_with(repair_plan()),
    "same": lambda: state_with(same_plan()),
    "change": lambda: state_with(change_plan()),
    "change-much": lambda: state_with(much_plan()),
    "export-failed": lambda: _failed(Code.HOST_FILE_FAILED, new_plan(), path="/media/usb/dify-answers.toml"),
}
