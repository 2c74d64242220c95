"""What is read from releases, over all of them, and from made-up Compose files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree
from installer.release.compose_file import Mount
from installer.release.model import ReleaseModel, missing_mounts
from installer.release.ports import PublishedPort, parse_port
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release, needs_real
from tests.releases import NEW, OLD, model_of, tree_of


def model(compose: str, env: str = "", **files: str) -> ReleaseModel:
    return ReleaseModel.read(tree(compose, env, **files))


def tree(compose: str, env: str = "", **files: str) -> ReleaseTree:
    given = {"docker-compose.yaml": compose, ".env.example": env, **files}
    return ReleaseTree("1.2.3", tuple(FileContent(p, t.encode()) for p, t in given.items()))


def refused(compose: str, env: str = "") -> InstallError:
    with pytest.raises(InstallError) as caught:
        model(compose, env)
    assert caught.value.code == Code.RELEASE_LAYOUT_UNKNOWN
    return caught.value


@every_release
def test_every_release_is_understood(version: str) -> None:
    read = model_of(version)
    assert read.not_understood == ()
    assert {"weaviate", "qdrant", "pgvector"} <= set(read.stores)
    assert {"api", "worker", "web", "nginx", "redis", "sandbox"} <= set(read.expected(read.env_file.values()))


@every_release
@needs_compose
def test_stock_settings_are_as_compose_sees_them(version: str, tmp_path: Path) -> None:
    read = model_of(version)
    env = read.env_file.values()
    seen = compose_config(
        tmp_path, {**{f.path: f.data for f in tree_of(version).files}, ".env": str(read.env_file)}
    )
    services = seen["services"]
    assert tuple(sorted(services)) == read.expected(env)
    assert tuple(sorted({s["image"] for s in services.values() if "image" in s})) == read.images(env)
    for name, body in services.items():
        stated = read.services[name]
        assert {d.service for d in stated.depends_on} == set(body.get("depends_on", ()))
        assert set(stated.networks) == set(body["networks"])
        targets = {v["target"] for v in body.get("volumes", ())}
        assert {m.target for m in stated.mounts} == targets


def test_facts_of_the_made_up_ones() -> None:
    assert model_of(OLD).needed_compose.version == "2.0.0"
    assert model_of(NEW).needed_compose.version == "2.24.0"
    assert model_of(NEW).one_shots({}) == ("init_permissions",)
    assert model_of(OLD).expected({}) == model_of(OLD).expected({"COMPOSE_PROFILES": "weaviate"})
    assert "weaviate" not in model_of(NEW).expected({})
    assert (len(model_of(OLD).stores), len(model_of(NEW).stores)) == (15, 18)
    assert model_of(OLD).env_keys["QDRANT_API_KEY"].file == ".env.example"
    assert model_of(NEW).env_keys["QDRANT_API_KEY"].file.startswith("envs/")


@needs_real
def test_facts_of_real_releases() -> None:
    assert model_of("0.15.3").needed_compose.version == "2.0.0"
    assert model_of("1.13.3").needed_compose.version == "2.20.2"
    assert model_of("1.16.1").needed_compose.version == "2.24.0"
    assert model_of("1.16.1").one_shots({}) == ("init_permissions",)
    assert model_of("0.15.3").expected({}) == model_of("0.15.3").expected({"COMPOSE_PROFILES": "weaviate"})
    assert "weaviate" not in model_of("1.9.2").expected({})
    assert [p.host_port for p in model_of("1.0.0").ports({}) if p.service == "db"] == [5432]
    assert len(model_of("1.16.1").stores) == 18
    assert model_of("1.16.1").env_keys["QDRANT_API_KEY"].file.startswith("envs/")


SMALL = """
services:
  a:
    image: x:${TAG:-1}
    ports: ["${P:-80}:8080", {target: 9, published: "99", host_ip: 127.0.0.1, protocol: udp}, 22:22]
    volumes:
      - ./conf/a.yaml:/etc/a.yaml:ro
      - ${DATA:-./data}:/data
      - named:/n
      - {type: bind, source: ./b.txt, target: /b.txt}
      - /anonymous
    environment: [A=1, B, "C=${X:-y}"]
    env_file: .env
    depends_on: [b]
    profiles: ["", w]
  b:
    image: y
    restart: "no"
    environment: {ON: true, N: 1, NONE: }
    build: .
volumes: {named: }
"""


def test_all_forms() -> None:
    read = model(SMALL)
    a, b = read.services["a"], read.services["b"]
    assert [p.text for p in a.ports] == ["${P:-80}:8080", "127.0.0.1:99:9/udp", "22:22"]
    assert a.mounts == (
        Mount("./conf/a.yaml", "/etc/a.yaml", bind=True),
        Mount("${DATA:-./data}", "/data", bind=True),
        Mount("named", "/n", bind=False),
        Mount("./b.txt", "/b.txt", bind=True),
        Mount("", "/anonymous", bind=False),
    )
    assert a.environment == {"A": "1", "B": None, "C": "${X:-y}"}
    assert b.environment == {"ON": "true", "N": "1", "NONE": None}
    assert (b.built, a.built) == (True, False)
    assert read.expected({"COMPOSE_PROFILES": "other"}) == ("b",)
    assert read.expected({}) == read.expected({"COMPOSE_PROFILES": "x, w"}) == ("a", "b")
    assert read.expected({"COMPOSE_PROFILES": "*"}) == ("a", "b")
    assert read.one_shots({}) == ("b",)
    assert read.images({"TAG": "2"}) == ("x:2", "y")
    assert read.ports({"P": "127.0.0.1:81"})[0] == PublishedPort("127.0.0.1", 81, 8080, "tcp", "a")
    assert read.not_understood == ("profile w",)
    assert {"TAG", "P", "X", "DATA"} <= set(read.env_keys)
    assert read.env_keys["TAG"].default == "1"
    assert read.variables == ("DATA", "P", "TAG", "X")


def test_missing_mounts() -> None:
    incomplete = tree(SMALL, **{"b.txt": ""})
    assert missing_mounts(incomplete, ReleaseModel.read(incomplete)) == ("conf/a.yaml",)


@pytest.mark.parametrize(
    "compose",
    [
        "",
        "services: []",
        "services: {a: 1}",
        "services: {a: {image: x, ports: 80}}",
        "services: {a: {image: x, depends_on: {b: {condition: new_condition}}}}",
        "services: {a: {image: 'x:${A'}}",
        "services: {a: {image: x, profiles: w}}",
        "{ not yaml",
    ],
)
def test_unknown_layouts(compose: str) -> None:
    refused(compose)


def test_missing_files_and_bad_env() -> None:
    with pytest.raises(InstallError):
        ReleaseModel.read(ReleaseTree("1.2.3", (FileContent("docker-compose.yaml", b"services: {}"),)))
    refused("services: {a: {image: x}}", "what is this\n")


def test_unknown_keys_are_listed() -> None:
    read = model("services: {a: {image: x, teleport: yes}}\nx-mine: 1\nportals: {}")
    assert read.not_understood == ("portals", "services.a.teleport")


def test_ranges_are_refused() -> None:
    read = model("services: {a: {image: x, ports: ['80-81:80-81']}}")
    with pytest.raises(InstallError) as caught:
        read.ports({})
    assert caught.value.code == Code.RELEASE_LAYOUT_UNKNOWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80:8080", ("0.0.0.0", 80, 8080, "tcp")),
        ("8080", ("0.0.0.0", 0, 8080, "tcp")),
        ("127.0.0.1:80:81", ("127.0.0.1", 80, 81, "tcp")),
        ("127.0.0.1::81", ("127.0.0.1", 0, 81, "tcp")),
        ("[::1]:80:81/udp", ("::1", 80, 81, "udp")),
        ("[::]:80:81", ("0.0.0.0", 80, 81, "tcp")),
        ("0.0.0.0:80:81", ("0.0.0.0", 80, 81, "tcp")),
    ],
)
def test_ports(text: str, expected: tuple[str, int, int, str]) -> None:
    port = parse_port(text, "s")
    assert (port.address, port.host_port, port.container_port, port.protocol) == expected
    assert port.open_to_world == (expected[0] == "0.0.0.0")


@pytest.mark.parametrize("text", ["", "a:b", "80-81:80", "1:2:3:4", "99999:1", ":::"])
def test_no_ports(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        parse_port(text, "s")


def test_needed_compose_by_feature() -> None:
    def need(body: str) -> str:
        return model(f"services: {{a: {{image: x, {body}}}, b: {{image: y}}}}").needed_compose.version

    assert need("env_file: [{path: a, required: false}]") == "2.24.0"
    assert need("env_file: [{path: a, format: raw}]") == "2.30.0"
    assert need("depends_on: {b: {condition: service_started, required: false}}") == "2.20.2"
    assert need("depends_on: {b: {condition: service_started, restart: true}}") == "2.17.0"
    assert need("depends_on: [b]") == "2.0.0"
