"""The plan: what is done, and what is not done again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers.model import Ports, Stores, Tls
from installer.apply.plan import WAIT_LONGER, Plan, all_steps, make_plan
from installer.apply.steps.base import Action
from installer.core.errors import Code
from installer.core.installation_files import OVERRIDE_FILE, PINS_FILE
from installer.core.secrets import Secret
from installer.facts.model import Record
from installer.state.desired import checksum, fingerprint, wanted_files
from installer.state.plan_input import Situation
from installer.state.record import WORKERS, as_many_workers, pending, record_data, starting
from tests.certificates import issue, key_pem, pem
from tests.situations import ANSWERS, GOOD, installed, installed_facts, situation

SELF_SIGNED = replace(ANSWERS, tls=Tls(mode="self-signed"), ports=Ports(https=443))


def steps(plan: Plan) -> list[str]:
    return [a.step for a in plan.actions]


def action(plan: Plan, step: str) -> Action:
    return next(a for a in plan.actions if a.step == step)


def test_first_installation_does_everything() -> None:
    plan = make_plan(situation())
    assert steps(plan) == ["upload", "pull", "reach", "databases", "start", "ready"]
    assert plan.changes
    assert {f.path for f in plan.actions[0].files} == {*wanted_files(plan.situation), PINS_FILE}


def test_nothing_to_do() -> None:
    plan = make_plan(installed())
    assert steps(plan) == ["ready"]
    assert not plan.changes


def test_databases_start_alone_and_are_probed() -> None:
    databases = action(make_plan(situation()), "databases")
    names = [s.name for s in databases.stages]
    assert names[0] == "databases"
    assert set(names[1:]) == {"databases:redis", "databases:db_postgres"}
    up = databases.stages[0].argv
    assert up[-4:-2] == ("--detach", "--no-deps")
    assert set(up[-2:]) == {"db_postgres", "redis"}
    assert all(s.retry_seconds for s in databases.stages[1:])


def test_only_missing_images_are_pulled_and_each_once() -> None:
    pull = make_plan(situation()).actions[1]
    names = [image.name for image in pull.stages[0].pulls]
    assert sorted(names) == sorted(situation().configuration.images)
    there = installed()
    without = frozenset(i for i in there.facts.images if "dify-web" not in i)
    plan = make_plan(installed(images=without))
    assert steps(plan) == ["pull", "ready"]
    (image,) = plan.actions[0].stages[0].pulls
    assert image.repository == "docker.io/langgenius/dify-web" and image.name.endswith(f":{image.tag}")
    assert f"docker pull {image.name}" in plan.as_json()["commands"]


def test_a_stopped_service_is_started_again() -> None:
    ours = installed()
    stopped = tuple(replace(c, state="exited") if c.service == "web" else c for c in ours.facts.containers)
    assert steps(make_plan(installed(containers=stopped))) == ["start", "ready"]


def test_another_number_of_workers_makes_only_that_anew() -> None:
    ours = installed()
    two = replace(ANSWERS, capacity=replace(ANSWERS.capacity, workers=2))
    plan = make_plan(situation(ours.facts, two))
    assert steps(plan) == ["upload", "start", "ready"]
    assert [f.path for f in plan.actions[0].files] == [OVERRIDE_FILE]
    assert fingerprint(plan.situation) == fingerprint(ours), "no container is to be made anew for it"
    worker = next(c for c in ours.facts.containers if c.service == "worker")
    text = plan.situation.configuration.override_text
    files = {**ours.facts.files, OVERRIDE_FILE: checksum(text.encode())}
    more = (*ours.facts.containers, replace(worker, id="w2", name="dify-worker-2"))
    assert steps(make_plan(situation(replace(ours.facts, containers=more, files=files), two))) == ["ready"]


def test_the_number_of_workers_stays_where_nobody_names_one() -> None:
    ours = installed()
    assert ours.facts.record is not None
    record = replace(ours.facts.record, data={**ours.facts.record.data, WORKERS: 3})
    assert as_many_workers(ANSWERS, record).capacity.workers == 3
    one = replace(ANSWERS, capacity=replace(ANSWERS.capacity, workers=1))
    assert as_many_workers(one, record).capacity.workers == 1
    assert record_data(situation(ours.facts, one))[WORKERS] == 1
    assert WORKERS not in record_data(ours)
    odd = replace(record, data={**record.data, WORKERS: "many"})
    assert as_many_workers(ANSWERS, odd) == ANSWERS == as_many_workers(ANSWERS, None)


def test_a_failed_one_shot_is_run_again() -> None:
    ours = installed()
    failed = tuple(
        replace(c, status="Exited (1) now") if c.service in ours.configuration.one_shots else c
        for c in ours.facts.containers
    )
    assert steps(make_plan(installed(containers=failed))) == ["start", "ready"]


def test_the_former_store_is_removed_its_data_stays() -> None:
    """Also after an interruption; but never what the person started besides."""
    ours = installed()
    weaviate = next(c for c in ours.facts.containers if c.service == "weaviate")
    qdrant = replace(ANSWERS, stores=Stores("qdrant"))
    changed = situation(ours.facts, qdrant)
    stages = action(make_plan(changed), "start").stages
    assert stages[-1].name == "start:former"
    assert stages[-1].argv[-6:] == ("--profile", "weaviate", "rm", "--stop", "--force", "weaviate")
    half = Record.parse(json.dumps(pending(changed, ("docker-compose.override.yaml",))))
    assert half is not None and half.former == ("weaviate",)
    assert half.data["vector_store"] == "weaviate"  # as long as Dify was not started with the other one
    again = make_plan(situation(replace(ours.facts, record=half), qdrant))
    assert "start:former" in [stage.name for stage in action(again, "start").stages]
    assert "store.differs" in [p.code.value for p in again.warnings]
    record = Record.parse(json.dumps(starting(changed, "apply-2", "x")))
    assert record is not None and record.data["vector_store"] == "qdrant"
    without = tuple(c for c in ours.facts.containers if c.service != "weaviate")
    later = situation(replace(ours.facts, record=record, containers=without), qdrant)
    assert Record.parse(json.dumps(starting(later, "apply-3", "x"))).former == ()  # type: ignore[union-attr]
    others = replace(weaviate, service="unstructured", id="u1", name="dify-unstructured-1")
    kept = replace(ours.facts, containers=(*ours.facts.containers, others))
    assert "start" not in steps(make_plan(situation(kept)))


def test_followers_are_restarted_only_when_they_exist_already() -> None:
    first = action(make_plan(situation()), "start")
    assert [s.name for s in first.stages] == ["start", "start:front"]
    ours = installed()
    stopped = tuple(replace(c, state="exited") if c.service == "api" else c for c in ours.facts.containers)
    again = make_plan(installed(containers=stopped)).actions[0]
    assert [s.name for s in again.stages] == ["start", "start:front", "start:again"]
    assert again.stages[2].argv[-1] == "nginx"


def test_the_web_server_starts_after_everything_it_hands_requests_on_to() -> None:
    given = situation()
    first, front = action(make_plan(given), "start").stages
    assert front.argv[4:] == ("up", "--detach", "--no-deps", "nginx")
    assert sorted(first.argv[7:]) == sorted(s for s in given.configuration.services if s != "nginx")
    assert "plugin_daemon" in first.argv


def test_a_job_that_failed_or_other_files_are_started_again() -> None:
    assert "start" in steps(make_plan(installed(jobs={"job1": "1"})))
    assert "start" in steps(make_plan(installed(jobs={})))
    ours = installed()
    env = Secret(ours.configuration.env_text.reveal() + "LOG_LEVEL=DEBUG\n")
    record = ours.facts.record
    assert record
    other = {**record.data, "applied": {"job": "job1", "fingerprint": "0" * 64}}
    assert "start" in steps(make_plan(installed(env=env, record=replace(record, data=other))))


def test_hand_edited_files_and_data_are_not_written_over() -> None:
    ours = installed()
    files = {
        path: ("0" * 64 if path in ("nginx/nginx.conf.template", "volumes/sandbox/conf/config.yaml") else s)
        for path, s in ours.facts.files.items()
    }
    plan = make_plan(installed(files=files))
    assert "upload" not in steps(plan)


def test_a_missing_file_is_placed_again() -> None:
    ours = installed()
    files = {p: s for p, s in ours.facts.files.items() if p != "nginx/nginx.conf.template"}
    plan = make_plan(installed(files=files))
    assert steps(plan) == ["upload", "ready"]
    assert [f.path for f in plan.actions[0].files] == ["nginx/nginx.conf.template"]


def test_an_unfinished_upload_is_finished() -> None:
    ours = installed()
    record = ours.facts.record
    assert record
    half = replace(record, data={**record.data, "pending": ["nginx/nginx.conf.template"]})
    files = {**ours.facts.files, "nginx/nginx.conf.template": "0" * 64}
    plan = make_plan(installed(record=half, files=files))
    assert [f.path for f in plan.actions[0].files] == ["nginx/nginx.conf.template"]
    # cut between the last file and the record: nothing to place, still something to note
    plan = make_plan(installed(record=half))
    assert steps(plan)[0] == "upload"
    assert plan.actions[0].files == ()


def test_hand_edits_survive_an_interrupted_upload_of_other_files() -> None:
    ours = installed()
    record = ours.facts.record
    assert record
    half = replace(record, data={**record.data, "pending": [".env"]})
    files = {**ours.facts.files, "nginx/nginx.conf.template": "0" * 64}
    plan = make_plan(installed(record=half, files=files))
    assert "nginx/nginx.conf.template" not in {f.path for a in plan.actions for f in a.files}


def test_files_that_are_no_longer_wanted_are_taken_away() -> None:
    ours = installed()
    record = ours.facts.record
    assert record
    old = replace(record, data={**record.data, "ours": [*record.data["ours"], "nginx/ssl/dify.key"]})
    files = {**ours.facts.files, "nginx/ssl/dify.key": "0" * 64}
    plan = make_plan(installed(record=old, files=files))
    assert plan.actions[0].remove == ("nginx/ssl/dify.key",)
    assert plan.as_json()["removed"] == ["nginx/ssl/dify.key"]


def self_signed(pair: str = "", **changes: Any) -> Situation:
    """An installation with a certificate of our own making, for which *pair* is in use (or the one made)."""
    first = situation(GOOD, SELF_SIGNED)
    made = {f.path: f.data.decode() for f in first.configuration.files}
    pair = pair or "".join(made[f"nginx/ssl/self-signed.{end}"] for end in ("crt", "key"))
    facts = replace(GOOD, **{**installed_facts(first), "self_signed": Secret(pair), **changes})
    return situation(facts, SELF_SIGNED)


def test_the_certificate_that_was_made_is_made_once() -> None:
    plan = make_plan(self_signed())
    assert steps(plan) == ["ready"] and not plan.changes
    shown = plan.as_json()["certificate"]
    assert shown["self_signed"] and shown["names"] == ["203.0.113.5"] and shown["days_left"] > 300
    assert make_plan(situation()).as_json()["certificate"] is None


@pytest.mark.parametrize("days", [20, -3])
def test_one_that_ends_is_exchanged_by_itself(days: int) -> None:
    old = issue("old", names=("203.0.113.5",), days=days)
    plan = make_plan(self_signed((pem(old) + key_pem(old.key)).decode()))
    assert steps(plan)[:1] == ["upload"] and "start" in steps(plan)
    placed = {f.path: f.mode for f in plan.actions[0].files}
    assert placed == {"nginx/ssl/self-signed.crt": 0o600, "nginx/ssl/self-signed.key": 0o600}
    again = [s.argv for s in action(plan, "start").stages if "restart" in s.argv]
    assert again and "nginx" in again[0]  # it reads them once, when it starts
    assert "certificate.expires" not in {p.code.value for p in plan.warnings}


def test_the_one_that_was_made_goes_with_its_mode() -> None:
    before = self_signed()
    off = make_plan(situation(before.facts))
    assert off.actions[0].remove == (
        "nginx/https-redirect.conf.template",
        "nginx/ssl/self-signed.crt",
        "nginx/ssl/self-signed.key",
    )


@pytest.mark.parametrize(("days", "is_told"), [(29, True), (1, True), (30, False), (300, False)])
def test_ones_own_that_ends_soon_is_told(days: int, is_told: bool, tmp_path: Path) -> None:
    own = issue("own", names=("203.0.113.5",), days=days + 0.5)
    (tmp_path / "c.pem").write_bytes(pem(own))
    (tmp_path / "k.pem").write_bytes(key_pem(own.key))
    tls = Tls("own", str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))
    plan = make_plan(situation(GOOD, replace(ANSWERS, tls=tls, ports=Ports(https=443))))
    told = [p for p in plan.warnings if p.code is Code.CERTIFICATE_EXPIRES]
    assert bool(told) == is_told and not plan.blockers
    assert not told or told[0].params["days"] == str(days)


def test_json_holds_no_secret() -> None:
    plan = make_plan(situation())
    text = json.dumps(plan.as_json(), ensure_ascii=False)
    for secret in plan.situation.configuration.secrets:
        assert secret.reveal() not in text
    assert set(plan.as_json()) >= {"steps", "blockers", "warnings", "files", "ports", "images", "commands"}


def test_same_situation_same_plan() -> None:
    one = situation(replace(GOOD))
    assert make_plan(one).as_json() == make_plan(one).as_json()


def test_waiting_longer_passes_by_all_before_the_gate() -> None:
    ids = [step.id for step in all_steps()]
    assert [step for step in ids if step not in WAIT_LONGER] == [
        *("ready", "admin", "webserver", "webserver_off"),
        *("address", "certificate", "https", "renewal", "renewal_off"),
    ]
    assert "carry" in WAIT_LONGER
