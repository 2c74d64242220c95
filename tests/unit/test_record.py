"""The record on the target: what stood there before us, and what an undo leaves of it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from installer.answers import Secrets, Tls
from installer.core.app_folder import Home
from installer.engine import Engine
from installer.facts.model import DirectoryFacts, Facts, Record
from installer.facts.network import DockerNetwork, Networks
from installer.lifecycle.undo.model import UndoPlan
from installer.lifecycle.undo.remove import Removal, forget
from installer.state.desired import changed_by_hand, checksum, files_to_place
from installer.state.plan_input import Situation
from installer.state.record import (
    ARCHIVE,
    NAME,
    backups_of,
    note_answers,
    note_ready,
    pending,
    record_data,
    starting,
    with_backup,
)
from tests.fakes.host import FakeHost
from tests.situations import ANSWERS, GOOD, installed, situation

FILE = "nginx/nginx.conf.template"
STATE = ANSWERS.state_folder
NETWORKS = Networks(
    (DockerNetwork("bridge"), DockerNetwork("dify_x", project="dify"), DockerNetwork("other"))
)


def parsed(data: dict[str, Any]) -> Record:
    record = Record.parse(json.dumps(data))
    assert record is not None
    return record


def test_volumes_and_networks_from_before_the_first_upload_are_noted_for_good() -> None:
    there = replace(GOOD, volumes=frozenset({"dify_old", "a" * 64}), networks=NETWORKS)
    first = record_data(situation(there))
    assert first["found_volumes"] == ["dify_old"] and first["found_networks"] == ["dify_x"]
    later = replace(there, record=parsed(first), volumes=frozenset({"dify_old", "dify_db"}))
    again = record_data(situation(later))
    assert again["found_volumes"] == ["dify_old"] and again["found_networks"] == ["dify_x"]


@pytest.mark.parametrize(
    ("there", "is_written"),
    [
        ({"ready": True, "settled": False}, True),  # a change made a backup: it ended well
        ({"ready": True, "settled": True}, False),
        ({"ready": True}, False),
        ({}, True),
    ],
)
def test_that_dify_answered_is_written_once(there: dict[str, bool], is_written: bool) -> None:
    old = {**record_data(installed()), **there}
    before = json.dumps(old)  # not in the form in which we write: each writing shows
    for known in (None, parsed(old)):
        host = FakeHost(files={f"{STATE}/{NAME}": before.encode()}, folders=[STATE])
        note_ready(host, STATE, known)
        now = host.files[f"{STATE}/{NAME}"].data.decode()
        assert (now != before) == is_written
        assert not is_written or (json.loads(now)["ready"] and json.loads(now)["settled"])


def test_a_change_that_goes_on_is_undone_as_a_whole() -> None:
    """HTTPS that waits for its certificate: Dify answers in between, and the backups belong together."""
    old = {**record_data(installed()), "ready": True, "settled": False, "backups": ["one"]}
    host = FakeHost(files={f"{STATE}/{NAME}": json.dumps(old).encode()}, folders=[STATE])
    note_ready(host, STATE, None, settled=False)
    between = parsed(json.loads(host.files[f"{STATE}/{NAME}"].data))
    assert between.data == old
    there = installed()
    then = with_backup(replace(there, facts=replace(there.facts, record=between)), "two")
    assert backups_of(then) == ("one", "two")
    note_ready(host, STATE, None)
    assert json.loads(host.files[f"{STATE}/{NAME}"].data)["settled"] is True


def test_the_first_answer_is_noted_also_while_the_change_goes_on() -> None:
    fresh = {k: v for k, v in record_data(installed()).items() if k not in ("ready", "settled")}
    host = FakeHost(files={f"{STATE}/{NAME}": json.dumps(fresh).encode()}, folders=[STATE])
    note_ready(host, STATE, None, settled=False)
    now = json.loads(host.files[f"{STATE}/{NAME}"].data)
    assert now["ready"] is True and "settled" not in now


def test_answers_are_noted_also_where_no_file_changes_with_them() -> None:
    """Our file for a web server in front, another authority."""
    before = json.dumps(record_data(installed()))
    host = FakeHost(files={f"{STATE}/{NAME}": before.encode()}, folders=[STATE])
    there = installed()
    note_answers(host, there)
    assert host.files[f"{STATE}/{NAME}"].data.decode() == before
    answers = replace(there.answers, tls=Tls(mode="proxy", proxy_install=True))
    note_answers(host, replace(there, answers=answers))
    now = json.loads(host.files[f"{STATE}/{NAME}"].data)
    assert now["answers"]["tls"]["proxy_install"] is True
    assert {**now, "answers": {}} == {**json.loads(before), "answers": {}}
    note_answers(FakeHost(folders=[STATE]), there)  # nothing installed there


def test_the_archive_s_checksum_is_noted() -> None:
    there = situation()
    assert ARCHIVE not in record_data(there)
    found = record_data(replace(there, tree=replace(there.tree, archive_sha256="ab" * 32)))
    assert found[ARCHIVE] == "ab" * 32 and parsed(found).data[ARCHIVE] == "ab" * 32


def test_where_the_engine_does_not_tell_nothing_is_said() -> None:
    data = record_data(situation(replace(GOOD, volumes=None, networks=Networks())))
    assert "found_volumes" not in data and "found_networks" not in data
    assert record_data(situation(replace(GOOD, volumes=frozenset())))["found_volumes"] == []


def test_a_folder_that_a_repair_made_is_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = DirectoryFacts(writable=True, free=10**11, docker_free=10**11)
    after = replace(before, exists=True, entries=(".dify-installer", "docker"))
    found = replace(GOOD, directory=after)
    monkeypatch.setattr(Engine, "facts", lambda _self: found)
    monkeypatch.setattr(Engine, "judge", lambda _self, facts, _release: situation(facts))
    monkeypatch.setattr(Engine, "_working", lambda *_args, **_fields: nullcontext((None, None)))
    engine = Engine(ANSWERS, Secrets(), Home(tmp_path), emit=lambda _: None).using(FakeHost())
    first = situation(replace(GOOD, directory=before))
    plan = cast(Any, SimpleNamespace(chosen=(), to_repair=(), situation=first))
    made = record_data(engine._repaired(plan, cast(Any, None)).situation)
    assert made["made"] is True and made["found"] == []
    assert record_data(situation(found))["made"] is False


def rest(here: Situation, *edited: str) -> Record:
    """What an undo leaves of the record of *here*."""
    state = ANSWERS.state_folder
    record = here.facts.record
    assert record is not None
    host = FakeHost(files={f"{state}/installation.json": json.dumps(record.data).encode()}, folders=[state])
    plan = UndoPlan("remove", ANSWERS.directory, edited=edited, foreign=("x",))
    forget(host, ANSWERS, Removal(plan, data=False, images=False))
    return parsed(json.loads(host.files[f"{state}/installation.json"].data))


def after_undo(record: Record, **files: str) -> Facts:
    return replace(GOOD, record=record, files=files, directory=replace(GOOD.directory, exists=True))


def test_an_edited_file_that_an_undo_left_is_not_written_over() -> None:
    record = rest(installed(), FILE)
    here = situation(after_undo(record, **{FILE: checksum(b"mine")}))
    assert changed_by_hand(here) == (FILE,)
    placed = {f.path for f in files_to_place(here)}
    assert FILE not in placed and "docker-compose.yaml" in placed


def test_an_undone_installation_counts_as_undone_until_it_is_started_again() -> None:
    record = rest(installed(), FILE)
    here = situation(after_undo(record))
    assert pending(here, ())["undone"] is True
    assert "undone" not in starting(here, "job", "f")
