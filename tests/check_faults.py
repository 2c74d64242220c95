"""Every finding of the checks as facts that have it, and facts that are near but fine. For tests of judging,
of texts and of the table in docs/checks.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from installer.answers import Answers, Release
from installer.answers.model import Ports, Site, Stores, Target, Tls
from installer.answers.optional import Database, Mail, Storage
from installer.core.errors import Code
from installer.core.finding import Finding
from installer.core.secrets import Secret
from installer.facts.desktop import Desktop, DesktopState, DockerContext, Wsl
from installer.facts.machine import Cgroups, Clock, Cpu, Disk, Kernel, Virtualization
from installer.facts.model import (
    AccessControl,
    Certificates,
    CloudInit,
    ContainerFacts,
    DaemonFile,
    DirectoryFacts,
    DockerFacts,
    Earlier,
    EarlierSearch,
    EngineKind,
    Facts,
    Firewall,
    Issued,
    Listener,
    Login,
    PackageLock,
    Packages,
    Process,
    PublishedPort,
    Record,
    Renewal,
    Services,
    WebServers,
)
from installer.facts.network import DockerNetwork, Firewalld, Networks, Route, Ufw
from installer.facts.owners import Entry, Owners
from installer.facts.packages import Unit
from installer.state.external_report import Mark, Tested
from installer.state.persisted_answers import KEY, noted
from tests.situations import ANSWERS, GOOD, installed

GIB = 1 << 30
LOCAL = replace(ANSWERS, target=Target(kind="local", directory="/home/akari/dify"))
PRIVATE = replace(ANSWERS, site=Site(bind="127.0.0.1"), ports=Ports(http=8080))
BEHIND = replace(PRIVATE, tls=Tls(mode="proxy"))
GIVEN = replace(BEHIND, tls=Tls(mode="proxy", proxy_install=True))
HOST_NGINX = WebServers(
    nginx="/usr/sbin/nginx",
    running=frozenset({"nginx"}),
    includes=("/etc/nginx/modules-enabled/*.conf", "/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*"),
)
AUTHORITY = replace(
    ANSWERS, site=Site("dify.example.jp"), ports=Ports(https=443), tls=Tls(mode="letsencrypt")
)
QDRANT = replace(ANSWERS, stores=Stores(vector="qdrant"))
DENIED = "permission denied while trying to connect to the Docker daemon socket"
SILENT = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
CLIENT = "Error response from daemon: client version 1.41 is too old. Minimum supported API version is 1.44"


@dataclass(frozen=True)
class Case:
    """*facts* of a target and the *answers* it is judged with."""

    facts: Facts
    answers: Answers = field(default=ANSWERS)
    external: tuple[Tested, ...] = ()


OWN_DATABASE = replace(
    ANSWERS,
    database=Database(
        external=True,
        settings={"DB_HOST": "db.example.jp", "DB_USERNAME": "dify", "DB_DATABASE": "dify"},
    ),
)
FILES_ELSEWHERE = replace(
    ANSWERS, storage=Storage("s3", {"S3_BUCKET_NAME": "files", "S3_REGION": "us-east-1"})
)
BY_MAIL = replace(ANSWERS, mail=Mail("smtp", "a@example.jp", "smtp.example.jp"))


def tried(code: Code | None = None, *, version: str = "", section: str = "database", **params: str) -> Tested:
    """What trying a service found."""
    address, name = "db.example.jp:5432", "PostgreSQL" if section == "database" else "SMTP"
    base = {"service": name, "section": section, "address": address}
    problems = (Finding(code, {**base, **params}),) if code else ()
    marks: Mapping[str, Mark] = {} if code else {"reach": "ok"}
    return Tested(section, "postgresql", name, address, "docker", marks, version, problems)


def own(code: Code, **params: str) -> tuple[Case, ...]:
    """A database of one's own that was tried, and about which *code* was found."""
    section = params.pop("section", "database")
    answers = OWN_DATABASE if section == "database" else BY_MAIL
    return (Case(GOOD, answers, (tried(code, section=section, **params),)),)


def machine(**changes: Any) -> Facts:
    """The good one with changes to ``Facts.machine``."""
    return replace(GOOD, machine=replace(GOOD.machine, **changes))


def system(**changes: Any) -> Facts:
    """… to ``Facts.system``."""
    return replace(GOOD, system=replace(GOOD.system, **changes))


def webservers(**changes: Any) -> Facts:
    """… with a host nginx that can be given our file."""
    return replace(GOOD, webservers=replace(HOST_NGINX, **changes))


#: … for whose site certbot has a certificate.
ENCRYPTED = webservers(certificates=frozenset({"203.0.113.5"}))


def named(mode: str = "off", *, https: int = 443) -> Answers:
    """For a site with a name."""
    return replace(ANSWERS, site=Site("dify.example.jp"), ports=Ports(https=https), tls=Tls(mode))


def told_hsts(*, hsts: bool = True, scheme: str = "https") -> Facts:
    """Of an installation that told browsers to come by HTTPS only."""
    there = installed().facts
    record = there.record
    assert record is not None
    before = noted(replace(named(), tls=Tls("letsencrypt", hsts=hsts)))
    data = {**record.data, KEY: before}
    return replace(there, record=replace(record, url=f"{scheme}://dify.example.jp", data=data))


def certified(*, left: float) -> Facts:
    """With a certificate of 90 days for ``AUTHORITY``, of which *left* are left."""
    now = GOOD.machine.clock.now
    ends = now + left * 86_400
    issued = Issued("dify.example.jp", ("dify.example.jp",), ends - 90 * 86_400, ends)
    return replace(GOOD, certificates=Certificates((issued,), renewal=Renewal(systemd=True)))


def docker(**changes: Any) -> Facts:
    """… to ``Facts.docker``."""
    return replace(GOOD, docker=replace(GOOD.docker, **changes))


def engine(base: Facts = GOOD, **changes: Any) -> Facts:
    """… to ``Facts.engine``."""
    return replace(base, engine=replace(GOOD.engine, **changes))


def silent(error: str = SILENT, **changes: Any) -> Facts:
    """Docker is installed and does not answer (to us)."""
    there = DockerFacts(path="/usr/bin/docker", client="28.5.2", error=error)
    return replace(GOOD, **{"docker": there, "services": Services(), **changes})


def bare(**changes: Any) -> Facts:
    """No Docker at all."""
    there = replace(GOOD.directory, docker_free=-1)
    none: dict[str, Any] = {
        "docker": DockerFacts(),
        "engine": replace(GOOD.engine, kind=EngineKind.NONE),
        "services": Services(),
        "directory": there,
    }
    return replace(GOOD, **{**none, **changes})


def desktop(base: Facts | None = None, *, system: str = "Windows", **changes: Any) -> Facts:
    """This computer's Docker Desktop, running unless *base* says otherwise."""
    base = base or engine(kind=EngineKind.DESKTOP)
    made = Desktop(
        system,
        DesktopState.RUNNING,
        os_type="linux",
        memory=8 * GIB,
        cpus=4,
        virtualization=True,
        contexts=(DockerContext("desktop-linux", current=True, provider="desktop"),),
        wsl=Wsl(installed=True, version="2.4.13", default_version=2) if system == "Windows" else Wsl(),
    )
    return replace(base, desktop=replace(made, **changes))


def recorded(**changes: Any) -> Facts:
    """Installed, with changes to the record."""
    first = installed().facts
    assert first.record is not None
    return replace(first, record=replace(first.record, data={**first.record.data, **changes}))


def from_mirror(source: str = "https://releases.example.jp") -> Facts:
    """Installed from *source*, as the record says."""
    return recorded(**{KEY: noted(replace(ANSWERS, release=Release(source=source)))})


def by_hand(old: str, new: str) -> Facts:
    """Installed, and then its ``.env`` was edited."""
    first = installed().facts
    assert first.env is not None and old in first.env.reveal()
    return replace(first, env=Secret(first.env.reveal().replace(old, new)))


def in_volumes(project: str = "", volumes: frozenset[str] | None = None, exit_code: str = "0") -> Facts:
    """Installed with its data in named volumes, as the project *project*."""
    first = installed().facts
    assert first.record is not None
    name = project or first.record.project
    data = {**first.record.data, "named_volumes": ["db_data", "redis_data"], "project": name}
    jobs = {"apply-1": exit_code, "apply-2": "1"}
    return replace(first, record=replace(first.record, project=name, data=data), volumes=volumes, jobs=jobs)


def left_over(*volumes: str) -> Facts:
    """Nothing installed, on a Mac whose Docker has *volumes*."""
    return replace(desktop(system="Darwin"), volumes=frozenset(volumes))


def undone(**changes: Any) -> Facts:
    """On a Mac, after an undo that kept the data, the ``.env`` with its passwords and a note of it."""
    project = LOCAL.project
    data = {"undone": True, "named_volumes": ["db_data"], "project": project, **changes}
    record = Record("99.0.0", str(data["project"]), "", 0.0, data)
    return replace(left_over(f"{project}_db_data"), record=record, env=Secret(""))


def earlier(**changes: Any) -> Facts:
    """Another Dify in root's home."""
    found = Earlier("/root/dify/docker", "docker", "1.4.3", data=True, data_changed=1_760_000_000.0)
    return replace(GOOD, earlier=EarlierSearch((replace(found, **changes),), complete=True))


def owned(*entries: Entry, complete: bool = True, **more: Any) -> Facts:
    """Below ``/opt``, which is root's; the login is 1000, whose private group is 1000."""
    above = (Entry("/", "drwxr-xr-x", 0, 0, inside=False), Entry("/opt", "drwxr-xr-x", 0, 0, inside=False))
    trusted, private, names = frozenset({0, 1000}), frozenset({1000}), {1001: "ben"}
    found = Owners((*above, *entries), trusted, private, names, "/opt/dify", complete)
    return replace(GOOD, owners=found, **more)


def its(mode: str, uid: int = 0, gid: int = 0) -> Entry:
    """The installation's folder."""
    return Entry("/opt/dify", mode, uid, gid, inside=True)


def above(mode: str, uid: int = 0, gid: int = 0) -> Entry:
    """A folder above it."""
    return Entry("/data", mode, uid, gid, inside=False)


def held(*listeners: Listener, containers: tuple[ContainerFacts, ...] = ()) -> Facts:
    """Ports in use."""
    return replace(GOOD, listeners=listeners, containers=containers)


def networks(*subnets: str, routes: tuple[Route, ...] = ()) -> Networks:
    """Docker's networks with these subnets."""
    return Networks(tuple(DockerNetwork(f"n{i}", "bridge", (s,)) for i, s in enumerate(subnets)), routes)


ALL_TAKEN = (*(f"172.{n}.0.0/16" for n in range(17, 32)), *(f"192.168.{n}.0/20" for n in range(0, 224, 16)))
NGINX = Listener("0.0.0.0", 80, "nginx", 812, unit="nginx.service")
PROXY = Listener("0.0.0.0", 80, "docker-proxy", 612, unit="docker.service")
SIX = Listener("::", 80, "darkhttpd", 40, v6_only=True)
SHOP = ContainerFacts(
    "y", "shop-web-1", "running", "nginx:1.27", "shop", "web", ports=(PublishedPort("0.0.0.0", 80, 80),)
)
OTHER_FOLDER = ContainerFacts("x", "dify-api-1", "running", "i", "dify", "api", working_dir="/home/x/docker")
LOCK = PackageLock("/var/lib/dpkg/lock-frontend", Process(812, "unattended-upgr"))


def _rootless(start: str = "") -> Facts:
    settings = (("net.ipv4.ip_unprivileged_port_start", start),) if start else ()
    base = machine(kernel=replace(GOOD.machine.kernel, settings=settings))
    return engine(base, rootless=True, security=frozenset({"rootless"}))


def _clock(offset: float, *, synchronized: bool | None = False, service: str = "") -> Facts:
    return machine(clock=Clock(1_780_000_000.0, offset, 1.0, synchronized, service))


def _disk(fs: str) -> Facts:
    return machine(folder_disk=Disk("/opt/dify", fs=fs))


def _enabled(service: str, socket: str = "disabled") -> Services:
    units = {
        "docker.service": Unit("docker.service", "loaded", "active", "running", service),
        "docker.socket": Unit("docker.socket", "loaded", "active", "running", socket),
    }
    return Services(units)


def masked(service: str = "loaded", enabled: str = "enabled", socket: str = "loaded") -> Services:
    units = {
        "docker.service": Unit("docker.service", service, "active", "running", enabled),
        "docker.socket": Unit("docker.socket", socket, "active", "running", "enabled"),
    }
    return Services(units)


def _files(**there: Any) -> Facts:
    return replace(GOOD, directory=replace(GOOD.directory, exists=True, **there))


def _few_inodes() -> Facts:
    return machine(docker_disk=replace(GOOD.machine.docker_disk, inodes_free=5000))


def _in(directory: str) -> Answers:
    return replace(LOCAL, target=replace(LOCAL.target, directory=directory))


BROKEN = DaemonFile("/etc/docker/daemon.json", True, True, "Expecting value: line 1 column 17 (char 16)")
WHOLE = DaemonFile("/etc/docker/daemon.json", True, True, "", {"log-driver": "local"})
OPENVZ = Virtualization("none", "openvz", 0)
LXC = Virtualization("kvm", "lxc", 0)
WSL1 = Virtualization("none", "wsl", 1)
IN_GROUP = Login("akari", 1000, "/home/akari", docker_listed=True, docker_in_session=False, answered=True)
STAYS_OUT = Login("akari", 1000, "/home/akari", docker_listed=False, docker_in_session=False, answered=True)
PROFILE = Login(
    "root", 0, "/root", variables={"DOCKER_HOST": "tcp://192.0.2.9:2375", "http_proxy": "x"}, answered=True
)
PODMAN = engine(
    docker(client="5.4.2", server="", error="Emulate Docker CLI using podman"), kind=EngineKind.PODMAN
)
OLD_FLAGS = Cpu("Common KVM processor", frozenset({"lm", "cx16", "pni"}))

#: Code → facts that have the fault.
FAULTS: Mapping[Code, tuple[Case, ...]] = {
    Code.SYSTEM_RETIRED: (
        Case(system(os_id="centos", os_version="7", os_name="CentOS Linux 7 (Core)")),
        Case(system(os_id="almalinux", os_version="7.9", os_name="AlmaLinux 7.9")),
    ),
    Code.SYSTEM_UNKNOWN: (Case(replace(bare(), system=replace(GOOD.system, os_id="void", os_name="Void"))),),
    Code.PROCESSOR_UNSUPPORTED: (Case(system(arch="armv7l")), Case(system(arch="i686"))),
    Code.PROCESSOR_OLD: (Case(machine(cpu=OLD_FLAGS)),),
    Code.PROCESSOR_FEW: (Case(system(cpus=1)),),
    Code.PROCESSOR_PAGES: (Case(machine(kernel=replace(GOOD.machine.kernel, page_size=65536)), QDRANT),),
    Code.VIRTUALIZATION_UNSUITABLE: (
        Case(bare(machine=replace(GOOD.machine, virtualization=OPENVZ))),
        Case(bare(machine=replace(GOOD.machine, virtualization=WSL1))),
    ),
    Code.VIRTUALIZATION_LIMITED: (
        Case(machine(virtualization=LXC)),
        Case(machine(virtualization=OPENVZ)),
        Case(bare(machine=replace(GOOD.machine, virtualization=Virtualization("kvm", "docker", 0)))),
    ),
    Code.KERNEL_OLD: (Case(machine(kernel=Kernel("3.10.0-1160.el7.x86_64", modules=True))),),
    Code.KERNEL_REBOOT: (
        Case(machine(kernel=Kernel("6.8.0-60-generic", modules=False, reboot_required=True))),
    ),
    Code.KERNEL_CGROUPS: (Case(bare(machine=replace(GOOD.machine, cgroups=Cgroups(0)))),),
    Code.CLOCK_WRONG: (
        Case(_clock(400)),
        Case(_clock(400, service="chrony")),
        Case(_clock(-3600, synchronized=None)),
    ),
    Code.CLOCK_OFF: (
        Case(_clock(90)),
        Case(_clock(-400, synchronized=True)),
        Case(_clock(400, synchronized=None, service="ntpd")),
    ),
    Code.PACKAGES_BUSY: (
        Case(replace(GOOD, packages=Packages("apt", (LOCK,)))),
        Case(replace(GOOD, packages=Packages("apt", (replace(LOCK, holder=None),)))),
        Case(replace(GOOD, packages=Packages("apt", cloud_init=CloudInit.RUNNING))),
    ),
    Code.PACKAGES_INTERRUPTED: (Case(replace(GOOD, packages=Packages("apt", interrupted=True))),),
    Code.DOCKER_MISSING: (Case(bare()), Case(desktop(bare(), state=DesktopState.ABSENT), LOCAL)),
    Code.DOCKER_PODMAN: (Case(PODMAN),),
    Code.DOCKER_NOT_RUNNING: (Case(silent()), Case(silent("", services=Services(journal=("failed",))))),
    Code.DOCKER_MASKED: (
        Case(silent(services=masked("masked"))),
        Case(silent(services=masked(socket="masked"))),
    ),
    Code.DOCKER_MASKED_LATER: (Case(replace(GOOD, services=masked("loaded", "masked-runtime"))),),
    Code.DOCKER_NO_RIGHTS: (Case(silent(DENIED)), Case(silent(DENIED, login=STAYS_OUT))),
    Code.DOCKER_SESSION: (Case(silent(DENIED, login=IN_GROUP)),),
    Code.DOCKER_CLIENT_OLD: (Case(silent(CLIENT)),),
    Code.DOCKER_TOO_OLD: (Case(docker(server="19.03.15")), Case(docker(server="20.10.7"))),
    Code.DOCKER_OLD: (Case(docker(server="20.10.24")),),
    Code.DOCKER_WINDOWS: (Case(docker(os_type="windows")), Case(desktop(os_type="windows"), LOCAL)),
    Code.DOCKER_SNAP_FOLDER: (
        Case(engine(kind=EngineKind.SNAP)),
        Case(
            engine(kind=EngineKind.SNAP),
            replace(ANSWERS, target=replace(ANSWERS.target, directory="/home/a/.dify")),
        ),
    ),
    Code.DOCKER_SNAP: (
        Case(
            engine(kind=EngineKind.SNAP),
            replace(ANSWERS, target=replace(ANSWERS.target, directory="/home/a/dify")),
        ),
    ),
    Code.DOCKER_ROOTLESS: (Case(_rootless()), Case(_rootless("443"), replace(ANSWERS, ports=Ports(http=81)))),
    Code.DOCKER_NOT_ENABLED: (Case(replace(GOOD, services=_enabled("disabled"))),),
    Code.DAEMON_BROKEN: (Case(silent(daemon=BROKEN)),),
    Code.DAEMON_BROKEN_LATER: (Case(replace(GOOD, daemon=BROKEN)),),
    Code.COMPOSE_MISSING: (
        Case(docker(compose="")),
        Case(docker(compose="", compose_standalone="2.26.1")),
    ),
    Code.COMPOSE_ONE: (
        Case(docker(compose="", compose_standalone="1.29.2")),
        Case(engine(docker(compose=""), compose_v1="1.25.0")),
    ),
    Code.COMPOSE_TOO_OLD: (Case(docker(compose="2.10.2-1")),),
    Code.PROFILE_VARIABLES: (Case(replace(GOOD, login=PROFILE)),),
    Code.DESKTOP_NOT_STARTED: (Case(desktop(silent(), state=DesktopState.STOPPED), LOCAL),),
    Code.DESKTOP_VIRTUALIZATION: (
        Case(desktop(silent(), state=DesktopState.STOPPED, virtualization=False), LOCAL),
        Case(desktop(bare(), wsl=Wsl(installed=True, problem="virtualization")), LOCAL),
    ),
    Code.DESKTOP_WSL: (
        Case(desktop(bare(), wsl=Wsl(installed=False)), LOCAL),
        Case(desktop(silent(), wsl=Wsl(installed=True, problem="kernel")), LOCAL),
    ),
    Code.DESKTOP_MEMORY: (
        Case(desktop(memory=4 * GIB), LOCAL),
        Case(desktop(system="Darwin", memory=2 * GIB), LOCAL),
    ),
    Code.DOCKER_CREDENTIALS: (Case(engine(creds_store="desktop")),),
    Code.DAEMON_IPTABLES: (Case(replace(GOOD, daemon=replace(WHOLE, data={"iptables": False}))),),
    Code.DESKTOP_OLD: (Case(desktop(system="Darwin", version="4.36.0"), LOCAL),),
    Code.DIRECTORY_PROTECTED: (
        Case(desktop(system="Darwin"), _in("/Users/akari/Documents/dify")),
        Case(desktop(), _in("C:\\Users\\akari\\OneDrive - Corp\\dify")),
        Case(desktop(), _in("C:/Users/茜/dify")),
    ),
    Code.DESKTOP_GROUP: (Case(desktop(silent(), in_docker_users=False), LOCAL),),
    Code.PORT_IN_USE: (
        Case(held(NGINX)),
        Case(held(SIX)),
        Case(held(Listener("::", 80))),
        Case(held(containers=(SHOP,))),
    ),
    Code.PORT_LEFT: (Case(held(PROXY)), Case(held(replace(PROXY, address="::"), PROXY))),
    Code.PORT_RESERVED: (Case(desktop(excluded_ports=((50, 99), (5357, 5357))), LOCAL),),
    Code.DIRECTORY_FOREIGN: (Case(_files(entries=("docker",), docker_entries=(".env",))),),
    Code.DIRECTORY_NOT_EMPTY: (Case(_files(entries=("notes.txt",))), Case(_files(is_file=True))),
    Code.DIRECTORY_NOT_WRITABLE: (Case(replace(GOOD, directory=DirectoryFacts(free=10**10))),),
    Code.DIRECTORY_OF_OTHERS: (
        Case(owned(its("drwxr-xr-x", 1001))),
        Case(owned(above("drwxr-xr-x", 1001))),
        Case(owned(its("lrwxrwxrwx", 1001))),
        Case(owned(its("drwxr-xr-x", 1001), directory=_files(entries=("notes.txt",)).directory)),
    ),
    Code.DIRECTORY_OPEN: (
        Case(owned(its("drwxrwxrwx"))),
        Case(owned(its("drwxrwxrwt"))),
        Case(owned(its("drwxrwxr-x", 1000, 100))),
        Case(owned(its("drwxrwxr-x+", 1000, 1000))),
        Case(owned(above("drwxrwxrwx"))),
        Case(owned(above("drwxr-xr-x", 1001), its("drwxrwxrwx"))),
    ),
    Code.DIRECTORY_UNCHECKED: (
        Case(owned(its("drwxr-xr-x"), complete=False)),
        Case(owned(its("drwxr-xr-x"), complete=False, directory=_files(entries=("notes.txt",)).directory)),
    ),
    Code.PROJECT_CLASH: (Case(held(containers=(OTHER_FOLDER,))),),
    Code.DATABASE_DIFFERS: (
        Case(installed().facts, replace(ANSWERS, database=Database("mysql"))),
        Case(recorded(database=""), replace(ANSWERS, database=Database("mysql"))),  # an older record
        Case(by_hand("DB_TYPE=postgresql", "DB_TYPE=mysql")),
    ),
    Code.STORE_DIFFERS: (Case(recorded(vector_store="qdrant")),),
    Code.DATABASE_ELSEWHERE: (Case(installed().facts, OWN_DATABASE),),
    Code.STORAGE_DIFFERS: (Case(installed().facts, FILES_ELSEWHERE),),
    Code.EXTERNAL_NAME_UNKNOWN: own(Code.EXTERNAL_NAME_UNKNOWN, said="bad address"),
    Code.EXTERNAL_CLOSED: own(Code.EXTERNAL_CLOSED, reason="refused"),
    Code.EXTERNAL_OTHER_ANSWER: own(Code.EXTERNAL_OTHER_ANSWER, said="SSH-2.0"),
    Code.EXTERNAL_TLS: own(Code.EXTERNAL_TLS, reason="needed", field="DB_SSL_MODE"),
    Code.EXTERNAL_LOGIN_REFUSED: own(Code.EXTERNAL_LOGIN_REFUSED, user="dify", reason="password"),
    Code.EXTERNAL_MISSING: own(Code.EXTERNAL_MISSING, name="dify", user="dify", reason="database"),
    Code.EXTERNAL_RIGHTS: own(Code.EXTERNAL_RIGHTS, name="dify", user="dify", reason="table", said="no"),
    Code.EXTERNAL_VERSION_OLD: own(Code.EXTERNAL_VERSION_OLD, version="11.2", least="13"),
    Code.EXTERNAL_VERSION_UNFIT: own(Code.EXTERNAL_VERSION_UNFIT, version="18.1", dify="1.14.2", source="x"),
    Code.EXTERNAL_RELATIVE: own(Code.EXTERNAL_RELATIVE, found="MariaDB 11.8"),
    Code.EXTERNAL_UNPROVED: own(Code.EXTERNAL_UNPROVED, reason="unknown_issuer", said="self-signed"),
    Code.EXTERNAL_UNTESTED: own(Code.EXTERNAL_UNTESTED, reason="tool", said="no"),
    Code.EXTERNAL_MAIL: own(Code.EXTERNAL_MAIL, section="mail", reason="login", said="535"),
    Code.PROJECT_OTHER: (Case(in_volumes(project="shop")),),
    Code.VOLUMES_LEFT: (
        Case(left_over(f"{LOCAL.project}_db_data"), LOCAL),
        Case(replace(undone(), env=None), LOCAL),
        Case(undone(project="shop"), LOCAL),
        Case(undone(named_volumes=["other"]), LOCAL),
        Case(undone(undone=False), LOCAL),
    ),
    Code.VOLUMES_MISSING: (Case(in_volumes(volumes=frozenset({"other_db_data"}))),),
    Code.ENV_MISSING: (Case(installed(env=None).facts),),
    Code.DISK_TOO_SMALL: (Case(replace(GOOD, directory=replace(GOOD.directory, docker_free=3 * 10**8))),),
    Code.DISK_LOW: (Case(replace(GOOD, directory=replace(GOOD.directory, docker_free=5 * 10**9))),),
    Code.DISK_INODES: (Case(_few_inodes()),),
    Code.FILESYSTEM_UNSUITABLE: (Case(_disk("9p")), Case(_disk("fuseblk")), Case(_disk("cifs"))),
    Code.FILESYSTEM_REMOTE: (Case(_disk("nfs4")), Case(_disk("fuse.sshfs")), Case(_disk("tmpfs"))),
    Code.MEMORY_LOW: (
        Case(system(memory=2 * GIB)),
        Case(system(memory=2 * GIB, swap=2 * GIB)),
        Case(machine(cgroups=Cgroups(2, memory_limit=2 * GIB))),
    ),
    Code.MEMORY_NO_SWAP: (Case(system(memory=4 * GIB)),),
    Code.RELEASE_ELSEWHERE: (
        Case(from_mirror()),
        Case(from_mirror("https://10.0.0.5:8443/releases")),
    ),
    Code.TLS_OFF: (Case(GOOD),),
    Code.TLS_HSTS_LEFT: (
        Case(told_hsts(), named()),
        Case(told_hsts(), named("self-signed")),
        Case(told_hsts(), named("letsencrypt", https=8443)),
    ),
    Code.WEBSERVER_BYPASSED: (
        Case(GOOD, replace(BEHIND, site=Site())),
        Case(GOOD, replace(BEHIND, site=Site(bind="2001:4860:4860::8888"))),
    ),
    Code.WEBSERVER_UNUSABLE: (
        Case(GOOD, GIVEN),
        Case(webservers(nginx=""), GIVEN),
        Case(webservers(running=frozenset({"apache"})), GIVEN),
        Case(webservers(includes=("/etc/nginx/modules-enabled/*.conf",)), GIVEN),
        Case(replace(webservers(), system=replace(GOOD.system, uid=1000)), GIVEN),
        Case(replace(webservers(), listeners=(Listener("0.0.0.0", 80, "apache2", 9),)), GIVEN),
        Case(replace(ENCRYPTED, listeners=(Listener("::", 443, "h2o", 9),)), GIVEN),
    ),
    Code.WEBSERVER_NO_CERTIFICATE: (
        Case(webservers(), GIVEN),
        Case(webservers(certificates=frozenset({"example.com"})), GIVEN),
    ),
    Code.TLS_SYSTEM_CANNOT: (
        Case(desktop(system="Darwin"), AUTHORITY),
        Case(desktop(system="Windows"), AUTHORITY),
    ),
    Code.TLS_RENEWAL_NONE: (
        Case(GOOD, AUTHORITY),
        Case(
            replace(
                GOOD,
                certificates=Certificates(renewal=Renewal(systemd=True)),
                system=replace(GOOD.system, uid=1000),
            ),
            AUTHORITY,
        ),
    ),
    Code.TLS_EXPIRING: (Case(certified(left=10), AUTHORITY), Case(certified(left=-1), AUTHORITY)),
    Code.FIREWALL_UFW: (Case(replace(GOOD, firewall=Firewall(Ufw(True, True, "DROP")))),),
    Code.FIREWALL_FIREWALLD: (
        Case(replace(GOOD, firewall=Firewall(firewalld=Firewalld(True, True, "public")))),
    ),
    Code.FIREWALL_OWN: (Case(replace(GOOD, firewall=Firewall(readable=True, foreign_drop=True))),),
    Code.SELINUX_LABELS: (
        Case(engine(replace(GOOD, access=AccessControl("enforcing")), security=frozenset({"selinux"}))),
    ),
    Code.NETWORK_POOL: (
        Case(replace(GOOD, networks=networks(*ALL_TAKEN))),
        Case(
            replace(
                GOOD,
                networks=networks(
                    "172.17.0.0/16",
                    routes=(
                        Route("172.16.0.0/12", "tun0"),
                        Route("192.168.0.0/16", "tun0"),
                        Route("10.0.0.0/8", "tun0"),
                    ),
                ),
            )
        ),
    ),
    Code.DIFY_ELSEWHERE: (
        Case(earlier()),
        Case(earlier(version="")),
        Case(earlier(data=False)),
        Case(earlier(data=False, version="", ours=True, owners=owned().owners)),
        Case(earlier(ours=True, owners=owned(its("drwxrwxr-x", 1000, 1000)).owners)),
    ),
    Code.DIFY_OF_OTHERS: (
        Case(earlier(ours=True, owners=owned(its("drwxr-xr-x", 1001)).owners)),
        Case(earlier(ours=True)),
        Case(earlier(ours=True, owners=owned(its("drwxrwxrwx")).owners)),
    ),
}

#: Near the fault, and fine: code → facts that must not have it.
FINE: Mapping[Code, tuple[Case, ...]] = {
    Code.DATABASE_DIFFERS: (
        Case(installed().facts),
        Case(recorded(installed=False), replace(ANSWERS, database=Database("mysql"))),
        Case(by_hand("DB_TYPE=postgresql", "DB_TYPE=oceanbase")),
    ),
    Code.STORE_DIFFERS: (Case(installed().facts), Case(recorded(installed=False, vector_store="qdrant"))),
    Code.PROJECT_OTHER: (Case(in_volumes()),),
    Code.VOLUMES_LEFT: (
        Case(left_over("shop_db_data"), LOCAL),
        Case(replace(left_over(f"{LOCAL.project}_db_data"), desktop=None), LOCAL),  # data in folders
        Case(in_volumes(volumes=frozenset({f"{ANSWERS.project}_db_data"}))),
        Case(undone(), LOCAL),
    ),
    Code.VOLUMES_MISSING: (
        Case(in_volumes(volumes=frozenset({f"{ANSWERS.project}_db_data"}))),
        Case(in_volumes()),  # the Engine did not tell
        Case(in_volumes(volumes=frozenset(), exit_code="")),  # interrupted before it ever started
        Case(replace(installed().facts, volumes=frozenset())),  # its data is in folders
    ),
    Code.SYSTEM_RETIRED: (
        Case(system(os_id="centos", os_version="9", os_name="CentOS Stream 9")),
        Case(system(os_id="debian", os_version="13", os_name="Debian 13")),
        Case(machine(clock=Clock())),
        Case(system(os_id="ubuntu", os_version="24.040")),
    ),
    Code.SYSTEM_UNKNOWN: (
        Case(system(os_id="void")),
        Case(bare()),
        Case(bare(system=replace(GOOD.system, os_id="x", os_like=("debian",)))),
    ),
    Code.PROCESSOR_UNSUPPORTED: (
        Case(system(arch="aarch64")),
        Case(system(arch="arm64")),
        Case(system(arch="")),
    ),
    Code.PROCESSOR_OLD: (
        Case(machine(cpu=Cpu())),
        Case(replace(machine(cpu=OLD_FLAGS), system=replace(GOOD.system, arch="aarch64"))),
    ),
    Code.PROCESSOR_FEW: (Case(system(cpus=0)), Case(system(cpus=2))),
    Code.PROCESSOR_PAGES: (
        Case(machine(kernel=replace(GOOD.machine.kernel, page_size=65536))),
        Case(machine(kernel=Kernel()), QDRANT),
    ),
    Code.VIRTUALIZATION_UNSUITABLE: (
        Case(machine(virtualization=OPENVZ)),
        Case(bare(machine=replace(GOOD.machine, virtualization=Virtualization("kvm", "docker", 0)))),
        Case(bare(machine=replace(GOOD.machine, virtualization=Virtualization()))),
    ),
    Code.VIRTUALIZATION_LIMITED: (
        Case(machine(virtualization=Virtualization("kvm", "docker", 0))),
        Case(  # Docker runs and may not be asked
            silent(
                DENIED,
                services=GOOD.services,
                machine=replace(GOOD.machine, virtualization=Virtualization("kvm", "docker", 0)),
            )
        ),
        Case(machine(virtualization=Virtualization("microsoft", "wsl", 2))),
        Case(bare(machine=replace(GOOD.machine, virtualization=Virtualization("microsoft", "wsl", 2)))),
        Case(machine(virtualization=Virtualization("none", "none", 0))),
        Case(machine(virtualization=Virtualization())),
    ),
    Code.KERNEL_OLD: (Case(machine(kernel=Kernel("4.18.0-553.el8.x86_64"))), Case(machine(kernel=Kernel()))),
    Code.KERNEL_REBOOT: (
        Case(machine(kernel=Kernel("6.8.0-60-generic", modules=False, veth=True))),
        Case(machine(kernel=Kernel("6.8.0-60-generic", modules=None))),
        Case(machine(kernel=Kernel("6.8.0-60-generic", modules=True, reboot_required=True))),
    ),
    Code.KERNEL_CGROUPS: (
        Case(machine(cgroups=Cgroups(0))),
        Case(bare(machine=replace(GOOD.machine, cgroups=Cgroups(1)))),
        Case(bare(machine=replace(GOOD.machine, cgroups=Cgroups()))),
    ),
    Code.CLOCK_WRONG: (
        Case(_clock(90)),
        Case(_clock(4000, synchronized=True)),
        Case(machine(clock=Clock())),
        Case(_clock(4000, synchronized=None, service="openntpd")),
    ),
    Code.CLOCK_OFF: (Case(_clock(60.5)), Case(_clock(400)), Case(machine(clock=Clock()))),
    Code.PACKAGES_BUSY: (
        Case(
            replace(
                GOOD, packages=Packages("apt", busy=(Process(7, "unattended-upgr", "--wait-for-signal"),))
            )
        ),
        Case(replace(GOOD, packages=Packages())),
    ),
    Code.PACKAGES_INTERRUPTED: (
        Case(replace(GOOD, packages=Packages("apt", (LOCK,), interrupted=True))),
        Case(replace(GOOD, packages=Packages("dnf"))),
    ),
    Code.DOCKER_PODMAN: (Case(bare()),),
    Code.DOCKER_NOT_RUNNING: (Case(silent(DENIED)),),
    Code.DOCKER_MASKED: (Case(silent(services=masked())), Case(silent(DENIED, services=masked("masked")))),
    Code.DOCKER_MASKED_LATER: (Case(replace(GOOD, services=masked())),),
    Code.DOCKER_NO_RIGHTS: (Case(silent()),),
    Code.DOCKER_SESSION: (Case(silent(DENIED, login=STAYS_OUT)), Case(silent(DENIED, login=Login()))),
    Code.DOCKER_TOO_OLD: (Case(docker(server="20.10.10")), Case(docker(server="dev"))),
    Code.DOCKER_OLD: (Case(docker(server="23.0.0")), Case(docker(server="19.03.1"))),
    Code.DOCKER_SNAP_FOLDER: (
        Case(replace(engine(kind=EngineKind.SNAP), record=installed().facts.record)),
        Case(
            engine(kind=EngineKind.SNAP),
            replace(ANSWERS, target=replace(ANSWERS.target, directory="/root/dify")),
        ),
    ),
    Code.DOCKER_SNAP: (Case(engine(kind=EngineKind.SNAP)),),
    Code.DOCKER_ROOTLESS: (
        Case(_rootless("80")),
        Case(_rootless(), replace(ANSWERS, ports=Ports(http=8080))),
    ),
    Code.DOCKER_NOT_ENABLED: (
        Case(replace(GOOD, services=_enabled("enabled"))),
        Case(replace(GOOD, services=_enabled("disabled", "enabled"))),
        Case(replace(GOOD, services=Services())),
    ),
    Code.DAEMON_BROKEN: (Case(silent(daemon=WHOLE)), Case(silent(DENIED, daemon=BROKEN))),
    Code.DAEMON_BROKEN_LATER: (
        Case(replace(GOOD, daemon=WHOLE)),
        Case(silent(daemon=BROKEN)),
        Case(replace(GOOD, daemon=DaemonFile())),
    ),
    Code.COMPOSE_MISSING: (Case(docker(compose="", compose_standalone="1.29.2")),),
    Code.COMPOSE_TOO_OLD: (Case(docker(compose="5.0.1")), Case(docker(compose="2.40.3+ds1"))),
    Code.PROFILE_VARIABLES: (
        Case(replace(GOOD, login=PROFILE), LOCAL),
        Case(replace(GOOD, login=replace(PROFILE, variables={"http_proxy": "x"}))),
    ),
    Code.DESKTOP_WSL: (Case(desktop(), LOCAL), Case(desktop(bare(), system="Darwin"), LOCAL)),
    Code.DESKTOP_VIRTUALIZATION: (Case(desktop(virtualization=None), LOCAL),),
    Code.DESKTOP_MEMORY: (
        Case(desktop(), LOCAL),
        Case(desktop(system="Linux", memory=GIB), LOCAL),
        Case(desktop(memory=-1), LOCAL),
    ),
    Code.DOCKER_CREDENTIALS: (
        Case(engine(creds_store="desktop"), LOCAL),
        Case(replace(silent(), engine=replace(GOOD.engine, creds_store="desktop"))),
    ),
    Code.DAEMON_IPTABLES: (Case(replace(GOOD, daemon=WHOLE)),),
    Code.DESKTOP_OLD: (
        Case(desktop(system="Darwin", version="4.37.2"), LOCAL),
        Case(desktop(version="4.36.0"), LOCAL),
    ),
    Code.DIRECTORY_PROTECTED: (
        Case(GOOD, replace(ANSWERS, target=replace(ANSWERS.target, directory="/srv/文書/Documents/dify"))),
        Case(desktop(system="Darwin"), LOCAL),
        Case(desktop(system="Darwin"), _in("/Users/茜/dify")),
    ),
    Code.DESKTOP_GROUP: (Case(desktop(in_docker_users=False), LOCAL),),
    Code.PORT_RESERVED: (Case(desktop(excluded_ports=((81, 99),)), LOCAL), Case(held(NGINX))),
    Code.PORT_LEFT: (
        Case(held(PROXY, containers=(SHOP,))),
        Case(held(replace(PROXY, unit="snap.docker.dockerd.service"))),
        Case(replace(silent(), listeners=(PROXY,))),
        Case(held(PROXY, containers=(replace(SHOP, state="restarting", ports=()),))),
    ),
    Code.PORT_IN_USE: (Case(held(Listener("10.0.0.1", 80)), PRIVATE), Case(held(Listener("0.0.0.0", 81)))),
    Code.DISK_INODES: (Case(machine(docker_disk=replace(GOOD.machine.docker_disk, inodes_free=-1))),),
    Code.FILESYSTEM_UNSUITABLE: (
        Case(_disk("ext4")),
        Case(_disk("xfs")),
        Case(_disk("overlay")),
        Case(_disk("")),
    ),
    Code.FILESYSTEM_REMOTE: (Case(_disk("btrfs")), Case(_disk("9p"))),
    Code.MEMORY_LOW: (Case(system(memory=0)), Case(system(memory=int(3.7 * GIB), swap=GIB))),
    Code.MEMORY_NO_SWAP: (
        Case(system(memory=4 * GIB, swap=GIB)),
        Case(system(memory=8 * GIB)),
        Case(system(memory=2 * GIB)),
        Case(desktop(system(memory=4 * GIB), system="Darwin"), LOCAL),
    ),
    Code.FIREWALL_UFW: (
        Case(replace(GOOD, firewall=Firewall(Ufw(True, None)))),
        Case(replace(GOOD, firewall=Firewall(Ufw(True, True))), PRIVATE),
    ),
    Code.FIREWALL_FIREWALLD: (Case(replace(GOOD, firewall=Firewall(firewalld=Firewalld(True, False)))),),
    Code.FIREWALL_OWN: (Case(replace(GOOD, firewall=Firewall(Ufw(True, True), foreign_drop=True))),),
    Code.SELINUX_LABELS: (
        Case(replace(GOOD, access=AccessControl("enforcing"))),
        Case(engine(replace(GOOD, access=AccessControl("permissive")), security=frozenset({"selinux"}))),
    ),
    Code.NETWORK_POOL: (
        Case(replace(GOOD, networks=networks("172.17.0.0/16", "fd00::/64"))),
        Case(replace(engine(pools=("10.200.0.0/16/24",)), networks=networks(*ALL_TAKEN))),
        Case(replace(engine(pools=("nonsense",)), networks=networks(*ALL_TAKEN))),
        Case(bare()),
    ),
    Code.DIRECTORY_OF_OTHERS: (Case(owned(its("drwxr-xr-x", 1000, 1000))), Case(replace(GOOD, owners=None))),
    Code.DIRECTORY_OPEN: (
        Case(owned(its("drwxrwxr-x", 1000, 1000))),
        Case(owned(above("drwxrwxrwt"), its("drwxr-xr-x"))),
        Case(owned(its("lrwxrwxrwx", 1000))),
        Case(owned(its("drwxrwxr-x"))),
    ),
    Code.DIRECTORY_UNCHECKED: (Case(owned(its("drwxr-xr-x"))), Case(replace(GOOD, owners=None))),
    Code.DIFY_OF_OTHERS: (Case(earlier(owners=owned(its("drwxr-xr-x", 1001)).owners)),),
    Code.DIFY_ELSEWHERE: (Case(earlier(selected=True)), Case(earlier(directory="/opt/dify/docker"))),
    Code.RELEASE_ELSEWHERE: (
        Case(from_mirror(Release().source)),
        Case(from_mirror("http://127.0.0.1:8500")),
        Case(from_mirror("http://10.0.0.5")),
        Case(from_mirror("file:///etc/passwd")),
        Case(from_mirror("https://user@releases.example.jp")),
        Case(from_mirror(), replace(ANSWERS, release=Release(source="https://releases.example.jp"))),
        Case(recorded()),
        Case(GOOD),
    ),
    Code.TLS_OFF: (Case(GOOD, PRIVATE), Case(GOOD, BEHIND)),
    Code.TLS_HSTS_LEFT: (
        Case(told_hsts(), named("proxy", https=0)),
        Case(told_hsts(), replace(named(), site=Site("other.example.jp"))),
        Case(told_hsts(hsts=False), named()),
        Case(told_hsts(scheme="http"), named()),
        Case(installed().facts, named()),
        Case(GOOD, named()),
    ),
    Code.WEBSERVER_BYPASSED: (
        Case(GOOD, BEHIND),
        Case(GOOD, replace(BEHIND, site=Site(bind="10.0.0.5"))),
        Case(GOOD),
    ),
    Code.WEBSERVER_UNUSABLE: (
        Case(GOOD, BEHIND),
        Case(webservers(), GIVEN),
        Case(replace(webservers(), listeners=(Listener("0.0.0.0", 80, "nginx", 9, "nginx.service"),)), GIVEN),
    ),
    Code.WEBSERVER_NO_CERTIFICATE: (
        Case(webservers(certificates=frozenset({"203.0.113.5"})), GIVEN),
        Case(
            webservers(),
            replace(GIVEN, tls=replace(GIVEN.tls, proxy_certificate="/etc/x.crt", proxy_key="/etc/x.key")),
        ),
        Case(webservers(), BEHIND),
        Case(GOOD, GIVEN),
    ),
    Code.TLS_SYSTEM_CANNOT: (Case(desktop(system="Linux"), AUTHORITY), Case(desktop(system="Darwin"))),
    Code.TLS_RENEWAL_NONE: (Case(certified(left=60), AUTHORITY), Case(GOOD)),
    Code.TLS_EXPIRING: (
        Case(certified(left=60), AUTHORITY),
        Case(certified(left=20), AUTHORITY),
        Case(certified(left=10)),
    ),
}
