"""The wizard's state: route, what is missing, what an edit drops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Admin, Answers, Ports, Secrets, Target, Tls
from installer.appdata.known_servers import KnownServer
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.facts.model import Facts, Listener
from installer.hosts.dialogue import Prompt, Question
from installer.hosts.ssh.auth_methods import Door
from installer.preflight.check_list import Check
from installer.preflight.findings import Finding
from installer.support.story import Support
from installer.views.progress import Progress
from installer.views.wizard import (
    Busy,
    ChecksState,
    Failure,
    Keeping,
    LocalDocker,
    LoginMethod,
    LoginState,
    PageId,
    WizardState,
    WorkState,
    agent_there,
    can_go_back,
    edit,
    effective,
    effective_secrets,
    field_problems,
    free_port,
    holding_back,
    may_visit,
    missing,
    neighbour,
    opened,
    place_of,
    port_problem,
    route,
    with_answers,
)

SSH = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root"))
LOCAL = Answers(target=Target(kind="local"))
PASSWORD = Secrets(ssh_password=Secret("correct horse"))


def door(*methods: str) -> Door:
    return Door("203.0.113.5", 22, "OpenSSH_9.6", "", methods)


DOOR = door("publickey", "password")


def stop(code: Code) -> Check:
    return Check(str(code), "server", "stop", {}, Finding(code))


class TestRoute:
    def test_over_ssh_every_page_is_seen(self) -> None:
        assert route(WizardState(answers=SSH)) == tuple(p for p in PageId if p is not PageId.REPORT)

    def test_this_computer_needs_no_login(self) -> None:
        assert PageId.LOGIN not in route(WizardState(answers=LOCAL))

    def test_opening_a_server_ends_with_the_login(self) -> None:
        assert route(WizardState(intent="open")) == (PageId.WELCOME, PageId.LOGIN)

    def test_the_past_lies_beside_the_way(self) -> None:
        state = WizardState(page=PageId.REPORT, answers=SSH, support=Support(back="install"))
        assert place_of(state) is PageId.INSTALL and can_go_back(state)
        assert place_of(replace(state, support=None)) is PageId.WELCOME
        assert not any(may_visit(state, page) for page in PageId)

    @pytest.mark.parametrize("page", [p for p in PageId if p is not PageId.REPORT])
    def test_neighbours_lead_back_and_forth(self, page: PageId) -> None:
        state = WizardState(page=page, answers=SSH)
        after = neighbour(state, 1)
        if after is not None:
            assert neighbour(replace(state, page=after), -1) is page

    def test_the_rail_leads_back_only_and_never_after_install(self) -> None:
        state = WizardState(page=PageId.SETTINGS, answers=SSH)
        assert may_visit(state, PageId.CHECKS) and not may_visit(state, PageId.REVIEW)
        assert not may_visit(replace(state, page=PageId.INSTALL), PageId.CHECKS)
        assert not may_visit(replace(state, page=PageId.DONE), PageId.WELCOME)

    def test_no_way_back_while_it_installs(self) -> None:
        state = WizardState(page=PageId.INSTALL, answers=SSH, work=WorkState(busy=Busy("install", 0)))
        assert not can_go_back(state) and state.installing
        assert can_go_back(replace(state, work=replace(state.work, busy=None)))
        assert not can_go_back(WizardState())
        assert not can_go_back(WizardState(page=PageId.DONE))


class TestEdit:
    def connected(self) -> WizardState:
        return WizardState(
            page=PageId.SETTINGS,
            answers=SSH,
            secrets=PASSWORD,
            rights="root",
            checks=ChecksState(facts=Facts(), rows=(stop(Code.PORT_IN_USE),)),
        )

    def test_nothing_changed_is_the_same_state(self) -> None:
        state = self.connected()
        assert edit(state, answers=SSH, secrets=PASSWORD) is state

    @pytest.mark.parametrize(
        "change",
        [
            {"answers": replace(SSH, target=replace(SSH.target, host="203.0.113.6"))},
            {"answers": replace(SSH, target=replace(SSH.target, port=2222))},
            {"secrets": Secrets(ssh_password=Secret("another"))},
            {"method": "agent"},
        ],
    )
    def test_another_login_forgets_the_machine(self, change: dict[str, object]) -> None:
        new = edit(self.connected(), **change)  # type: ignore[arg-type]
        assert not new.connected and new.checks.facts is None and not new.checks.rows and new.rights == ""

    def test_another_jump_host_does_not_get_what_was_given_before(self) -> None:
        given = Secrets(ssh_password=Secret("p"), ssh_passphrase=Secret("x"), sudo_password=Secret("s"))
        kept = replace(self.connected(), secrets=given, keeping=Keeping(usable=True, wanted=True, kept=True))
        onto = replace(SSH, target=replace(SSH.target, jump="gate"))
        new = edit(kept, answers=onto)
        assert new.secrets == Secrets(sudo_password=Secret("s")) and not new.keeping.kept
        typed = edit(replace(kept, keeping=Keeping()), answers=onto)
        assert typed.secrets == replace(given, ssh_password=None), "a passphrase leaves this computer never"
        assert edit(new, answers=onto, secrets=given).secrets == given

    @pytest.mark.parametrize("change", [{"host": "203.0.113.6"}, {"port": 2222}])
    def test_a_pinned_host_key_is_of_one_address(self, change: dict[str, object]) -> None:
        pinned = replace(SSH, target=replace(SSH.target, host_key="SHA256:old"))
        state = replace(self.connected(), answers=pinned)
        moved = replace(pinned, target=replace(pinned.target, **change))  # type: ignore[arg-type]
        assert edit(state, answers=moved).answers.target.host_key == ""
        assert with_answers(state, moved, "password").answers == moved, "a file's own key holds"
        user = replace(pinned, target=replace(pinned.target, user="me"))
        assert edit(state, answers=user).answers.target.host_key == "SHA256:old"

    def test_another_folder_forgets_the_facts_but_stays_connected(self) -> None:
        new = edit(self.connected(), answers=replace(SSH, target=replace(SSH.target, directory="/srv/dify")))
        assert new.connected and new.checks.facts is None

    def test_another_port_keeps_the_facts(self) -> None:
        new = edit(self.connected(), answers=replace(SSH, ports=Ports(http=8080)))
        assert new.connected and new.checks.facts is not None and new.review.plan is None

    def test_an_edit_takes_the_old_error_off_its_page(self) -> None:
        failure = Failure(PageId.SETTINGS, InstallError(Code.STORE_UNKNOWN))
        new = edit(
            replace(self.connected(), work=WorkState(failure=failure)),
            answers=replace(SSH, ports=Ports(http=81)),
        )
        assert new.work.failure is None


class TestMissing:
    def test_local_without_docker(self) -> None:
        state = WizardState(page=PageId.WHERE, answers=LOCAL)
        assert not missing(state)
        down = replace(state, local=LocalDocker("", InstallError(Code.DOCKER_NOT_RUNNING)))
        assert not missing(down)  # the checks say more, and can start it
        never = replace(state, local=LocalDocker("", InstallError(Code.LOCAL_UNSUPPORTED)))
        assert [m.key for m in missing(never)] == ["local_docker"]

    def login(
        self,
        method: LoginMethod = "password",
        *,
        door: Door | None = DOOR,
        sudo_asked: bool = False,
        **changes: object,
    ) -> list[str]:
        login = LoginState(method, door, sudo_asked)
        state = WizardState(page=PageId.LOGIN, answers=SSH, secrets=PASSWORD, login=login)
        return [m.key for m in missing(replace(state, **changes))]  # type: ignore[arg-type]

    def test_a_whole_login_lacks_nothing(self) -> None:
        assert self.login() == []
        assert self.login("agent", secrets=Secrets()) == []

    def test_what_a_login_lacks(self) -> None:
        assert self.login(answers=Answers()) == ["host"]
        assert self.login(answers=replace(SSH, target=replace(SSH.target, host="no such host!"))) == [
            "address"
        ]
        assert self.login(answers=replace(SSH, target=replace(SSH.target, user=""))) == ["user"]
        assert self.login(answers=replace(SSH, target=replace(SSH.target, port=0))) == ["port_range"]
        assert self.login(secrets=Secrets()) == ["password"]
        assert self.login("key") == ["key"]
        assert self.login(sudo_asked=True) == ["sudo_password"]

    def test_before_the_server_was_asked_nobody_is_asked_for_a_proof(self) -> None:
        assert self.login(secrets=Secrets(), door=None) == []
        assert self.login(secrets=Secrets(), door=door("none")) == []
        assert self.login(door=door("hostbased")) == ["no_way"]
        assert self.login("ask", secrets=Secrets(), door=door("keyboard-interactive")) == []
        assert self.login(work=WorkState(question=Question("a", "me", "", "", (Prompt("Code"),)))) == [
            "answers"
        ]

    def test_a_host_key_must_be_decided(self) -> None:
        for code, key in (
            (Code.SSH_HOST_KEY_UNKNOWN, "fingerprint"),
            (Code.SSH_HOST_KEY_CHANGED, "fingerprint_changed"),
        ):
            assert self.login(work=WorkState(failure=Failure(PageId.LOGIN, InstallError(code)))) == [key]

    def test_checks_hold_back_what_settings_cannot_mend(self) -> None:
        state = WizardState(page=PageId.CHECKS, answers=SSH, checks=ChecksState(facts=Facts()))
        assert [m.key for m in missing(state)] == ["checks"]
        mendable = replace(state, checks=replace(state.checks, rows=(stop(Code.PORT_IN_USE),)))
        assert not missing(mendable) and not holding_back(mendable)
        held = replace(
            state, checks=replace(state.checks, rows=(stop(Code.DOCKER_MISSING), stop(Code.PORT_IN_USE)))
        )
        assert [m.params["count"] for m in missing(held)] == ["1"]
        failed = replace(
            mendable, release=replace(mendable.release, error=InstallError(Code.RELEASE_LIST_FAILED))
        )
        assert [m.key for m in missing(failed)] == ["release"]

    def settings(self, answers: Answers, secrets: Secrets = PASSWORD) -> dict[str, str]:
        state = WizardState(
            page=PageId.SETTINGS, answers=answers, secrets=secrets, checks=ChecksState(facts=Facts())
        )
        return {k: m.key for k, m in field_problems(state, PageId.SETTINGS).items()}

    def test_settings_are_judged_as_typed(self) -> None:
        assert self.settings(SSH) == {}
        assert self.settings(replace(SSH, ports=Ports(http=0))) == {"ports.http": "port_range"}
        assert set(self.settings(replace(SSH, ports=Ports(http=5003))).values()) == {"port_twice"}
        assert self.settings(replace(SSH, tls=Tls(mode="own"), ports=Ports(https=443))) == {
            "tls.certificate": "certificate"
        }

    def test_an_administrator_is_whole_or_not_there(self) -> None:
        good = Secrets(ssh_password=PASSWORD.ssh_password, admin_password=Secret("long enough 1"))
        weak = replace(good, admin_password=Secret("short"))
        admin = replace(SSH, admin=Admin(email="admin@example.jp", name="Admin"))
        nameless = replace(SSH, admin=Admin(email="admin@example.jp"))
        assert self.settings(nameless, good) == {"admin.name": "admin_name"}
        assert self.settings(admin, good) == {}
        assert self.settings(admin, weak) == {"secrets.admin_password": "admin_password"}
        assert self.settings(SSH, good) == {"admin.email": "admin_email"}
        assert self.settings(replace(SSH, admin=Admin(email="nobody"))).keys() >= {"admin.email"}

    def test_the_plan_holds_back_the_installation(self) -> None:
        assert [m.key for m in missing(WizardState(page=PageId.REVIEW))] == ["plan"]


class TestPorts:
    facts = Facts(listeners=(Listener("0.0.0.0", 80, "nginx", 812), Listener("::", 8080, "node", 9)))

    def test_a_taken_port_names_its_holder_and_a_free_one(self) -> None:
        state = WizardState(answers=SSH, checks=ChecksState(facts=self.facts))
        found = port_problem(state, "ports.http", 80)
        assert found is not None and found.key == "port_taken"
        assert found.params == {"holder": "nginx (pid 812)", "free": "8081"}
        assert free_port(state, 80) == 8081
        assert port_problem(state, "ports.http", 8090) is None

    def test_an_unknown_holder(self) -> None:
        state = WizardState(
            answers=SSH, checks=ChecksState(facts=Facts(listeners=(Listener("0.0.0.0", 80),)))
        )
        found = port_problem(state, "ports.http", 80)
        assert found is not None and found.key == "port_taken_unknown"

    def test_without_facts_nothing_is_said(self) -> None:
        assert port_problem(WizardState(answers=SSH), "ports.http", 80) is None


class TestEffective:
    def test_what_was_typed_for_another_choice_does_not_count(self) -> None:
        target = replace(SSH.target, kind="local", identity_file="/home/me/key", docker="desktop-linux")
        answers = replace(SSH, target=target, tls=Tls(certificate="/home/me/chain.pem"))
        local = effective(WizardState(answers=answers))
        assert local.target == Target(kind="local", docker="desktop-linux")
        assert local.tls == Tls()
        over = WizardState(
            answers=replace(answers, target=replace(target, kind="ssh")),
            login=LoginState(method="password"),
        )
        assert effective(over).target.docker == "" and effective(over).target.identity_file == ""
        by_key = replace(over, login=LoginState("key"))
        assert effective(by_key).target.identity_file == "/home/me/key"

    def test_what_a_mode_of_https_does_not_use_waits_in_the_state(self) -> None:
        typed = Tls("own", "/c.pem", "/k.pem", hsts=True)
        for tls, kept in ((typed, typed), (Tls("self-signed"), None), (Tls("off"), None)):
            now = replace(typed, mode=tls.mode)
            state = WizardState(answers=replace(SSH, tls=now, ports=Ports(https=443)))
            assert effective(state).tls == (kept or tls) and state.answers.tls == now
            assert effective(state).ports.https == (0 if tls.mode == "off" else 443)

    def test_secrets_of_another_login_are_not_used(self) -> None:
        every = Secrets(
            ssh_password=Secret("password"),
            ssh_passphrase=Secret("phrase"),
            sudo_password=Secret("sudo"),
            admin_password=Secret("admin"),
            tls_passphrase=Secret("tls"),
        )
        named = Admin("a@example.jp", "A")
        state = WizardState(answers=replace(SSH, admin=named), secrets=every, login=LoginState(method="key"))
        found = effective_secrets(state)
        assert found.ssh_password is None and found.ssh_passphrase and found.sudo_password
        assert found.tls_passphrase is None and found.admin_password
        local = WizardState(answers=replace(LOCAL, admin=named), secrets=every)
        assert effective_secrets(local) == Secrets(admin_password=every.admin_password)


def test_a_known_server_brings_its_login() -> None:
    server = KnownServer(
        "a1", "dify.example.jp", SSH.target, "http://203.0.113.5", "1.16.1", 1.0, login="key"
    )
    state = opened(WizardState(secrets=PASSWORD, login=LoginState(method="password")), server, "open")
    assert state.answers.target == SSH.target and state.login.method == "key" and state.intent == "open"
    assert state.secrets == Secrets()


def test_answers_from_a_file_name_a_docker_of_their_own() -> None:
    found = WizardState(answers=LOCAL, local=LocalDocker("28.5.2"))
    assert with_answers(found, LOCAL, "password").local == found.local
    other = replace(LOCAL, target=replace(LOCAL.target, docker="unix:///run/other.sock"))
    assert with_answers(found, other, "password").local is None


def test_an_agent_is_told_by_its_socket() -> None:
    import os

    assert agent_there({"SSH_AUTH_SOCK": "/run/agent"}) or os.name == "nt"
    assert os.name == "nt" or not agent_there({})


def test_a_state_holds_an_empty_progress() -> None:
    assert WizardState().install.progress == Progress()
