"""What the first version wrote (``tests/data/first_version``), read by the program of today."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import types
import typing
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from installer.acme.dns import Names
from installer.acme.dns_look import DnsLook
from installer.answers import Answers
from installer.answers.answers_file import dump_answers, load_answers
from installer.answers.external_services import Field
from installer.appdata import keychain
from installer.appdata.draft import load_draft, save_draft, usable
from installer.appdata.known_servers import Servers
from installer.appdata.preferences import Preferences, load_preferences, save_preferences
from installer.apply.job_now import now_at
from installer.apply.jobs import JobFollower
from installer.apply.lock import VANISHED, LockData, how_ended, job_folder, stale
from installer.apply.plan import make_plan
from installer.cli.commands import field_json
from installer.cli.main import main
from installer.cli.output import Output
from installer.cli.show import plan_json
from installer.config.pins import pins_text, read_pins
from installer.core import events
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.secrets import Redactor, Secret
from installer.docker.containers import Container
from installer.facts.model import Facts, Record
from installer.hosts.base import JobEnd
from installer.hosts.jobs.log import JobLog
from installer.hosts.kinds import DESKTOP, LINUX, HostKind
from installer.hosts.local.host import LocalHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.https.renewal import Wanted, in_state, noted_folder
from installer.https.site_certificate import CertificateState, read_certificate
from installer.logs.service_logs import LogLine
from installer.network.model import NetworkFacts
from installer.operations.open_ports import OpenPort
from installer.operations.space import Space
from installer.operations.status import Status
from installer.registry.cache import SizeCache
from installer.registry.digest import Digest
from installer.registry.manifests import Blob
from installer.release.catalogue import ReleaseInfo
from installer.state.backups import put_back
from installer.state.data_folder import read_manifest
from installer.state.history import entries
from installer.state.persisted_answers import recalled, recorded_source
from installer.state.record import backups_of, read_record
from installer.texts import Texts
from tests.fakes.host import FakeHost
from tests.situations import ANSWERS, GOOD, situation

DATA = Path(__file__).parent.parent / "data" / "first_version"
STATE = "/opt/dify/.dify-installer"
PULLING = "apply-20261203T175408Z-73796f"
ISSUING = "apply-20261203T175616Z-992182"
ADDRESS = "10.162.0.10"
SOURCE = "http://127.0.0.1:24340"


def text(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def host(state: str) -> FakeHost:
    """A server with the files of the installation *state* (a folder of the data)."""
    found = {f"{STATE}/{p.relative_to(DATA / state).as_posix()}": p.read_bytes() for p in files(DATA / state)}
    docker = {f"/opt/dify/docker/{p.name}": p.read_bytes() for p in files(DATA / "docker")}
    return FakeHost(files={**found, **docker})


def files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.is_file())


def record(state: str = "installed") -> Record:
    found = read_record(host(state), STATE)
    assert found is not None
    return found


# ------------------------------------------------------------- an installation


def test_the_record() -> None:
    found = record()
    assert (found.version, found.project, found.url) == ("99.0.0", "dify", f"https://{ADDRESS}")
    assert (found.created_at, found.uploaded, found.installed) == (1796320448.3731031, True, True)
    assert found.services[0] == "nginx" and found.one_shots == {"init_permissions"} and found.pending == set()
    assert dict(found.data) == json.loads(text("installed/installation.json")), "no key is dropped"
    then = dataclasses.replace(situation(), facts=dataclasses.replace(GOOD, record=found))
    assert backups_of(then) == ("20261203T175615Z", "20261203T175634Z")


def test_the_record_of_an_installation_under_way() -> None:
    found = record("interrupted")
    assert (found.uploaded, found.installed) == (True, True)
    assert found.data["applied"]["job"] == PULLING
    assert dict(found.data) == json.loads(text("interrupted/installation.json"))


def test_the_answers_of_the_record() -> None:
    found = recalled(ANSWERS, record().data)
    assert found is not None
    assert found.tls.mode == "letsencrypt" and found.tls.acme_server == "https://10.162.0.3:14000/dir"
    assert (found.tls.redirect, found.tls.hsts, found.registry.through) == (True, False, "target")
    assert recorded_source(record().data) == SOURCE


def test_the_lock_and_its_job() -> None:
    machine = host("interrupted")
    lock = LockData.parse(machine.read_file(f"{STATE}/lock") or b"")
    assert lock is not None
    assert dataclasses.asdict(lock) == json.loads(text("interrupted/lock"))
    assert (lock.who, lock.job, lock.step) == ("hanako@office", PULLING, "upload")
    assert not stale(lock, "another", lock.until - 1) and stale(lock, "another", lock.until + 1)
    folder = job_folder(STATE, lock.job)
    assert how_ended(machine, folder) == VANISHED, "exit.new is no end"
    step, progress = now_at(machine, folder) or ("", "")
    assert step == "pull" and progress.endswith(" %")


@pytest.mark.parametrize(
    ("job", "steps"),
    [
        (ISSUING, ["pull", "databases", "start"]),
        ("restart-20261203T175524Z-1e9d04", ["restart"]),
        ("scale-20261203T175537Z-4cf5e5", ["scale"]),
    ],
)
def test_the_logs_of_ended_jobs(job: str, steps: list[str]) -> None:
    folder = f"installed/jobs/{job}"
    assert how_ended(host("installed"), f"{STATE}/jobs/{job}") == "0"
    seen: list[events.Event] = []
    follower = JobFollower(seen.append, Redactor())
    log = JobLog(text(f"{folder}/token").strip())
    for entry in [*log.feed((DATA / folder / "log").read_bytes()), *log.end(0)]:
        if isinstance(entry, JobEnd):
            follower.finish(entry)
        else:
            follower.take(entry)
    assert [e.step for e in seen if isinstance(e, events.StepStarted)] == steps
    assert [e.step for e in seen if isinstance(e, events.StepFinished)] == steps


@pytest.mark.skipif(sys.platform == "win32", reason="the job of a server")
def test_an_ended_job_is_followed_to_its_end(tmp_path: Path) -> None:
    shutil.copytree(DATA / "installed" / "jobs" / ISSUING, tmp_path / "job")
    followed = [*LocalHost().follow_job(str(tmp_path / "job"))]
    size = (DATA / "installed" / "jobs" / ISSUING / "log").stat().st_size
    assert followed[-1] == JobEnd(size, 0) and len(followed) > 10
    assert not LocalHost().job_running(str(tmp_path / "job"))


def test_the_journal() -> None:
    lines = text("installed/journal.jsonl").splitlines()
    found = entries(lines)
    assert len(found) == len(lines) == 29
    assert [e.as_json() for e in found] == json.loads(text("json/report.json"))["entries"]
    assert found[2].params["job"] == PULLING and found[2].params["ended"] == "0"


def test_the_manifest() -> None:
    found = read_manifest(host("installed"), STATE)
    lines = text("installed/manifest").splitlines()
    assert found == {line[66:]: line[:64] for line in lines} and len(found) == len(lines) > 10


@pytest.mark.parametrize("kind", [pytest.param(LINUX, marks=pytest.mark.skipif("os.name == 'nt'")), DESKTOP])
def test_a_backup_is_put_back(tmp_path: Path, kind: HostKind) -> None:
    shutil.copytree(DATA / "docker", tmp_path / "docker")
    shutil.copytree(DATA / "installed", tmp_path / "state")
    name = "20261203T175634Z"
    kept = DATA / "installed" / "backups" / name
    (tmp_path / "docker" / "nginx" / "conf.d").mkdir(parents=True)
    put_back(LocalHost(kind=kind), str(tmp_path / "docker"), str(tmp_path / "state"), name)
    for file in (".env", "docker-compose.override.yaml", "docker-compose.pins.yaml"):
        assert (tmp_path / "docker" / file).read_bytes() == (kept / "docker" / file).read_bytes()
    assert (tmp_path / "state" / "manifest").read_bytes() == (kept / "manifest").read_bytes()
    if sys.platform != "win32":
        assert (tmp_path / "docker" / ".env").stat().st_mode & 0o777 == 0o600


def test_secrets_of_the_env_are_kept() -> None:
    env = text("docker/.env")
    config = situation(dataclasses.replace(GOOD, env=Secret(env))).configuration
    then = dict(line.split("=", 1) for line in env.splitlines() if "=" in line and not line.startswith("#"))
    names = [name for name, value in then.items() if value.startswith("MadeUp")]
    assert len(names) == 10
    now = config.env_text.reveal()
    assert {name: now.count(f"\n{name}={then[name]}\n") for name in names} == dict.fromkeys(names, 1)


def test_the_pins() -> None:
    pins = read_pins(text("docker/docker-compose.pins.yaml"))
    assert pins is not None
    assert {name for name, pin in pins.items() if pin.startswith("nginx:latest@sha256:f906ca5b")} == {"nginx"}
    assert read_pins(pins_text(pins)) == pins


# ------------------------------------------------------------------ the renewal


def renewing() -> tuple[Answers, Mapping[str, Any]]:
    answers = dataclasses.replace(ANSWERS, tls=dataclasses.replace(ANSWERS.tls, mode="letsencrypt"))
    return answers, record().data["renewal"]


def test_the_renewal_by_systemd() -> None:
    answers, note = renewing()
    assert noted_folder(answers, note) == in_state(answers) == f"{STATE}/renewal"
    wanted = Wanted.of_note(note, answers, root=False)
    assert wanted is not None
    assert wanted.script == text("installed/renewal/renew.sh")
    assert (wanted.scheduler, wanted.unit, wanted.hours) == ("systemd", "dify-installer-renew-dify", 1)
    assert wanted.service == text(f"units/{wanted.unit}.service")
    assert wanted.timer == text(f"units/{wanted.unit}.timer")


def test_the_renewal_of_root_moves_to_its_place_of_today() -> None:
    answers, note = renewing()
    wanted = Wanted.of_note(note, answers, root=True)
    assert wanted is not None
    assert wanted.path == "/var/lib/dify-installer/renewal/dify/renew.sh"
    then, now = text("installed/renewal/renew.sh").splitlines(), wanted.script.splitlines()
    assert [line for line in now if line not in then] == ["notes=/var/lib/dify-installer/renewal/dify"]


def test_the_line_of_the_crontab() -> None:
    answers, note = renewing()
    wanted = Wanted.of_note({**note, "scheduler": "cron", "hours": 12}, answers, root=False)
    assert wanted is not None
    assert wanted.line == text("units/crontab").strip()


def test_the_certificate_and_its_last_renewal() -> None:
    answers, _ = renewing()
    now = datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
    found = read_certificate(host("installed"), answers, record(), now=now)
    assert found is not None and found.renewal is not None
    assert (found.kind, found.info.names) == ("letsencrypt", (ADDRESS,))
    then = json.loads(text("json/status.json"))["certificate"]
    assert found.renewal.as_json() == then["renewal"]


# ---------------------------------------------------------- this computer's files


@pytest.fixture
def home(tmp_path: Path) -> Home:
    shutil.copytree(DATA / "appfolder", tmp_path / "home")
    return Home(tmp_path / "home")


def test_the_answers_file() -> None:
    found = load_answers(DATA / "answers.toml")
    assert dump_answers(found) == text("answers.toml"), "written as then"
    assert (found.target.host, found.target.port, found.target.jump) == (
        "dify.example.jp",
        2222,
        "hop@bastion.example.jp:22",
    )
    assert (found.database.kind, found.database.settings["DB_HOST"]) == ("mysql", "db.example.jp")
    assert (found.admin.name, found.capacity.preset, found.uploads.video) == ("花子", "8gb", 200)
    assert found.env["GREETING"] == 'o\'clock "quoted" $HOME'


def test_the_draft(home: Home) -> None:
    found = load_draft(home)
    assert found is not None
    assert (found.page, found.login, found.saved_at) == ("settings", "agent", 1796000200.75)
    answers = load_answers(DATA / "answers.toml")
    target = dataclasses.replace(answers.target, port=22)  # 70000 was typed, which is no port
    assert found.answers == usable(dataclasses.replace(answers, target=target))
    save_draft(home, found)
    assert (home.folder / "draft.toml").read_text(encoding="utf-8") == text("appfolder/draft.toml")


def test_the_preferences(home: Home) -> None:
    found = load_preferences(home)
    assert found == Preferences("ja", "dark", (40, 60, 1280, 860), True, True, False)
    save_preferences(home, found)
    assert (home.folder / "settings.toml").read_text() == text("appfolder/settings.toml")


def test_the_known_servers(home: Home) -> None:
    first, second, third = Servers(home).all()
    assert (first.id, first.name, first.login) == ("a1b2c3d4e5f60718", "営業部 “α” server", "key")
    assert first.target == load_answers(DATA / "answers.toml").target
    assert (first.seen_at, first.installing_since) == (1796000000.5, 1796000100.25)
    assert (second.target.kind, second.target.docker) == ("local", "desktop-linux")
    assert (third.name, third.target.host, third.url) == ("test", "2001:db8::5", "")
    Servers(home).remember(first)
    assert {s.id: s for s in Servers(home).all()} == {s.id: s for s in (first, second, third)}


def test_the_host_keys(home: Home) -> None:
    known = KnownHosts(home.known_hosts, user_file=home.folder / "none")
    key = text("appfolder/known_hosts").splitlines()[0].split(" ", 1)[1]
    for name, port in (("dify.example.jp", 2222), ("203.0.113.5", 22)):
        assert [k.text for k in known.expectation(name, port).known] == [key]
    assert known.expectation("dify.example.jp", 22).known == ()


def blob(digit: str, size: int) -> Blob:
    return Blob(Digest("sha256:" + digit * 64), size)


def test_the_cache_of_sizes_and_the_name_of_this_program(home: Home) -> None:
    cache = SizeCache(home.cache, "amd64", now=lambda: 1796000001.0)
    found = cache.known(["example/api:1.0", "example/web:latest", "example/other:1"])
    assert found == {
        "example/api:1.0": (blob("1", 1000), blob("2", 2000)),
        "example/web:latest": (blob("3", 5),),
    }
    assert home.client_id() == text("appfolder/client-id").strip()


def test_the_entry_of_the_keyring() -> None:
    found = keychain._parsed(text("keyring.json"))
    assert found.password is not None and found.password.reveal() == "made-up-login"
    assert found.passphrase is not None and found.passphrase.reveal() == "made-up-passphrase"
    assert found.sudo_password is not None and found.sudo_password.reveal() == "made-up-sudo"
    assert found.identity_file == "~/.ssh/id_ed25519"


def test_the_report_for_support(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(DATA / "report.zip"), "--json"]) == 0
    now, then = json.loads(capsys.readouterr().out), json.loads(text("json/report.json"))
    for entry in then["entries"]:  # the report is as it was made, the text beside it has another name
        entry["who"] = entry["who"].replace("hanako@office", "root@vm")
    assert now == then and now["changed"] == []
    with zipfile.ZipFile(DATA / "report.zip") as archive:
        assert {m["name"] for m in now["members"]} == set(archive.namelist())


# ------------------------------------------------------------------------- JSON

#: Command → the dataclass that its JSON is made of, and the keys under which it is a list.
PRINTED: Mapping[str, tuple[type, str]] = {
    "facts": (Facts, ""),
    "network": (NetworkFacts, ""),
    "space": (Space, ""),
    "ports": (OpenPort, "ports"),
    "reach": (events.ReachFound, "ports"),
}


def lost(then: Any, kind: Any, at: str = "") -> Iterator[str]:
    """Where *then* (JSON) has a key that the dataclass *kind* of today has no field for."""
    if dataclasses.is_dataclass(kind) and isinstance(then, dict):
        hints = typing.get_type_hints(kind)
        for key, value in then.items():
            if key not in hints:
                yield f"{at}.{key}"
            else:
                yield from lost(value, hints[key], f"{at}.{key}")
        return
    inner = typing.get_args(kind)
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        for one in inner:
            yield from lost(then, one, at)
    elif isinstance(then, dict) and inner:
        for key, value in then.items():
            yield from lost(value, inner[-1], f"{at}[{key}]")
    elif isinstance(then, list) and inner:
        for value in then:
            yield from lost(value, inner[0], f"{at}[]")


@pytest.mark.parametrize("command", PRINTED)
def test_the_keys_of_a_command(command: str) -> None:
    kind, key = PRINTED[command]
    then = json.loads(text(f"json/{command}.json"))
    then.pop("findings", None)
    for one in then[key] if key else [then]:
        assert one and list(lost(one, kind, command)) == []


def test_the_keys_of_status() -> None:
    answers, _ = renewing()
    certificate = read_certificate(host("installed"), answers, record())
    assert isinstance(certificate, CertificateState)
    container = Container("id", "api", "dify-api-1", "running", "", 0, "image", (), "", 0)
    now = Status("99.0.0", "", "running", (container,), certificate=certificate).as_json()
    then = json.loads(text("json/status.json"))
    assert then.keys() <= now.keys()
    assert all(c.keys() <= now["containers"][0].keys() for c in then["containers"])
    assert then["certificate"].keys() <= now["certificate"].keys()
    assert then["certificate"]["renewal"].keys() <= now["certificate"]["renewal"].keys()


@pytest.mark.parametrize("name", ["plan", "plan_first"])
def test_the_keys_of_plan(name: str) -> None:
    then, first = json.loads(text(f"json/{name}.json")), plan_json(make_plan(situation()))
    here = dataclasses.replace(GOOD, env=Secret(text("docker/.env")))
    now = {key: first[key] or value for key, value in plan_json(make_plan(situation(here))).items()}
    assert then.keys() <= now.keys()
    for key in ("steps", "files", "ports", "env_changes", "downloads", "needed_compose"):
        assert keys(then[key]) <= keys(now[key]), key
    assert [s["step"] for s in json.loads(text("json/plan_first.json"))["steps"]] == [
        s["step"] for s in first["steps"]
    ]


def keys(value: Any) -> set[str]:
    """Of an object, or of all objects of a list."""
    return set(value) if isinstance(value, dict) else {key for item in value for key in item}


def test_the_keys_of_releases_stores_and_names() -> None:
    info = {f.name for f in dataclasses.fields(ReleaseInfo)} | {"listed_at"}
    assert keys(json.loads(text("json/releases.json"))) == info
    stores = json.loads(text("json/stores.json"))
    field = Field("DB_HOST", "host", "text", (), "", "", secret=False, required=True, more=False)
    assert keys(s for store in stores for s in store["settings"]) <= keys(field_json(field, Texts("en")))
    then = json.loads(text("json/dns.json"))
    now = DnsLook(ADDRESS, Names(), Names(), (ADDRESS,), public=False, at=0.0).as_json()
    assert then.keys() <= now.keys() and then["here"].keys() <= now["here"].keys()


def test_the_keys_of_events(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {
        kind.kind: kind for kind in vars(events).values() if isinstance(kind, type) and hasattr(kind, "kind")
    }
    lines = [json.loads(line) for line in text("json/events.jsonl").splitlines()]
    printed = Output(Texts("en"), Redactor(), as_json=True)
    printed.failed(InstallError(Code.TLS_PORT_NEEDED))
    printed.done("", "", changed=True)
    ends = {d["event"]: d for d in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {line["event"] for line in lines} >= {"step_started", "image_progress", "took_over", *ends}
    for line in lines:
        name = line["event"]
        known = (
            ends[name].keys()
            if name in ends
            else {"event", *(f.name for f in dataclasses.fields(kinds[name]))}
        )
        assert line.keys() <= known, name


def test_a_known_failure_has_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    then = json.loads(text("json/diagnose.json"))
    log = tmp_path / "log"
    log.write_text("\n".join(then[0]["lines"]) + "\n")
    assert main(["diagnose", "--stage", "pull", "--json", str(log)]) == 0
    now = json.loads(capsys.readouterr().out)
    assert now[0]["code"] == then[0]["code"] and now[0].keys() >= then[0].keys()


def test_the_lines_of_logs() -> None:
    lines = [json.loads(line) for line in text("json/logs.json").splitlines()]
    assert keys(lines) == {f.name for f in dataclasses.fields(LogLine)} & {"at", "service", "stream", "text"}
