"""Images through this computer: from a registry on a socket into an Engine's stream."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, ImageProgress, StepProgress
from installer.image_transfer import source as source_module
from installer.image_transfer import store as store_module
from installer.image_transfer.archive import layers_there
from installer.image_transfer.run import Carried, Carry
from installer.image_transfer.source import Image
from installer.registry.digest import Digest
from installer.registry.fetch import token_url
from installer.registry.manifests import Blob, Reference
from tests.fakes.host import FakeHost
from tests.unit.carry.registry import NAME, Engine, Registry, digest, running

IMAGE = f"{NAME}:1.0"
BIG = bytes(range(256)) * 4000


class Target(FakeHost):
    """Each image gets the next Engine's stream."""

    def __init__(self, *engines: Engine) -> None:
        super().__init__([])
        self.engines = [*engines]
        self.opened = 0

    def docker_stream(self) -> Engine:
        self.opened += 1
        return self.engines[self.opened - 1]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(store_module, "_PAUSES", (0.01, 0.01))
    with running(monkeypatch) as found:
        arm = found.add("arm64", b"arm")
        found.tag("1.0", arm64=arm, amd64=found.add("amd64", b"one", BIG))
        found.tag("2.0", amd64=found.add("amd64", b"one", b"two"))
        yield found


class Run:
    def __init__(self, folder: Path, *engines: Engine, arch: str = "amd64") -> None:
        self.seen: list[Event] = []
        self.cancel, self.target = CancelToken(), Target(*engines)
        self.renewed = 0
        self.carry = Carry(
            self.target, arch, folder, self.seen.append, self.cancel, self._renew, clock=lambda: 0.0
        )

    def _renew(self) -> None:
        self.renewed += 1

    def __call__(self, *names: str) -> None:
        self.carry.run(tuple(Carried(name, name) for name in names))

    def states(self) -> dict[str, str]:
        return {e.image: e.state for e in self.seen if isinstance(e, ImageProgress)}


def test_an_image_comes_whole_with_the_targets_architecture(registry: Registry, tmp_path: Path) -> None:
    engine = Engine()
    run = Run(tmp_path / "images", engine)
    run(IMAGE)
    files = engine.files
    (index,) = json.loads(files["manifest.json"])
    assert index["RepoTags"] == [IMAGE] and len(index["Layers"]) == 2
    assert json.loads(files[index["Config"]])["architecture"] == "amd64"
    for name in (index["Config"], *index["Layers"]):
        assert digest(files[name]) == f"sha256:{name.partition('.')[0]}"
    head = engine.head.decode()
    assert head.startswith("POST /images/load?") and f"Content-Length: {len(engine.body)}" in head
    told = [e for e in run.seen if isinstance(e, StepProgress)]
    fetched = sum(len(registry.blobs[d]) for d in set(registry.asked("blobs")))
    assert told[-1].done == told[-1].total == fetched + len(engine.body)
    assert [e.done for e in told] == sorted(e.done for e in told) and run.renewed
    assert run.states() == {IMAGE: "done"}


def test_shared_layers_are_fetched_once_and_kept(registry: Registry, tmp_path: Path) -> None:
    run = Run(tmp_path / "images", Engine(), Engine())
    run(IMAGE, f"{NAME}:2.0")
    blobs = registry.asked("blobs")
    assert len(blobs) == len(set(blobs)) == 4
    first, second = (engine.files for engine in run.target.engines)
    layers = [json.loads(files["manifest.json"])[0]["Layers"] for files in (first, second)]
    assert layers[0][0] == layers[1][0]  # the one under all is there by then, and is not sent again
    assert {*layers[0]} <= {*first} and {*layers[1]} - {*second} == {layers[1][0]}
    told = [e for e in run.seen if isinstance(e, StepProgress)]
    assert told[-1].done == told[-1].total
    again = Run(tmp_path / "images", Engine())
    again(IMAGE)
    assert registry.asked("blobs") == blobs
    assert again.target.engines[0].files  # from what is kept
    told = [e for e in again.seen if isinstance(e, StepProgress)]
    assert told[-1].total == len(again.target.engines[0].body)


def test_an_engine_that_wants_every_layer_gets_them(registry: Registry, tmp_path: Path) -> None:
    refusing = Engine('{"error":"layer \\"0.tar\\" not found"}')
    run = Run(tmp_path / "images", Engine(), refusing, Engine())
    run(IMAGE, f"{NAME}:2.0")
    files = run.target.engines[2].files
    assert {*json.loads(files["manifest.json"])[0]["Layers"]} <= {*files}
    told = [e for e in run.seen if isinstance(e, StepProgress)]
    assert told[-1].done == told[-1].total
    assert run.states() == {IMAGE: "done", f"{NAME}:2.0": "done"}


def test_a_layer_that_comes_again_further_up_is_sent() -> None:
    a, b, c = (Blob(Digest(f"sha256:{x * 64}"), 1) for x in "abc")
    reference = Reference.parse(IMAGE)
    below = Image("x", reference, a, (b, c))
    assert layers_there(Image("y", reference, a, (b, c, a)), [below]) == {b.digest, c.digest}
    assert layers_there(Image("y", reference, a, (b, a, b)), [below]) == set()
    assert layers_there(Image("y", reference, a, (c, b)), [below]) == set()
    assert layers_there(below, []) == set()


def test_a_download_that_ends_half_way_goes_on(registry: Registry, tmp_path: Path) -> None:
    registry.cuts = [10, 10, 10]
    run = Run(tmp_path / "images", Engine())
    run(IMAGE)
    assert [h["Range"] for _, h in registry.server.seen if "Range" in h][:1] == ["bytes=10-"]
    told = [e for e in run.seen if isinstance(e, StepProgress)]
    assert told[-1].done == told[-1].total


def test_a_registry_that_cannot_go_on_begins_anew(registry: Registry, tmp_path: Path) -> None:
    registry.cuts, registry.ranges = [10, 10], False
    run = Run(tmp_path / "images", Engine())
    run(IMAGE)
    told = [e for e in run.seen if isinstance(e, StepProgress)]
    assert told[-1].done == told[-1].total and run.target.engines[0].files


def test_what_is_damaged_is_refused(registry: Registry, tmp_path: Path) -> None:
    registry.spoil = True
    run = Run(tmp_path / "images", Engine())
    with pytest.raises(InstallError) as caught:
        run(IMAGE)
    assert caught.value.code is Code.CARRY_DAMAGED and run.target.opened == 0
    assert run.states() == {IMAGE: "failed"} and not [*(tmp_path / "images").iterdir()]


def test_a_manifest_that_was_exchanged_is_refused(registry: Registry, tmp_path: Path) -> None:
    for name, (kind, body) in [*registry.bodies.items()]:
        if name.startswith("sha256:"):
            registry.bodies[name] = (kind, body + b" ")
    with pytest.raises(InstallError) as caught:
        Run(tmp_path, Engine())(IMAGE)
    assert caught.value.code is Code.CARRY_DAMAGED


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, Code.PULL_IMAGE_UNKNOWN),
        (403, Code.PULL_REFUSED),
        (429, Code.PULL_RATE_LIMITED),
        (500, Code.CARRY_REGISTRY_CLOSED),
    ],
)
def test_what_a_registry_says(registry: Registry, tmp_path: Path, status: int, code: Code) -> None:
    registry.status = status
    with pytest.raises(InstallError) as caught:
        Run(tmp_path, Engine())(IMAGE)
    assert caught.value.code is code and caught.value.params["image"] == IMAGE


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("installer.registry.manifests.HUB_REGISTRY", "http://127.0.0.1:1")
    with pytest.raises(InstallError) as caught:
        Run(tmp_path, Engine())(IMAGE)
    assert caught.value.code is Code.CARRY_REGISTRY_CLOSED
    assert caught.value.params["host"] == "registry-1.docker.io"


def test_another_processor(registry: Registry, tmp_path: Path) -> None:
    for arch in ("s390x", "riscv64"):
        with pytest.raises(InstallError) as caught:
            Run(tmp_path, Engine(), arch=arch)(IMAGE)
        assert caught.value.code is Code.PULL_NO_PLATFORM
    registry.bodies["alone"] = registry.bodies[registry.add("arm64", b"x")]
    with pytest.raises(InstallError) as caught:  # no list: its configuration tells
        Run(tmp_path, Engine())(f"{NAME}:alone")
    assert caught.value.code is Code.PULL_NO_PLATFORM


def test_a_token_goes_to_the_registry_alone(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.token = "secret"
    monkeypatch.setattr(
        source_module,
        "token_url",
        lambda said: token_url(said.replace("http:", "https:")).replace("https:", "http:"),
    )
    Run(tmp_path, Engine())(IMAGE)
    asked = [path for path, _ in registry.server.seen if path.startswith("/token")]
    assert len(asked) == 1  # kept for the repository


@pytest.mark.parametrize(
    ("engine", "code"),
    [
        (
            Engine('{"errorDetail":{"message":"x"},"error":"write /x: no space left on device"}'),
            Code.PULL_DISK_FULL,
        ),
        (Engine('{"error":"invalid diffID"}'), Code.CARRY_LOAD_FAILED),
        (Engine('{"message":"nope"}', "500 Internal Server Error"), Code.CARRY_LOAD_FAILED),
        (Engine("", "404 Not Found"), Code.CARRY_LOAD_FAILED),
    ],
)
def test_an_engine_that_refuses(registry: Registry, tmp_path: Path, engine: Engine, code: Code) -> None:
    run = Run(tmp_path, engine)
    with pytest.raises(InstallError) as caught:
        run(IMAGE)
    assert caught.value.code is code and run.states() == {IMAGE: "failed"}


def test_an_engine_that_goes_away(registry: Registry, tmp_path: Path) -> None:
    engine = Engine()
    engine.ends_after = 2000
    with pytest.raises(InstallError) as caught:
        Run(tmp_path, engine)(IMAGE)
    assert caught.value.code is Code.CARRY_LOAD_FAILED


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (
            '{"error":"write /x: no space left on device"}',
            Code.PULL_DISK_FULL,
            "no space left",
        ),
        ('{"error":"invalid tar header"}', Code.CARRY_LOAD_FAILED, "invalid tar header"),
        ("", Code.CARRY_LOAD_FAILED, "the other side is gone"),
    ],
)
def test_an_engine_that_answers_before_it_has_all(
    registry: Registry, tmp_path: Path, answer: str, code: Code, says: str
) -> None:
    engine = Engine(answer)
    engine.ends_after = 2000
    with pytest.raises(InstallError) as caught:
        Run(tmp_path, engine)(IMAGE)
    assert caught.value.code is code and says in caught.value.detail


def test_what_has_to_do_with_no_layer_is_not_sent_twice(registry: Registry, tmp_path: Path) -> None:
    gone = Engine("")
    gone.ends_after = 10
    for second in (Engine('{"error":"read-only file system"}'), gone):
        run = Run(tmp_path / "images", Engine(), second)
        with pytest.raises(InstallError) as caught:
            run(IMAGE, f"{NAME}:2.0")
        assert caught.value.code is Code.CARRY_LOAD_FAILED and run.target.opened == 2


def test_cancel_ends_a_stuck_line_at_once(registry: Registry, tmp_path: Path) -> None:
    engine = Engine()
    engine.stuck = True
    run = Run(tmp_path, engine)
    threading.Timer(0.3, run.cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        run(IMAGE)
    assert time.monotonic() - began < 2


def test_no_room_here(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(InstallError) as caught:
        Run(tmp_path / "images", Engine())(IMAGE)
    assert caught.value.code is Code.CARRY_DISK_FULL and registry.asked("blobs") == []


def test_only_so_much_is_kept(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module.BlobStore.__init__, "__defaults__", (500,))
    Run(tmp_path / "images", Engine())(IMAGE)
    assert sum(p.stat().st_size for p in (tmp_path / "images").iterdir()) <= 500


def test_two_at_once_fetch_each_part_once(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Registry._blob

    def slowly(self: Registry, *what: Any) -> None:
        time.sleep(0.1)
        send(self, *what)

    monkeypatch.setattr(Registry, "_blob", slowly)
    runs = [Run(tmp_path / "images", Engine(), Engine()) for _ in range(2)]
    threads = [threading.Thread(target=run, args=(IMAGE, f"{NAME}:2.0")) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    blobs = registry.asked("blobs")
    assert len(blobs) == len(set(blobs)) == 4
    for run in runs:
        assert all(engine.files for engine in run.target.engines)
        told = [e for e in run.seen if isinstance(e, StepProgress)]
        assert told[-1].done == told[-1].total
    assert not [p for p in (tmp_path / "images").iterdir() if p.suffix == ".lock"]


def test_what_another_program_fetches_is_waited_for(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    program = (
        "import sys, time, pathlib; from installer.core.file_lock import claim;"
        "mine = claim(pathlib.Path(sys.argv[1])); print(bool(mine), flush=True); time.sleep(60)"
    )
    run = Run(folder, Engine())
    reference = Reference.parse(IMAGE)
    layer = source_module.Source(run.cancel).image(IMAGE, reference, "amd64").layers[1]
    lock = store_module.BlobStore(folder, run.cancel).path(layer).with_suffix(".lock")
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "True\n"
        thread = threading.Thread(target=run, args=(IMAGE,))
        thread.start()
        time.sleep(1)
        assert thread.is_alive() and layer.digest not in registry.asked("blobs") and run.renewed
        other.kill()  # the system gives its lock up
    thread.join(20)
    assert run.states() == {IMAGE: "done"} and layer.digest in registry.asked("blobs")


def test_nothing_is_removed_while_somebody_is_there(tmp_path: Path) -> None:
    store = store_module.BlobStore(tmp_path, CancelToken(), limit=10)
    with store.in_use():
        (tmp_path / "sha256-a").write_bytes(bytes(20))
        (tmp_path / f"use-{2**31}-dead.lock").write_bytes(b"")
        with store_module.BlobStore(tmp_path, CancelToken(), limit=10).in_use():
            pass
        assert (tmp_path / "sha256-a").exists()
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_removed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(bytes(20))
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "a":
            raise PermissionError(13, "in use", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    store_module.BlobStore(tmp_path, CancelToken(), limit=0).shrink()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, Code.CARRY_DISK_FULL), (errno.EACCES, Code.HOST_FILE_FAILED)]
)
def test_a_disk_that_does_not_take_it(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: Code
) -> None:
    opened = Path.open

    def refuse(path: Path, mode: str = "r", **how: Any) -> Any:
        if path.suffix == ".part":
            raise OSError(number, "no", str(path))
        return opened(path, mode, **how)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InstallError) as caught:
        Run(tmp_path / "images", Engine())(IMAGE)
    assert caught.value.code is code and str(tmp_path) in caught.value.params["path"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InstallError) as caught:
        Run(tmp_path / "file" / "images", Engine())(IMAGE)
    assert caught.value.code is Code.HOST_FILE_FAILED
