"""Undo: what is ours and goes, what stays, and that it can be repeated. The scripts are run for real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers
from installer.answers.model import Target
from installer.core.errors import Code, InstallError
from installer.core.events import Event
from installer.facts.model import ContainerFacts, DirectoryFacts, Facts, Record
from installer.hosts.base import Command, JobSpec, Result
from installer.hosts.kinds import DESKTOP, LINUX, HostKind
from installer.hosts.local.host import LocalHost
from installer.lifecycle.undo import restore
from installer.lifecycle.undo.find import decimal_bytes, was_ready
from installer.lifecycle.undo.model import UndoPlan
from installer.lifecycle.undo.remove import Removal, folders_of
from installer.lifecycle.undo.run import Undo
from installer.state.desired import checksum
from tests.fakes.host import failed, ok
from tests.situations import operation

FILES = {
    "docker-compose.yaml": b"services: {}\n",
    ".env": b"SECRET=1\n",
    "volumes/sandbox/conf.yaml": b"a: 1\n",
}


_LABEL = "com.docker.compose."


class Machine(LocalHost):
    """This computer's files, and a Docker that notes what it is asked. Any container, volume and network that
    it inspects is as Compose makes it for ``dify`` in *folder*, but for those in *labels*, by id or name."""

    def __init__(
        self,
        *,
        kind: HostKind,
        networks: str = "dify_default\n",
        volumes: str = "",
        disk: str = "",
        folder: Path = Path("/opt"),
    ) -> None:
        super().__init__(kind=kind)
        self.asked: list[tuple[str, ...]] = []
        self.networks, self.volumes, self.disk = networks, volumes, disk
        self.busy: set[str] = set()
        self.folder = answers(folder).docker_folder
        self.labels: dict[str, dict[str, str] | None] = {}

    def inspected(self, kind: str, name: str) -> dict[str, str] | None:
        """Its labels, None = null."""
        if name in self.labels:
            return self.labels[name]
        if kind == "container":
            return {f"{_LABEL}project": "dify", f"{_LABEL}project.working_dir": self.folder}
        return {f"{_LABEL}project": "dify", f"{_LABEL}{kind}": name.removeprefix("dify_")}

    def run(self, command: Command, **how: Any) -> Result:
        if command.argv[0] != "docker":
            return super().run(command, **how)
        self.asked.append(command.argv)
        if "inspect" in command.argv[1:3] and "--" in command.argv:
            kind = "container" if command.argv[1] == "inspect" else command.argv[1]
            names = command.argv[command.argv.index("--") + 1 :]
            return ok(
                "".join(f"{json.dumps({'key': n, 'labels': self.inspected(kind, n)})}\n" for n in names)
            )
        if command.argv[1:3] == ("network", "ls"):
            return ok(self.networks)
        if command.argv[1:3] == ("volume", "ls"):
            return ok(self.volumes)
        if command.argv[1:3] == ("system", "df"):
            return ok(self.disk)
        if command.argv[1:3] == ("network", "rm") and command.argv[3] in self.busy:
            return failed(1, "network has active endpoints")
        if command.argv[1:3] == ("image", "inspect"):
            told = {"size": 7, "tags": ["nginx:latest"], "digests": ["nginx@sha256:aa"]}
            there = [json.dumps(told) if name == "nginx:latest" else "" for name in command.argv[5:]]
            return Result(int("" in there), "".join(f"{line}\n" for line in there).encode(), b"")
        return failed(1, "in use") if command.argv[1:3] == ("image", "rm") else ok()

    def start_job(self, spec: JobSpec) -> None:
        """Docker's commands are noted, the others run."""
        stages = tuple(s for s in spec.stages if s.argv[0] != "docker")
        self.asked += [s.argv for s in spec.stages if s.argv[0] == "docker"]
        super().start_job(replace(spec, stages=stages))


def answers(folder: Path) -> Answers:
    return Answers(target=Target(kind="local", directory=str(folder / "dify")))


def half_made(folder: Path, **record: Any) -> tuple[Answers, Facts]:
    """Files were placed and Dify was started; somebody else put a file of theirs there."""
    asked = answers(folder)
    docker, state = Path(asked.docker_folder), Path(asked.state_folder)
    for path, content in FILES.items():
        (docker / path).parent.mkdir(parents=True, exist_ok=True)
        (docker / path).write_bytes(content)
    state.mkdir()
    manifest = "".join(f"{checksum(content)}  {path}\n" for path, content in FILES.items())
    (state / "manifest").write_text(manifest)
    (docker / "volumes/db/data").mkdir(parents=True)
    (docker / "volumes/db/data/PG_VERSION").write_text("15\n")
    (docker / "volumes/empty").mkdir()
    (docker / "theirs.txt").write_text("theirs\n")
    data: dict[str, Any] = {"format": 1, "version": "1.16.1", "project": "dify", "found": []}
    data |= {"made": True, "installed": True, "found_volumes": [], "found_networks": []}
    data |= {"pulled": ["never-came:1", "nginx:latest"], **record}
    (state / "installation.json").write_text(json.dumps(data))
    return asked, look_again(asked)


def look_again(asked: Answers) -> Facts:
    """What the probe would say."""
    docker, record = Path(asked.docker_folder), Path(asked.state_folder, "installation.json")
    ours = ContainerFacts("id1", "dify-api-1", "running", "api:1", "dify", "api", asked.docker_folder)
    other = ContainerFacts("id2", "other", "running", "nginx:latest", "dify", "web", "/srv/other")
    return Facts(
        record=Record.parse(record.read_text()) if record.exists() else None,
        files={p: checksum((docker / p).read_bytes()) for p in FILES if (docker / p).exists()},
        containers=(ours, other),
        directory=DirectoryFacts(exists=True),
    )


def undo(host: LocalHost, asked: Answers, emit: Any = lambda _event: None) -> Undo:
    return Undo(operation(host, emit, answers=asked))


@pytest.fixture(params=[LINUX, DESKTOP], ids=["script", "python"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(kind=request.param, folder=tmp_path)


def test_what_goes_and_what_stays(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    plan = undo(host, asked).plan(facts)
    assert plan.kind == "remove"
    assert plan.ids == ("id1",) and plan.networks == ("dify_default",)
    assert set(plan.files) == set(FILES) and plan.foreign == ("theirs.txt",)
    assert [d.path for d in plan.data] == ["volumes/db"]
    assert [(i.name, i.bytes, i.used) for i in plan.images] == [("nginx:latest", 7, True)]
    json.dumps(plan.as_json())


def test_a_certificate_that_was_made_here_is_known_by_its_name(tmp_path: Path, host: Machine) -> None:
    """Also where the manifest does not name it any more."""
    asked, facts = half_made(tmp_path)
    folder = Path(asked.docker_folder, "nginx/ssl")
    folder.mkdir(parents=True)
    for name in ("self-signed.crt", "self-signed.key", "dify.key"):
        (folder / name).write_text("pem")
    plan = undo(host, asked).plan(facts)
    assert {"nginx/ssl/self-signed.crt", "nginx/ssl/self-signed.key"} <= set(plan.files)
    assert plan.foreign == ("nginx/ssl/dify.key", "theirs.txt")


def test_images_take_no_more_than_all_of_them_together(tmp_path: Path) -> None:
    asked, facts = half_made(tmp_path)
    for told, most in (
        ("Images\t4B\nContainers\t12kB\n", 4),
        ("Images\t1.5GB\n", 7),
        ("", 7),
        ("Images\t?", 7),
    ):
        machine = Machine(kind=LINUX, disk=told)
        plan = undo(machine, asked).plan(replace(facts, containers=facts.containers[:1]))
        assert [i.bytes for i in plan.images] == [7] and plan.images_bytes == most


@pytest.mark.parametrize(
    ("text", "count"),
    [("539.4MB", 539_400_000), ("2.039GB", 2_039_000_000), ("0B", 0), ("12kB", 12_000), ("1e9B", 0), ("", 0)],
)
def test_sizes_of_docker(text: str, count: int) -> None:
    assert decimal_bytes(text) == count


def test_without_consent_data_and_its_passwords_stay(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    docker = Path(asked.docker_folder)
    events: list[Event] = []
    work = undo(host, asked, events.append)
    undone = work.run(facts, work.plan(facts))
    assert undone.changed and f"{docker}/volumes/db" in undone.left and f"{docker}/.env" in undone.left
    left = sorted(p.relative_to(docker).as_posix() for p in docker.rglob("*") if p.is_file())
    assert left == [".env", "theirs.txt", "volumes/db/data/PG_VERSION"]
    assert ("docker", "rm", "--force", "id1") in host.asked
    assert not any("image" in words and "rm" in words for words in host.asked)
    assert [e.step for e in events if e.kind == "step_finished"] == ["undo_files"]

    again = look_again(asked)
    host.networks, nobody = "", replace(again, containers=())
    plan = work.plan(nobody)
    twice = work.run(nobody, plan)
    assert not twice.changed and twice.plan.kind == "nothing"
    gone = work.run(nobody, plan, confirm=asked.directory)
    assert gone.left == (f"{docker}/theirs.txt",)
    assert [p.name for p in Path(asked.directory).rglob("*")] == ["docker", "theirs.txt"]


def test_the_folder_must_be_typed_exactly(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    work = undo(host, asked)
    with pytest.raises(InstallError) as caught:
        work.run(facts, work.plan(facts), confirm=str(tmp_path))
    assert caught.value.code is Code.UNDO_NAME_DIFFERS
    assert Path(asked.docker_folder, ".env").exists() and ("docker", "rm", "--force", "id1") not in host.asked


def test_with_consent_nothing_of_ours_is_left(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    Path(asked.docker_folder, "theirs.txt").unlink()
    work = undo(host, asked)
    work.run(facts, work.plan(facts), confirm=asked.directory + "/")
    assert not Path(asked.directory).exists()
    assert work.plan(look_again(asked)) == UndoPlan("nothing", asked.directory, asked.project)


def test_a_file_edited_by_hand_stays(tmp_path: Path, host: Machine) -> None:
    asked, _ = half_made(tmp_path)
    compose = Path(asked.docker_folder, "docker-compose.yaml")
    compose.write_text("services: {mine: {}}\n")
    facts = look_again(asked)
    work = undo(host, asked)
    plan = work.plan(facts)
    assert plan.edited == ("docker-compose.yaml",)
    undone = work.run(facts, plan, confirm=asked.directory)
    assert compose.read_text() == "services: {mine: {}}\n" and str(compose) in undone.left


def test_data_that_was_there_before_is_not_offered(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path, found=["volumes"])
    work = undo(host, asked)
    plan = work.plan(facts)
    assert plan.data == ()
    undone = work.run(facts, plan, confirm=asked.directory)
    assert Path(asked.docker_folder, "volumes/db/data/PG_VERSION").exists()
    env = Path(asked.docker_folder, ".env")
    assert env.exists() and str(env) in undone.left, "its passwords open that data"


def test_empty_folders_of_data_that_stays_stay(tmp_path: Path, host: Machine) -> None:
    """PostgreSQL does not start without its own."""
    asked, facts = half_made(tmp_path)
    inside = Path(asked.docker_folder, "volumes/db/data/pgdata/pg_notify")
    inside.mkdir(parents=True)
    work = undo(host, asked)
    work.run(facts, work.plan(facts))
    assert inside.is_dir()
    assert not Path(asked.docker_folder, "volumes/sandbox").exists(), "a folder of files that went"
    again = look_again(asked)
    work.run(again, work.plan(again), confirm=asked.directory)
    assert not Path(asked.docker_folder, "volumes").exists()


def test_volumes_and_networks_from_before_us_are_never_touched(tmp_path: Path) -> None:
    host = Machine(kind=LINUX, networks="dify_default\ndify_theirs\n", volumes="dify_old\ndify_db\n")
    asked, facts = half_made(tmp_path, found_volumes=["dify_old"], found_networks=["dify_theirs"])
    work = undo(host, asked)
    plan = work.plan(facts)
    assert [d.path for d in plan.data if d.volume] == ["dify_db"] and plan.networks == ("dify_default",)
    assert plan.others == ("dify_old", "dify_theirs")
    undone = work.run(facts, plan, confirm=asked.directory)
    assert {"dify_old", "dify_theirs"} <= {*undone.left}
    assert Path(asked.docker_folder, ".env").exists(), "its passwords may open what is in dify_old"
    removed = [name for words in host.asked if words[2] == "rm" for name in words[3:]]
    assert "dify_db" in removed and "dify_default" in removed
    assert "dify_old" not in removed and "dify_theirs" not in removed


def test_a_record_that_does_not_say_what_was_there_offers_no_volume(tmp_path: Path) -> None:
    host = Machine(kind=LINUX, volumes="dify_db\n")
    asked, facts = half_made(tmp_path)
    record = facts.record
    assert record is not None
    data = {k: v for k, v in record.data.items() if k not in ("found_volumes", "found_networks")}
    plan = undo(host, asked).plan(replace(facts, record=replace(record, data=data)))
    assert not [d for d in plan.data if d.volume] and plan.networks == ()
    assert plan.others == ("dify_db", "dify_default")


def test_a_network_that_somebody_else_uses_does_not_stop_the_rest(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    host.busy = {"dify_default"}
    work = undo(host, asked)
    undone = work.run(facts, work.plan(facts))
    assert undone.changed and "dify_default" in undone.left
    assert not Path(asked.docker_folder, "docker-compose.yaml").exists()
    again = replace(look_again(asked), containers=())
    assert not work.run(again, work.plan(again)).changed
    host.busy = set()
    assert work.run(again, work.plan(again)).changed


@pytest.mark.parametrize("name", ["conf.yaml", "a[1] b.yaml"])
def test_an_edited_file_stays_where_the_data_around_it_goes(tmp_path: Path, host: Machine, name: str) -> None:
    asked, _ = half_made(tmp_path)
    docker, state = Path(asked.docker_folder), Path(asked.state_folder)
    edited = docker / "volumes/sandbox" / name
    edited.write_text("mine\n")
    with (state / "manifest").open("a") as manifest:
        manifest.write(f"{checksum(b'x')}  volumes/sandbox/{name}\n")
    data = docker / "volumes/sandbox/dependencies/deep/made"
    data.parent.mkdir(parents=True)
    data.write_text("data\n")
    facts = look_again(asked)
    facts = replace(facts, files={**facts.files, f"volumes/sandbox/{name}": checksum(b"mine\n")})
    (state / "installation.json").write_text(
        json.dumps({**facts.record.data, "uploaded": True, "files": {"a": "b"}})  # type: ignore[union-attr]
    )
    facts = replace(facts, record=look_again(asked).record)
    work = undo(host, asked)
    plan = work.plan(facts)
    assert plan.edited == (f"volumes/sandbox/{name}",) and "volumes/sandbox" in [d.path for d in plan.data]
    undone = work.run(facts, plan, confirm=asked.directory)
    assert edited.read_text() == "mine\n" and str(edited) in undone.left
    files = {p.relative_to(docker).as_posix() for p in docker.rglob("*") if p.is_file()}
    assert files == {f"volumes/sandbox/{name}", "theirs.txt"}
    assert not data.parent.exists() and not (docker / "volumes/db").exists()
    kept = look_again(asked).record
    assert kept is not None and kept.uploaded and kept.data["files"] == {"a": "b"}


def test_what_was_changed_meanwhile_is_looked_at_again(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    work = undo(host, asked)
    plan = work.plan(facts)
    record = Path(asked.state_folder, "installation.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "ready": True}))
    with pytest.raises(InstallError) as caught:
        work.run(facts, plan, confirm=asked.directory)
    assert caught.value.code is Code.UNDO_CHANGED
    assert Path(asked.docker_folder, "volumes/db/data/PG_VERSION").exists()
    assert ("docker", "rm", "--force", "id1") not in host.asked
    assert not Path(asked.state_folder, "lock").exists()


def test_images_that_others_use_are_never_removed(tmp_path: Path, host: Machine) -> None:
    asked, facts = half_made(tmp_path)
    work = undo(host, asked)
    undone = work.run(facts, work.plan(facts), images=True)
    assert "nginx:latest" in undone.left
    assert not any(words[1:3] == ("image", "rm") for words in host.asked)


def test_once_it_was_ready_it_is_never_removed(tmp_path: Path, host: Machine) -> None:
    for data in ({"ready": True}, {"installed": True, "found": None}):
        record = {"format": 1, "version": "1.16.1", "project": "dify", **data}
        if record.get("found", 1) is None:
            del record["found"]
        found = Record.parse(json.dumps(record))
        assert found is not None and was_ready(found)
        plan = undo(host, answers(tmp_path)).plan(Facts(record=found))
        assert plan.kind == "nothing"


def test_stages_of_a_change_that_is_taken_back() -> None:
    data = {
        "services": ["nginx", "api", "db_postgres"],
        "one_shots": [],
        "version": "1.16.1",
        "project": "dify",
    }
    record = Record.parse(json.dumps(data))
    assert record is not None
    newer = ContainerFacts("id9", "dify-qdrant-1", "running", "qdrant", "dify", "qdrant", "/opt/dify/docker")
    assert restore.newer(record, (newer,)) == ("id9",)
    names = [stage.name for stage in restore.stages(record, ("id9",))]
    up = ["start", "start:front", "start:again", "start:former"]
    assert names == ["databases", "databases:db_postgres", *up]
    assert restore.stages(record, ("id9",))[-1].argv == ("docker", "rm", "--force", "id9")


def test_folders_deepest_first() -> None:
    assert folders_of(("a/b/c", "a/d", "e")) == ("a/b", "a")


def commands(removal: Removal) -> Sequence[str]:
    return [stage.name for stage in removal.stages]


def test_nothing_is_run_where_there_is_nothing() -> None:
    assert commands(Removal(UndoPlan("remove", "/opt/dify"), data=True, images=True)) == []
