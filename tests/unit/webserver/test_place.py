"""Our file for the machine's nginx: when it is planned, and what the scripts do to a folder of files."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers
from installer.answers.model import Ports, Site, Tls
from installer.apply.jobs import stage_code
from installer.apply.plan import make_plan
from installer.core.errors import Code
from installer.core.installation_files import OVERRIDE_FILE
from installer.facts.model import Facts, Record
from installer.hosts.base import Stage
from installer.https.reverse_proxy.place import (
    NONE,
    Placed,
    note,
    place_stages,
    placed,
    remove_stage,
    undo_stages,
)
from installer.state.plan_input import Situation
from installer.state.record import record_data
from tests.check_faults import ENCRYPTED, webservers
from tests.situations import ANSWERS, installed_facts, situation

BEHIND = replace(
    ANSWERS,
    site=Site("203.0.113.5", "127.0.0.1"),
    ports=Ports(http=8080),
    tls=Tls(mode="proxy", proxy_install=True),
)
PATH = "/etc/nginx/conf.d/dify-dify.conf"
OLD, NEW = "0" * 64, "1" * 64


def installed(answers: Answers = BEHIND, base: Facts = ENCRYPTED, **data: Any) -> Situation:
    """Dify runs there, and its record has *data*."""
    first = situation(base, answers)
    facts = replace(base, **installed_facts(first))
    assert facts.record is not None
    record = replace(facts.record, data={**facts.record.data, **data})
    return situation(replace(facts, record=record), answers)


def with_file(there: Situation, checksum: str) -> Situation:
    servers = replace(there.facts.webservers, ours={PATH: checksum})
    return situation(replace(there.facts, webservers=servers), there.answers)


def steps(there: Situation) -> list[str]:
    return [action.step for action in make_plan(there).actions]


def test_planned_last_and_only_when_asked_for() -> None:
    assert steps(situation(ENCRYPTED, BEHIND))[-2:] == ["ready", "webserver"]
    assert "webserver" not in steps(situation(ENCRYPTED, replace(BEHIND, tls=Tls(mode="proxy"))))
    assert "webserver" not in steps(situation(ENCRYPTED))
    blocked = make_plan(situation(webservers(nginx=""), BEHIND))
    assert [p.code for p in blocked.blockers] == [Code.WEBSERVER_UNUSABLE]


def test_the_plan_shows_it_word_for_word() -> None:
    there = situation(ENCRYPTED, BEHIND)
    wanted = placed(there)
    assert wanted is not None and wanted.path == PATH
    commands = "\n".join(make_plan(there).as_json()["commands"])
    assert shlex.quote(wanted.text) in commands and "\nnginx -t\n" in commands


def test_there_as_it_should_be_is_the_end_of_it() -> None:
    there = installed()
    wanted = placed(there)
    assert wanted is not None and steps(there) == ["ready", "webserver"]
    assert steps(with_file(there, wanted.checksum)) == ["ready"]


def test_an_edited_or_foreign_file_stays_and_is_told() -> None:
    there = with_file(installed(), OLD)
    assert steps(there) == ["ready"]
    (told,) = (p for p in make_plan(there).warnings if p.code is Code.FILES_CHANGED)
    assert PATH in told.params["files"]
    ours = with_file(installed(webserver={"path": PATH, "sums": [OLD]}), OLD)
    assert steps(ours) == ["ready", "webserver"]
    assert Code.FILES_CHANGED not in {p.code for p in make_plan(ours).warnings}


def test_taken_away_when_nobody_asks_for_it_any_more() -> None:
    plain = replace(BEHIND, tls=Tls(mode="proxy"))
    noted = {"path": PATH, "sums": [OLD]}
    assert steps(with_file(installed(plain, webserver=noted), OLD)) == ["ready", "webserver_off"]
    assert steps(with_file(installed(plain, webserver=noted), NEW)) == ["ready"]  # edited since
    assert steps(installed(plain, webserver=noted)) == ["ready"]
    assert steps(with_file(installed(plain), OLD)) == ["ready"]


def test_a_new_record_keeps_what_is_noted() -> None:
    noted = {"path": PATH, "sums": [OLD]}
    assert record_data(installed(webserver=noted))["webserver"] == noted


@pytest.mark.parametrize(
    ("includes", "folder"),
    [
        (("/etc/nginx/conf.d/*.conf", "/etc/nginx/http.d/*.conf"), "/etc/nginx/http.d"),
        (("/etc/nginx/sites-enabled/*",), "/etc/nginx/sites-enabled"),
        (("/etc/nginx/conf.d/one.conf", "/etc/nginx/sites-enabled/*"), "/etc/nginx/sites-enabled"),
    ],
)
def test_the_folder_that_nginx_reads(includes: tuple[str, ...], folder: str) -> None:
    wanted = placed(situation(webservers(includes=includes), BEHIND))
    assert wanted is not None and wanted.path == f"{folder}/dify-dify.conf"


def test_errors_of_its_stages() -> None:
    assert stage_code("webserver:test") is Code.WEBSERVER_BROKEN
    assert stage_code("webserver:place") is stage_code("webserver_off") is Code.WEBSERVER_REFUSED


def test_release_templates_behind_it() -> None:
    config = situation(ENCRYPTED, BEHIND).configuration
    files = {f.path: f.data.decode() for f in config.files}
    assert "X-Forwarded-Proto https;" in files["nginx/behind-proxy.conf.template"]
    assert "$scheme" not in "".join(files.values())
    assert "./nginx/behind-proxy.conf.template:/etc/nginx/proxy.conf.template" in files[OVERRIDE_FILE]
    assert not any("behind" in f.path for f in situation().configuration.files)
    values = config.env
    assert values["EXPOSE_NGINX_PORT"] == "127.0.0.1:8080" and values["NGINX_HTTPS_ENABLED"] == "false"
    assert values["CONSOLE_API_URL"] == values["CONSOLE_WEB_URL"] == "https://203.0.113.5"


# ------------------------------------------------------------------ undo, pure


def record(**table: Any) -> Record:
    data = {"webserver": table} if table else {}
    return Record("1.16.1", "dify", "", 0.0, data)


def test_an_undo_goes_back_to_what_the_former_record_says() -> None:
    now = record(path=PATH, sums=[NEW, OLD])
    assert undo_stages(None, record(), "/s") == undo_stages(record(), record(), "/s") == ()
    assert undo_stages(now, now, "/s") == ()
    (away,) = undo_stages(now, record(), "/s")
    assert away == remove_stage("webserver_off", now, "/s", NONE)
    (back,) = undo_stages(now, record(path=PATH, sums=[OLD]), "/s")
    assert back == remove_stage("webserver_off", now, "/s", OLD)
    off = record(path=PATH, sums=[NEW], off=True)
    (again,) = undo_stages(off, record(path=PATH, sums=[NEW]), "/s")
    assert again == remove_stage("webserver_off", off, "/s", NEW)
    assert undo_stages(off, record(), "/s") == ()


def test_what_may_come_back_stays_known_as_ours() -> None:
    wanted = Placed(PATH, "new\n")
    assert note(record(path=PATH, sums=[OLD]), wanted, OLD)["sums"] == [wanted.checksum, OLD]
    assert note(record(path=PATH, sums=[OLD]), wanted, None)["sums"] == [wanted.checksum]
    assert note(record(), wanted, OLD)["sums"] == [wanted.checksum]


# ------------------------------------------------------------------ the scripts

scripts = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a server's shell and tools")


class Machine:
    """A folder that is nginx's, and an nginx that says what a test wants."""

    def __init__(self, folder: Path) -> None:
        self.sites, self.programs, self.log = folder / "conf.d", folder / "bin", folder / "log"
        self.state = folder / "state of 'dify'"
        for made in (self.sites, self.programs, self.state):
            made.mkdir()
        self.file = self.sites / "dify-dify.conf"
        self.nginx()

    def nginx(self, accepts: str = "true", reloads: str = "true") -> None:
        """*accepts*, *reloads*: shell commands that decide."""
        program = self.programs / "nginx"
        program.write_text(
            f'#!/bin/sh\necho "$*" >>{self.log}\nf={self.file}\n'
            f'case $1 in -t) {accepts} && exit 0; echo "nginx: [emerg] bad word" >&2; exit 1 ;; esac\n'
            f"{reloads}\n"
        )
        program.chmod(0o755)
        # a service manager of the machine that runs this is not asked
        (self.programs / "systemctl").write_text("#!/bin/sh\nexit 1\n")
        (self.programs / "systemctl").chmod(0o755)

    def there(self) -> Situation:
        answers = replace(BEHIND, target=replace(BEHIND.target, directory=str(self.state.parent / "dify")))
        ours = {str(self.file): checksum(self.file.read_text())} if self.file.exists() else {}
        found = situation(ENCRYPTED, answers)
        return replace(
            found, facts=replace(found.facts, webservers=replace(found.facts.webservers, ours=ours))
        )

    def run(self, *stages: Stage) -> tuple[int, str]:
        said = ""
        for stage in stages:
            done = self._run(stage.argv)
            said += done.stdout
            if done.returncode:
                return done.returncode, said
        return 0, said

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}"}
        return subprocess.run(
            words,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )

    def place(self, text: str) -> tuple[int, str]:
        return self.run(*place_stages(self.there(), Placed(str(self.file), text)))

    @property
    def reloads(self) -> int:
        return self.log.read_text().count("-s reload")

    @property
    def names(self) -> list[str]:
        return sorted(p.name for p in self.sites.iterdir())


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@scripts
def test_placed_tested_and_reloaded(machine: Machine) -> None:
    assert machine.place("one $a `b` \\n 'c'\n")[0] == 0
    assert machine.file.read_text() == "one $a `b` \\n 'c'\n" and machine.reloads == 1
    assert machine.file.stat().st_mode & 0o777 == 0o644 and machine.names == ["dify-dify.conf"]
    assert machine.place("two\n")[0] == 0
    assert machine.file.read_text() == "two\n" and machine.reloads == 2


@scripts
def test_broken_already_is_left_alone(machine: Machine) -> None:
    machine.nginx(accepts="false")
    code, said = machine.place("one\n")
    assert code == 1 and "bad word" in said and machine.names == [] and machine.reloads == 0


@scripts
@pytest.mark.parametrize("before", ["", "former\n"])
@pytest.mark.parametrize(
    "fault", [{"accepts": "! grep -q bad $f 2>/dev/null"}, {"reloads": "! grep -q bad $f"}]
)
def test_what_is_not_accepted_is_taken_back(machine: Machine, before: str, fault: dict[str, str]) -> None:
    if before:
        machine.file.write_text(before)
    machine.nginx(**fault)
    code, said = machine.place("bad\n")
    assert code == 1 and "is back" in said
    assert machine.names == (["dify-dify.conf"] if before else [])
    assert not before or machine.file.read_text() == before


@scripts
def test_changed_since_the_plan_was_made_it_stays(machine: Machine) -> None:
    there = machine.there()
    machine.file.write_text("somebody's\n")
    code, said = machine.run(*place_stages(there, Placed(str(machine.file), "ours\n")))
    assert code == 1 and "changed meanwhile" in said
    assert machine.file.read_text() == "somebody's\n" and machine.names == ["dify-dify.conf"]


@scripts
def test_taken_away_and_put_back(machine: Machine) -> None:
    assert machine.place("one\n")[0] == machine.place("two\n")[0] == 0
    state = machine.there().answers.state_folder
    now = record(path=str(machine.file), sums=[checksum("two\n"), checksum("one\n")])
    assert machine.run(remove_stage("x", now, state, checksum("one\n")))[0] == 0
    assert machine.file.read_text() == "one\n"
    assert machine.run(remove_stage("x", now, state))[0] == 0
    assert machine.names == [] and machine.reloads == 4
    assert machine.run(remove_stage("x", now, state, checksum("two\n")))[0] == 0
    assert machine.file.read_text() == "two\n"
    machine.file.write_text("edited\n")
    code, said = machine.run(remove_stage("x", now, state))
    assert code == 0 and "edited by hand" in said and machine.file.read_text() == "edited\n"
    assert json.dumps(machine.names) == '["dify-dify.conf"]'
