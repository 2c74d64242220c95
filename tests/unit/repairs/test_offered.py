"""Which repairs are offered, for which system, and with what commands."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import pytest

from installer.answers.model import Answers, Repairs, Stores, Target
from installer.apply.plan import make_plan
from installer.core.errors import Code
from installer.core.repair_ids import IDS
from installer.core.resources import read_text
from installer.facts.machine import Kernel
from installer.facts.model import AccessControl, Desktop, DockerFacts, Engine, Facts, Login, Packages, System
from installer.preflight.findings import Finding, early_findings
from installer.repairs.builders import BUILDERS
from installer.repairs.catalogue import Inputs, knowledge
from installer.repairs.model import Repair, offered
from installer.texts import LANGUAGES, Texts, table
from tests.situations import ANSWERS, GOOD, situation

DEBIAN = System(
    user="root",
    uid=0,
    os_id="debian",
    os_version="13",
    os_codename="trixie",
    os_name="Debian 13",
    arch="x86_64",
)
#: os-release's ID, VERSION_ID, VERSION_CODENAME → where packages come from; None: we know none.
SYSTEMS = [
    ("debian", "11", "bullseye", "https://download.docker.com/linux/debian"),
    ("debian", "12", "bookworm", "https://download.docker.com/linux/debian"),
    ("debian", "13", "trixie", "https://download.docker.com/linux/debian"),
    ("debian", "", "", None),  # testing: no suite of Docker's
    ("debian", "10", "buster", None),
    ("ubuntu", "22.04", "jammy", "https://download.docker.com/linux/ubuntu"),
    ("ubuntu", "24.04", "noble", "https://download.docker.com/linux/ubuntu"),
    ("fedora", "42", "", "https://download.docker.com/linux/fedora/$releasever/$basearch/stable"),
    ("rhel", "9.6", "", "https://download.docker.com/linux/rhel/$releasever/$basearch/stable"),
    ("almalinux", "9.6", "", "https://download.docker.com/linux/centos/9/$basearch/stable"),
    ("rocky", "8.10", "", "https://download.docker.com/linux/centos/8/$basearch/stable"),
    ("ol", "9.5", "", "https://download.docker.com/linux/centos/9/$basearch/stable"),
    ("centos", "10", "", "https://download.docker.com/linux/centos/10/$basearch/stable"),
    ("centos", "7", "", None),
    ("amzn", "2023", "", ""),
    ("opensuse-leap", "15.6", "", ""),
    ("arch", "", "", None),
]


#: Docker is there, and nothing else is known.
PLAIN = Facts(docker=GOOD.docker, directory=GOOD.directory)


def facts(system: System = DEBIAN, **more: object) -> Facts:
    return replace(PLAIN, system=system, **more)  # type: ignore[arg-type]


def one(
    repair_id: str, code: Code, found: Facts | None = None, answers: Repairs | None = None, **params: str
) -> Repair:
    """The repair with that id among those offered for *code*."""
    asked = replace(ANSWERS, repairs=answers or Repairs())
    repairs = offered(found or facts(), "root", asked, [Finding(code, params)])
    return next(r for r in repairs if r.id == repair_id)


def test_every_repair_is_known_everywhere() -> None:
    assert set(IDS) == set(BUILDERS) == set(knowledge()["repair"])
    for language in LANGUAGES:
        assert set(table(language, "repairs")) == set(IDS)
        for repair_id in IDS:
            words = Texts(language).repair(repair_id, {})
            assert words.title and words.plan and words.about


@pytest.mark.parametrize(("os_id", "version", "codename", "source"), SYSTEMS)
def test_where_packages_come_from(os_id: str, version: str, codename: str, source: str | None) -> None:
    system = replace(DEBIAN, os_id=os_id, os_version=version, os_codename=codename)
    repairs = offered(facts(system), "sudo_password", ANSWERS, [Finding(Code.DOCKER_MISSING)])
    assert [r.id for r in repairs] == ([] if source is None else ["docker.install"])
    if source is None:
        return
    repair = repairs[0]
    assert repair.params["source"] == source
    assert "@" not in "".join(repair.commands).replace("$@", ""), "a field was not filled"
    assert not source or any(source in line for line in repair.commands)
    assert repair.stages[0].name == "repair:docker.install:wait"
    assert repair.stages[-1].name == "repair:docker.install:start"
    packages = [s for s in repair.stages if s.name.endswith(":packages")]
    assert len(packages) == 1 and packages[0].whole, "a package transaction is never ended half-way"
    assert not any(s.whole for s in repair.stages if s.name.endswith((":wait", ":download", ":start")))


def test_what_is_shown_is_what_is_run() -> None:
    repair = one("docker.install", Code.DOCKER_MISSING)
    run = "\n".join(stage.argv[-1] for stage in repair.stages).splitlines()
    assert set(repair.commands) - {"…"} <= set(run)
    hidden = [line for line in run if line not in repair.commands]
    wait = repair.stages[0].argv[-1].splitlines()
    key = read_text("keys/docker-apt.asc").splitlines()
    assert set(hidden) <= {*wait, *key}
    assert repair.commands[0] == wait[0]


@pytest.mark.parametrize("kind", ["apt", "rpm"])
def test_the_key_is_dockers(kind: str) -> None:
    """OpenPGP (RFC 4880, 12.2): the fingerprint is the SHA-1 of 0x99, the length, and the public key."""
    entry = knowledge()["key"][kind]
    body = read_text(entry["file"]).split("\n\n", 1)[1].split("\n=", 1)[0]
    data = base64.b64decode(body)
    assert data[0] == 0x99, "a public key packet with a length of two bytes"
    length = int.from_bytes(data[1:3], "big")
    assert hashlib.sha1(data[: 3 + length]).hexdigest().upper() == entry["fingerprint"]


@pytest.mark.parametrize(
    ("rights", "expected"),
    [("root", 1), ("sudo", 1), ("sudo_password", 1), ("docker_group", 0), ("none", 0), ("local", 1), ("", 1)],
)
def test_nothing_is_offered_that_the_rights_cannot_do(rights: str, expected: int) -> None:
    assert len(offered(facts(), rights, ANSWERS, [Finding(Code.DOCKER_MISSING)])) == expected


def test_on_this_computer_without_root_nothing_is_offered() -> None:
    mine = facts(replace(DEBIAN, uid=1000))
    assert offered(mine, "local", ANSWERS, [Finding(Code.DOCKER_MISSING)]) == ()


def test_packages_in_the_way_are_shown_and_removed_with_the_rest() -> None:
    there = facts(packages=Packages(manager="apt", installed={"podman-docker": "5.4.2", "nginx": "1"}))
    repair = one("docker.install", Code.DOCKER_MISSING, there)
    assert repair.changes[0] == "- package podman-docker"
    assert any("podman-docker-" in line for line in repair.commands)
    assert "gone=podman-docker" in repair.commands


@pytest.mark.parametrize(
    ("repair", "code"), [("docker.install", Code.DOCKER_MISSING), ("compose.update", Code.COMPOSE_MISSING)]
)
def test_what_a_restart_cut_off_is_ended_first_and_that_is_shown(repair: str, code: Code) -> None:
    parts = {}
    for interrupted in (False, True):
        found = one(repair, code, facts(packages=Packages("apt", interrupted=interrupted)))
        parts[interrupted] = [stage.name.rpartition(":")[2] for stage in found.stages]
    assert "finish" not in parts[False]
    assert parts[True][:2] == ["wait", "finish"] and parts[True][2:] == parts[False][1:]
    assert any("dpkg --configure -a" in line for line in found.commands)
    assert next(stage for stage in found.stages if stage.name.endswith(":finish")).whole


def test_rpm_conflicts_are_a_step_of_their_own() -> None:
    alma = replace(DEBIAN, os_id="almalinux", os_version="9.6", os_codename="")
    there = facts(alma, packages=Packages(manager="dnf", installed={"podman-docker": "5.4.2"}))
    stages = one("docker.install", Code.DOCKER_MISSING, there).stages
    removing = next(s for s in stages if s.name.endswith(":remove"))
    assert removing.whole
    assert removing.argv == ("rpm", "-e", "podman-docker"), "rpm refuses where something needs it"


def test_compose_is_updated_to_what_is_needed() -> None:
    there = facts(packages=Packages(manager="apt"))
    repair = one("compose.update", Code.COMPOSE_TOO_OLD, there, need="2.30.0")
    assert [s.name.rpartition(":")[2] for s in repair.stages] == ["wait", "packages", "file"]
    assert "need=2.30.0" in repair.commands
    checksum = knowledge()["compose"]["sha256"]["x86_64"]
    assert f"checksum={checksum}" in repair.commands
    assert "/usr/local/lib/docker/cli-plugins/docker-compose" in repair.changes


def test_params_of_other_problems_mean_something_else() -> None:
    """``need`` is also said of memory, of Docker, of the kernel; ``holder`` of a port."""
    there = facts(packages=Packages(manager="apt"))
    others = [
        Finding(Code.MEMORY_LOW, {"need": "4"}),
        Finding(Code.DOCKER_OLD, {"need": "99.0"}),
        Finding(Code.PORT_IN_USE, {"holder": "nginx"}),
    ]
    problems = [*others, Finding(Code.COMPOSE_TOO_OLD, {"need": "2.30.0"}), Finding(Code.PACKAGES_BUSY)]
    repairs = {r.id: r for r in offered(there, "root", ANSWERS, problems)}
    assert repairs["compose.update"].params["need"] == "2.30.0"
    assert repairs["packages.wait"].params["holder"] == ""
    repairs = {r.id: r for r in offered(there, "root", ANSWERS, [*others, Finding(Code.DOCKER_MISSING)])}
    assert repairs["docker.install"].params["need"] == "2.24.4"


def test_a_proxy_keeps_who_is_reached_without() -> None:
    engine = Engine(proxies={"no": "registry.inside, ::1"})
    asked = Repairs(proxy="http://p:3128")
    repair = one("daemon.proxy", Code.PULL_FAILED, facts(engine=engine), asked)
    proxies = json.loads(repair.daemon_json)["proxies"]
    assert proxies["no-proxy"] == "registry.inside,::1,localhost,127.0.0.0/8"


@pytest.mark.parametrize(
    ("version", "known"), [("20.10.24", False), ("22.06.0-beta.0", False), ("23.0.0", True), ("", True)]
)
def test_a_proxy_only_for_an_engine_that_knows_it(version: str, known: bool) -> None:
    """An older one would not start any more with "proxies" in its file."""
    found = facts(docker=replace(GOOD.docker, server=version))
    asked = replace(ANSWERS, repairs=Repairs(proxy="http://p:3128"))
    ids = [r.id for r in offered(found, "root", asked, [Finding(Code.PULL_FAILED)])]
    assert ids == (["daemon.proxy"] if known else [])


def test_what_changes_a_file_is_not_ended_half_way() -> None:
    asked = Repairs(mirror="https://m.example", proxy="http://p:3128")
    for repair_id, code in (
        ("daemon.mirror", Code.PULL_FAILED),
        ("daemon.proxy", Code.PULL_FAILED),
        ("daemon.repair", Code.DAEMON_BROKEN),
        ("swap.add", Code.MEMORY_LOW),
    ):
        assert all(stage.whole for stage in one(repair_id, code, answers=asked).stages), repair_id


def test_docker_is_restarted_for_every_port_that_it_kept() -> None:
    found = [Finding(Code.PORT_LEFT, {"port": port}) for port in ("443", "80")]
    (repair,) = offered(facts(), "root", ANSWERS, [*found, Finding(Code.PORT_IN_USE, {"port": "5003"})])
    assert repair.id == "docker.restart" and not repair.at_once, "it stops other people's containers"
    assert all(stage.whole for stage in repair.stages), "else what was stopped for it would stay so"
    assert "ports='80 443'" in repair.commands
    assert Texts("en").repair(repair.id, repair.params).plan.endswith(": 80, 443")


def test_a_mirror_does_not_need_a_docker_that_runs() -> None:
    """``reload`` alone fails on a stopped service, which is started only afterwards."""
    repair = one("daemon.mirror", Code.PULL_FAILED, answers=Repairs(mirror="https://m.example"))
    assert "verb=reload-or-restart" in repair.commands


def test_no_file_of_compose_for_other_processors() -> None:
    system = replace(DEBIAN, arch="riscv64", os_id="arch")
    there = facts(system, packages=Packages())
    assert offered(there, "root", ANSWERS, [Finding(Code.COMPOSE_MISSING)]) == ()


def test_group_is_for_the_user_who_logs_in() -> None:
    asked = replace(ANSWERS, target=replace(ANSWERS.target, user="me"))
    problem = [Finding(Code.DOCKER_NO_RIGHTS, {"user": "me"})]
    (repair,) = offered(facts(), "sudo", asked, problem)
    assert (repair.commands, repair.renews) == (("usermod -aG docker me",), True)
    mine = replace(ANSWERS, target=Target(kind="local"))
    assert offered(facts(login=Login(user="you")), "local", mine, problem)[0].params["user"] == "you"
    assert offered(facts(), "root", ANSWERS, problem) == ()


def test_swap_only_where_there_is_none() -> None:
    assert one("swap.add", Code.MEMORY_LOW).changes == ("/swapfile", "/etc/fstab")
    assert offered(facts(replace(DEBIAN, swap=1)), "root", ANSWERS, [Finding(Code.MEMORY_LOW)]) == ()


def test_only_settings_that_the_chosen_store_asks_for_are_raised() -> None:
    low = (("vm.max_map_count", "65530"), ("fs.aio-max-nr", "65536"))
    there = facts(machine=replace(PLAIN.machine, kernel=Kernel(settings=low)))

    def repairs(store: str, rights: str = "root") -> tuple[Repair, ...]:
        answers = replace(ANSWERS, stores=Stores(store))
        problems = [p for p in early_findings(answers, there) if p.code is Code.KERNEL_SETTING]
        return offered(there, rights, answers, problems)

    (repair,) = repairs("oceanbase")
    path = "/etc/sysctl.d/90-dify.conf"
    assert repair.id == "kernel.settings" and repair.stages[0].whole
    assert repair.changes == (path, "vm.max_map_count", "fs.aio-max-nr")
    assert "settings='vm.max_map_count 327600\nfs.aio-max-nr 1048576'" in "\n".join(repair.commands)
    assert "@" not in "".join(repair.commands), "a field was not filled"
    (one_setting,) = repairs("opensearch")
    assert one_setting.params == {"path": path, "settings": "vm.max_map_count 262144"}
    assert repairs("weaviate") == () and repairs("oceanbase", "docker_group") == ()
    assert path in Texts("en").repair(repair.id, repair.params).about


def test_docker_desktop_is_started_by_its_own_command_without_root() -> None:
    mine = facts(replace(DEBIAN, uid=1000), desktop=Desktop())
    (repair,) = offered(mine, "local", ANSWERS, [Finding(Code.DESKTOP_NOT_STARTED)])
    assert (repair.commands, repair.at_once) == (("docker desktop start",), True)
    desktop, engine = Texts("en").repair(repair.id, repair.params), Texts("en").repair(repair.id, {})
    assert desktop.plan == "Start Docker Desktop and wait until it is ready"
    assert "not changed" in desktop.about and "every start of the machine" in engine.plan


def test_what_is_asked_for_is_done_once() -> None:
    asked = replace(
        ANSWERS,
        target=replace(ANSWERS.target, user="me"),
        repairs=Repairs(
            ("daemon.mirror", "daemon.proxy", "docker.group"), "https://m.example", "http://p:3128"
        ),
    )
    ids = [r.id for r in offered(facts(), "root", asked, [])]
    assert ids == ["daemon.mirror", "daemon.proxy", "docker.group"]
    engine = Engine(
        mirrors=("https://m.example/",), proxies={"http": "http://p:3128", "https": "http://p:3128"}
    )
    done = facts(engine=engine, login=Login(user="me", docker_listed=True))
    assert offered(done, "root", asked, []) == ()
    assert offered(facts(), "root", replace(asked, repairs=Repairs()), []) == ()


def test_start_and_wait_act_at_once_others_do_not() -> None:
    at_once = {name for name, entry in knowledge()["repair"].items() if entry.get("at_once")}
    assert at_once == {"packages.wait", "docker.start", "docker.unmask", "directory.protect"}
    assert one("docker.start", Code.DOCKER_NOT_RUNNING).at_once
    assert not one("docker.install", Code.DOCKER_MISSING).at_once


# ---------------------------------------------------------------- in the plan


def test_a_needed_repair_that_is_not_allowed_blocks_and_is_named() -> None:
    plan = make_plan(situation(replace(PLAIN, system=DEBIAN, docker=DockerFacts())))
    assert [(b.code, b.repairs) for b in plan.blockers] == [(Code.DOCKER_MISSING, ("docker.install",))]
    assert plan.chosen == ()
    assert plan.actions[0].step == "upload"


def test_an_allowed_repair_is_the_first_step_and_blocks_no_more() -> None:
    found = replace(PLAIN, system=DEBIAN, docker=DockerFacts())
    asked = replace(ANSWERS, repairs=Repairs(("docker.install", "swap.add")))
    plan = make_plan(situation(found, asked))
    assert plan.blockers == ()
    assert plan.chosen == ("docker.install", "swap.add")
    assert [a.step for a in plan.actions] == [
        "repair:docker.install",
        "repair:swap.add",
        "upload",
        "pull",
        "reach",
        "databases",
        "start",
        "ready",
    ]
    shown = plan.as_json()
    assert shown["repairs"][0]["chosen"] is True
    assert shown["repairs"][0]["commands"] == list(plan.repairs[0].commands)
    assert not any("mQINBFit" in line for line in shown["commands"]), "the key's lines are left out"


def test_after_repairing_nothing_counts_as_repaired() -> None:
    found = replace(PLAIN, system=DEBIAN, docker=DockerFacts())
    asked = replace(ANSWERS, repairs=Repairs(("docker.install",)))
    plan = make_plan(situation(found, asked), repairing=False)
    assert [b.code for b in plan.blockers] == [Code.DOCKER_MISSING]
    assert plan.to_repair == ()


def test_a_good_machine_needs_no_repair() -> None:
    assert make_plan(situation()).repairs == ()


def test_selinux_labels_quote_the_folder() -> None:
    asked = replace(ANSWERS, target=Target(kind="ssh", host="h", user="root", directory="/srv/my dify.1"))
    found = facts(access=AccessControl(selinux="enforcing"))
    draft = BUILDERS["selinux.labels"](inputs := _inputs(found, asked))
    assert draft is not None and inputs.admin
    text = draft.stages[0].argv[-1]
    assert "'/srv/my dify.1'" in text
    assert r"'/srv/my dify\.1(/.*)?'" in text
    assert BUILDERS["selinux.labels"](_inputs(facts(access=AccessControl(selinux="disabled")), asked)) is None


def _inputs(found: Facts, asked: Answers) -> Inputs:
    return Inputs(found, asked, (), admin=True)
