"""Where a lab lives follows from its id; what is taken is passed over."""

from __future__ import annotations

import socket
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.lab import LabUnavailable, place, places
from tests.lab.packages import require_machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file locks")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(place, "ROOT", tmp_path)
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(places, "_routes", lambda: [])
    return tmp_path


def test_the_choice_is_kept(folder: Path) -> None:
    first = places.choose("one")
    assert places.choose("one") == first
    assert places.find("one") == first
    assert places.find("two") is None


def test_labs_do_not_meet(folder: Path) -> None:
    found = [places.choose(f"lab{number}") for number in range(20)]
    assert len({chosen.network for chosen in found}) == 20
    assert len({chosen.ports.release for chosen in found}) == 20
    assert len({chosen.lab_bridge for chosen in found}) == 20
    assert all(len(chosen.lab_bridge) <= 15 for chosen in found)


def test_a_taken_subnet_and_port_are_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = places.planned("one")
    monkeypatch.setattr(places, "_routes", lambda: [IPv4Network(f"{wanted.network[5]}/32")])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", wanted.ports.line))
        taken.listen()
        other = places.choose("one")
    assert not other.network.overlaps(wanted.network)
    assert wanted.ports.line not in vars(other.ports).values()


@pytest.mark.parametrize("name", ["cache", "UPPER", "../x", "a" * 21])
def test_an_id_that_would_not_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ID", name)
    with pytest.raises(LabUnavailable):
        places.lab_id()


def test_not_linux_and_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    with pytest.raises(LabUnavailable, match="root"):
        require_machine()
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    with pytest.raises(LabUnavailable, match="Linux"):
        require_machine()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the lab needs Linux")
def test_a_place_is_found_before_any_package_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    networks = places._routes()
    assert all(network.prefixlen for network in networks)
    assert not any(places.planned("without-packages").network.overlaps(other) for other in networks)
