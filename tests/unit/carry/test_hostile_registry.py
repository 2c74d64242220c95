"""A registry that would choose files on this computer, fill its disk or its memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.image_transfer import store as store_module
from installer.image_transfer.run import Carried, Carry
from tests.fakes.host import FakeHost
from tests.unit.carry.registry import MANIFEST, NAME, Engine, Registry, digest, running
from tests.unit.release.web_server import Handler

GOOD = "sha256:" + "a" * 64


class Target(FakeHost):
    """Notes what would have been sent to it."""

    def __init__(self) -> None:
        super().__init__([])
        self.engine = Engine()

    def docker_stream(self) -> Engine:
        return self.engine


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(store_module, "_PAUSES", (0.01, 0.01))
    with running(monkeypatch) as found:
        yield found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Files of a person, beside the folder of blobs."""
    found = tmp_path / "home"
    found.mkdir()
    (found / "poetry.lock").write_text("a project's own")
    (found / "movie.part").write_text("somebody's half download")
    (found / "id_ed25519").write_text("PRIVATE KEY 123")
    return found


def carry(tmp_path: Path, target: Target, name: str = f"{NAME}:evil") -> InstallError:
    run = Carry(target, "amd64", tmp_path / "cache" / "images", lambda _: None, CancelToken(), lambda: None)
    with pytest.raises(InstallError) as caught:
        run.run((Carried(name, name),))
    return caught.value


def tagged(registry: Registry, config: object, *layers: object) -> None:
    body = json.dumps({"config": config, "layers": layers}).encode()
    registry.bodies["evil"] = (MANIFEST, body)


@pytest.mark.parametrize(
    "which",
    [
        *("{home}/poetry", "../../home/movie", "{home}/id_ed25519", "..\\..\\home\\movie", "sha256:../home"),
        *("", "x", "sha256:", GOOD.upper(), f"{GOOD}\n", f"{GOOD}/..", f"\x00{GOOD}", "sha1:" + "a" * 40),
        *("sha512:" + "a" * 64, "sha256:" + "g" * 64, "sha256:" + "٣" * 64),
    ],
)
@pytest.mark.parametrize("place", ["config", "layer"])
def test_a_digest_that_is_none_chooses_no_file_here(
    registry: Registry, tmp_path: Path, home: Path, which: str, place: str
) -> None:
    which = which.format(home=home)
    config = json.dumps({"architecture": "amd64"}).encode()
    registry.blobs[digest(config)] = config
    registry.blobs[which] = b"X" * 15
    good, bad = {"digest": digest(config), "size": len(config)}, {"digest": which, "size": 15}
    tagged(registry, *((bad, good) if place == "config" else (good, bad)))
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    target = Target()
    assert carry(tmp_path, target).code is Code.CARRY_DAMAGED
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before
    assert b"PRIVATE KEY" not in target.engine.body and not registry.asked("blobs")


@pytest.mark.parametrize("which", ["../../../../etc/passwd", "latest", "sha256:1", None, 7])
def test_a_list_resolves_to_digests_alone(registry: Registry, tmp_path: Path, which: object) -> None:
    """What has none would be taken without being verified."""
    entry = {"digest": which, "platform": {"os": "linux", "architecture": "amd64"}}
    registry.bodies["evil"] = (MANIFEST, json.dumps({"manifests": [entry]}).encode())
    registry.bodies["latest"] = registry.bodies[registry.add("amd64", b"x")]
    assert carry(tmp_path, Target()).code is Code.PULL_NO_PLATFORM
    assert registry.asked("manifests") == ["evil"]


@pytest.mark.parametrize("size", [-1, True, 1.0, "1", None, 1 << 41, 10**400])
def test_a_size_is_a_number_that_can_be(registry: Registry, tmp_path: Path, size: object) -> None:
    tagged(registry, {"digest": GOOD, "size": 1}, {"digest": GOOD, "size": size})
    assert carry(tmp_path, Target()).code is Code.CARRY_DAMAGED


def test_a_configuration_has_a_limit(registry: Registry, tmp_path: Path) -> None:
    """It is read as a whole."""
    tagged(registry, {"digest": GOOD, "size": (8 << 20) + 1}, {"digest": GOOD, "size": 1})
    assert carry(tmp_path, Target()).code is Code.CARRY_DAMAGED


@pytest.mark.parametrize("config", [b"[" * 100_000, b'{"architecture":' + b"[" * 900 + b"]" * 900 + b"}"])
def test_a_configuration_that_nests_tells_no_processor(
    registry: Registry, tmp_path: Path, config: bytes
) -> None:
    registry.blobs[digest(config)] = config
    tagged(registry, {"digest": digest(config), "size": len(config)})
    target = Target()
    run = Carry(target, "amd64", tmp_path / "images", lambda _: None, CancelToken(), lambda: None)
    run.run((Carried(f"{NAME}:evil", f"{NAME}:evil"),))
    assert target.engine.body  # the Engine judges it


def test_no_more_comes_than_the_manifest_states(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part without end would fill the disk."""
    sent = 0

    def endless(handler: Handler, _data: bytes) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(1000):
                handler.wfile.write(bytes(1 << 16))
                sent += 1 << 16
        except OSError:
            return

    monkeypatch.setattr(registry, "_blob", endless)
    config = b"{}"
    registry.blobs[digest(config)] = config
    tagged(registry, {"digest": digest(config), "size": len(config)})
    assert carry(tmp_path, Target()).code is Code.CARRY_DAMAGED
    folder = tmp_path / "cache" / "images"
    assert sent < 1000 << 16 and sum(path.stat().st_size for path in folder.iterdir()) == 0


@pytest.mark.parametrize(
    "name",
    [
        *("langgenius/../../x:1", "langgenius/thing?x=1:1", "langgenius/thing#x:1", "langgenius/a b:1"),
        *(
            "user@127.0.0.1:1/x/y:1",
            "127.0.0.1:1/x\r\nX: y:1",
            f"a/b@{GOOD}/../x",
            "a/b:1/../x",
            "a%2f..%2fb:1",
        ),
        *("langgenius/thing@sha256:1", "host.example:99999999/x:1", "x" * 300 + ":1"),
    ],
)
def test_only_an_images_name_becomes_part_of_an_address(
    registry: Registry, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = carry(tmp_path, Target(), name)
    assert error.code is Code.PULL_IMAGE_UNKNOWN and error.params["image"] == name
    assert registry.server.seen == []


def test_what_both_algorithms_verify(registry: Registry, tmp_path: Path) -> None:
    import hashlib

    config = b'{"architecture":"amd64"}'
    which = f"sha512:{hashlib.sha512(config).hexdigest()}"
    registry.blobs[which] = config
    tagged(registry, {"digest": which, "size": len(config)})
    target = Target()
    run = Carry(target, "amd64", tmp_path / "images", lambda _: None, CancelToken(), lambda: None)
    run.run((Carried(f"{NAME}:evil", f"{NAME}:evil"),))
    assert config in target.engine.body
    registry.blobs["sha512:" + "a" * 128] = config
    tagged(registry, {"digest": "sha512:" + "a" * 128, "size": len(config)})
    assert carry(tmp_path, Target()).code is Code.CARRY_DAMAGED


class Talking(Engine):
    """Its answer never ends: *piece* again and again."""

    def __init__(self, piece: bytes, pause: float) -> None:
        super().__init__()
        self.piece, self.pause, self.said = piece, pause, 0

    def recv(self, size: int) -> bytes:
        time.sleep(self.pause)
        self.said += len(self.piece)
        return self.piece


@pytest.mark.parametrize(("piece", "pause"), [(b"x" * 65536, 0.0), (b"x", 0.01)])
def test_an_engine_whose_answer_does_not_end(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: bytes, pause: float
) -> None:
    monkeypatch.setattr("installer.image_transfer.load._LOAD_SECONDS", 0.5)
    config = b"{}"
    registry.blobs[digest(config)] = config
    tagged(registry, {"digest": digest(config), "size": len(config)})
    target = Target()
    target.engine = talking = Talking(piece, pause)
    assert carry(tmp_path, target).code is Code.CARRY_LOAD_FAILED and talking.said < 2 << 20
