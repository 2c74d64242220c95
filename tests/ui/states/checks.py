"""States of Checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from installer.answers import Admin, Answers, Target
from installer.answers.optional import Registry
from installer.core.errors import Code, InstallError
from installer.facts.desktop import DesktopState
from installer.facts.model import (
    ContainerFacts,
    Desktop,
    DirectoryFacts,
    DockerFacts,
    Earlier,
    EarlierSearch,
    Engine,
    EngineKind,
    Facts,
    Listener,
    Login,
    PackageLock,
    Packages,
    Process,
    PublishedPort,
    System,
)
from installer.facts.owners import Owners
from installer.network.model import Endpoint, NetworkFacts, Reach, Way
from installer.preflight.check_list import Network, check_list
from installer.release.obtain import Obtained
from installer.state.plan_input import Situation
from installer.views.wizard import (
    Busy,
    ChecksState,
    Failure,
    NetworkState,
    PageId,
    ReleaseState,
    RepairState,
    WizardState,
    WorkState,
    choose,
    come_in,
    looking,
    settled,
    with_address,
)
from tests import check_faults as fault
from tests.releases import model_of, tree_of
from tests.situations import VERSION, installed, situation
from tests.ui.states import dns
from ui.connection.check_result import offered_for

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.24", user="difyadmin"))
FACTS = Facts(
    system=System(
        user="difyadmin",
        uid=1000,
        os_name="Ubuntu 24.04.2 LTS",
        os_id="ubuntu",
        os_version="24.04",
        os_codename="noble",
        hostname="vps-1",
        arch="x86_64",
        cpus=4,
        memory=int(7.8 * 2**30),
        swap=2 << 30,
    ),
    docker=DockerFacts(path="/usr/bin/docker", client="28.5.2", server="28.5.2", compose="2.40.3"),
    directory=DirectoryFacts(writable=True, free=71 * 10**9, docker_free=71 * 10**9),
)
WEB_SERVER = Listener("0.0.0.0", 80, "nginx", 812, unit="nginx.service")
OTHER = ContainerFacts(
    "c1",
    "wordpress-web-1",
    "running",
    "wordpress:6",
    project="wordpress",
    service="web",
    working_dir="/srv/wordpress",
    ports=(PublishedPort("0.0.0.0", 5003, 80),),
)


def obtained() -> Obtained:
    """The synthetic release."""
    return Obtained(VERSION, tree_of(VERSION), model_of(VERSION))


def state(
    facts: Facts | None = FACTS,
    *,
    answers: Answers = ANSWERS,
    read: bool = True,
    there: Situation | None = None,
    rights: str = "sudo_password",
    **changes: Any,
) -> WizardState:
    """Checks with *facts*; *read*: whether the release could be read."""
    found = there if facts is None or not read or there is not None else situation(facts, answers)
    checks = check_list(answers, facts, found, rights=rights) if facts is not None else ()
    made = WizardState(
        page=PageId.CHECKS,
        answers=answers,
        rights=rights,
        checks=ChecksState(
            facts=facts,
            rows=checks,
            situation=found if facts is not None else None,
            repairs=offered_for(answers, facts, rights, checks) if facts is not None else (),
        ),
        release=ReleaseState(obtained=obtained() if read and facts is not None else None),
    )
    return settled(replace(made, **changes))


def warned(facts: Facts = FACTS) -> Facts:
    """Little memory, and no swap."""
    return replace(facts, system=replace(facts.system, memory=int(1.94 * 2**30), swap=0))


def port_taken() -> WizardState:
    """A web server is there already, and the memory is small."""
    return state(replace(warned(), listeners=(WEB_SERVER,)))


def port_chosen() -> WizardState:
    """Just after another port was taken, not judged yet."""
    before = port_taken()
    ports = replace(before.answers.ports, http=8080)
    return replace(before, answers=replace(before.answers, ports=ports))


def many() -> WizardState:
    """Everything that can be wrong at once, in long words."""
    directory = DirectoryFacts(
        exists=True,
        writable=False,
        free=4 * 10**9,
        docker_free=4 * 10**9,
        entries=("site", "backup-2026-07-01"),
    )
    docker = DockerFacts(path="/usr/bin/docker", client="24.0.7", server="24.0.7", compose="2.17.2")
    clash = replace(
        OTHER, id="c2", name="dify-api-1", project="dify", service="api", working_dir="/home/a/dify/docker"
    )
    listeners = (WEB_SERVER, Listener("::", 443))
    facts = replace(
        warned(), directory=directory, docker=docker, containers=(OTHER, clash), listeners=listeners
    )
    answers = replace(ANSWERS, admin=Admin("a@example.jp", "A"))
    return state(facts, answers=answers, rights="none")


def no_docker() -> WizardState:
    """Docker is not installed."""
    return state(replace(warned(), docker=DockerFacts()))


def repair_chosen() -> WizardState:
    """Docker is to be installed when Install is pressed."""
    return choose(no_docker(), "docker.install", wanted=True)


def docker_silent() -> WizardState:
    """Docker does not answer, and says why."""
    error = (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    )
    docker = DockerFacts(path="/usr/bin/docker", client="28.5.2", error=error)
    return state(replace(FACTS, docker=docker))


def repairing() -> WizardState:
    """Docker is being started."""
    lines = ("Created symlink /etc/systemd/system/multi-user.target.wants/docker.service", "Waiting…")
    return replace(
        docker_silent(),
        work=WorkState(busy=busy("repair")),
        repair=RepairState(going="docker.start", lines=lines),
    )


def elsewhere(*, ours: bool) -> WizardState:
    """An earlier Dify in another folder."""
    directory = "/opt/dify-old/docker" if ours else "/root/dify/docker"
    found = Earlier(directory, "docker", "1.4.0", data=True, data_changed=1772409600.0, ours=ours)
    found = replace(found, owners=Owners(complete=True))
    return state(replace(FACTS, earlier=EarlierSearch((found,), complete=True)))


def rights_late() -> WizardState:
    """The rights that were given count for a new connection."""
    error = "permission denied while trying to connect to the Docker daemon socket"
    docker = DockerFacts(path="/usr/bin/docker", client="28.5.2", error=error)
    login = Login(user="difyadmin", docker_listed=True, docker_in_session=False)
    return state(replace(FACTS, docker=docker, login=login))


def packages_busy() -> WizardState:
    """The machine installs its own updates."""
    holder = Process(4711, "unattended-upgr", "/usr/bin/python3 /usr/bin/unattended-upgrade")
    packages = Packages("apt", (PackageLock("/var/lib/dpkg/lock-frontend", holder),), (holder,))
    return state(replace(FACTS, packages=packages))


def desktop(told: Desktop, docker: DockerFacts) -> WizardState:
    """Docker Desktop on this computer."""
    system = replace(FACTS.system, hostname="akari-pc", user="akari", os_name="Windows 11")
    engine = Engine(EngineKind.DESKTOP)
    facts = replace(FACTS, system=system, docker=docker, engine=engine, desktop=told)
    return state(facts, answers=Answers(target=Target(kind="local")), rights="local")


def desktop_stopped() -> WizardState:
    """Docker Desktop is installed, but not started."""
    error = "open //./pipe/dockerDesktopLinuxEngine: The system cannot find the file specified."
    docker = DockerFacts(path="docker.exe", client="28.5.2", error=error)
    return desktop(Desktop("Windows", DesktopState.STOPPED), docker)


def networking() -> WizardState:
    """Everything is in but what the network says."""
    rows = check_list(ANSWERS, FACTS, situation(FACTS, ANSWERS), rights="sudo_password", network=Network())
    before = state()
    before = replace(before, network=NetworkState(looking=True), checks=replace(before.checks, attention=()))
    return come_in(before, rows, more=False)


def network_closed() -> WizardState:
    """Docker's registry is not reached."""
    closed = Way(Reach("closed", "timeout"), ("203.0.113.80",))
    endpoint = Endpoint("registry", "https://registry-1.docker.io/v2/", v4=closed, v6=closed)
    there = NetworkFacts((endpoint,), tool="curl", resolvers=("203.0.113.53",))
    found = situation(FACTS, ANSWERS)
    rows = check_list(ANSWERS, FACTS, found, rights="sudo_password", network=Network(there))
    before = state()
    return settled(
        replace(before, network=NetworkState(facts=there), checks=replace(before.checks, rows=rows))
    )


def network_carried() -> WizardState:
    """The same with images that this computer brings."""
    answers = replace(ANSWERS, registry=Registry(through="this-computer"))
    base, found = network_closed(), situation(FACTS, answers)
    network = Network(base.network.facts) if base.network.facts else None
    rows = check_list(answers, FACTS, found, rights="sudo_password", network=network)
    return settled(replace(base, answers=answers, checks=replace(base.checks, rows=rows, situation=found)))


def network_mirror() -> WizardState:
    """The same with a mirror that was chosen."""
    chosen = with_address(network_closed(), "mirror", "https://mirror.example.jp")
    repairs = offered_for(chosen.answers, FACTS, chosen.rights, chosen.checks.rows)
    return replace(chosen, checks=replace(chosen.checks, repairs=repairs))


def desktop_small() -> WizardState:
    """Docker Desktop runs, with little memory."""
    return desktop(Desktop("Windows", DesktopState.RUNNING, memory=4 << 30, cpus=4), FACTS.docker)


def already_there() -> WizardState:
    """Set up before by this program."""
    there = installed()
    return state(
        replace(there.facts, system=FACTS.system),
        there=replace(there, facts=replace(there.facts, system=FACTS.system)),
        answers=there.answers,
    )


def from_mirror() -> WizardState:
    """Set up before, from a place that the answers do not name."""
    there = installed()
    facts = replace(fault.from_mirror(), system=FACTS.system)
    return state(facts, there=replace(there, facts=facts), answers=there.answers)


def local() -> WizardState:
    """On this computer."""
    answers = Answers(target=Target(kind="local"))
    system = replace(FACTS.system, hostname="akari-pc", user="akari")
    return state(replace(FACTS, system=system), answers=answers, rights="local")


def release_failed() -> WizardState:
    """The release cannot be fetched."""
    error = InstallError(
        Code.RELEASE_LIST_FAILED,
        {"source": "https://github.com"},
        detail="[Errno -2] Name or service not known",
    )
    return state(read=False, release=ReleaseState(error=error))


def setting_wrong() -> WizardState:
    """The release is there, but an answer does not go with it."""
    error = InstallError(
        Code.CERTIFICATE_UNREADABLE,
        {"path": "/home/akari/old.pem", "reason": "expired", "at": "2026-08-31 09:00"},
        detail="expired",
    )
    return state(read=False, release=ReleaseState(error=error))


def lost() -> WizardState:
    """The line broke."""
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.24"}, detail="Socket is closed")
    return state(None, rights="", work=WorkState(failure=Failure(PageId.CHECKS, error)))


def early() -> WizardState:
    """The facts are in, the release is not: rows stand where they stood."""
    before = looking(state(None, work=WorkState(busy=busy("release"))))
    return come_in(
        replace(before, checks=replace(before.checks, facts=warned())),
        state(warned(), read=False).checks.rows,
        more=True,
    )


def busy(what: str) -> Busy:
    """Since a few seconds."""
    return Busy(what, time.time() - 5)


STATES: Mapping[str, Callable[[], WizardState]] = {
    "empty": lambda: state(None),
    "looking": lambda: looking(state(None, work=WorkState(busy=busy("facts")))),
    "early": early,
    "again": lambda: looking(replace(port_taken(), work=WorkState(busy=busy("facts")))),
    "again_one": lambda: looking(replace(port_taken(), work=WorkState(busy=busy("facts"))), "memory"),
    "good": state,
    "port": port_taken,
    "port_chosen": port_chosen,
    "port_busy": lambda: replace(port_taken(), work=WorkState(busy=busy("release"))),
    "memory": lambda: state(warned()),
    "many": many,
    "no_docker": no_docker,
    "repair_chosen": repair_chosen,
    "docker_silent": docker_silent,
    "repairing": repairing,
    "ours_elsewhere": lambda: elsewhere(ours=True),
    "foreign_elsewhere": lambda: elsewhere(ours=False),
    "rights_late": rights_late,
    "packages_busy": packages_busy,
    "networking": networking,
    "network_closed": network_closed,
    "network_mirror": network_mirror,
    "network_carried": network_carried,
    "desktop_stopped": desktop_stopped,
    "desktop_small": desktop_small,
    "installed": already_there,
    "from_mirror": from_mirror,
    "local": local,
    "release_failed": release_failed,
    "setting_wrong": setting_wrong,
    "lost": lost,
    "dns": lambda: dns.missing(state(answers=dns.automatic(ANSWERS))),
    "dns_wrong": lambda: dns.wrong(state(answers=dns.automatic(ANSWERS))),
    "dns_waiting": lambda: dns.waiting(state(answers=dns.automatic(ANSWERS))),
}
