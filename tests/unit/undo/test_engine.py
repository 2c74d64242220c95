"""Undo as the engine offers it: no more than was shown, and no secret in what is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Secrets
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.secrets import MASK, Redactor, Secret
from installer.engine import Engine
from installer.hosts.kinds import LINUX
from installer.lifecycle.undo.model import Image, UndoPlan
from installer.repairs.added import Added
from installer.state.data_folder import Data
from tests.unit.undo.test_undo import Machine, half_made


def test_another_kind_than_was_shown_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, found = half_made(tmp_path)
    host = Machine(kind=LINUX)
    env = Secret("DB_PASSWORD=only-in-the-file\nREDIS_PASSWORD=dify\n")
    monkeypatch.setattr(Engine, "facts", lambda _self: replace(found, env=env))
    redact = Redactor()
    home = Home(tmp_path / "home")
    engine = Engine(asked, Secrets(), home, emit=lambda _: None, redact=redact).using(host)
    assert engine.undo_plan().kind == "remove"
    assert redact("it says only-in-the-file in /opt/dify") == f"it says {MASK} in /opt/dify"
    with pytest.raises(InstallError) as caught:
        engine.undo(shown=replace(engine.undo_plan(), kind="restore"), confirm=asked.directory)
    assert caught.value.code is Code.UNDO_CHANGED and not Path(asked.state_folder, "lock").exists()
    assert Path(asked.docker_folder, ".env").exists()
    assert json.loads(Path(asked.state_folder, "installation.json").read_text())["installed"]


SHOWN = UndoPlan(
    "remove",
    "/opt/dify",
    "dify",
    "1.0.0",
    containers=("a", "b"),
    ids=("1", "2"),
    networks=("n",),
    files=("x", "y"),
    data=(Data("volumes/db", 5), Data("dify_v", 7, volume=True)),
    images=(Image("i", 1), Image("j", 1, used=True)),
    backups=("one",),
    placed=("timer",),
    added=(Added("swap.add", ("/swap",)),),
    generated=("nginx/z",),
    mounted=("nginx",),
)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "restore"},
        {"directory": "/opt/other"},
        {"project": "other"},
        {"version": "1.0.1"},
        {"containers": ("a", "b", "c")},
        {"ids": ("1", "3")},
        {"networks": ("n", "m")},
        {"files": ("x", "y", "z")},
        {"data": (Data("volumes"),)},
        {"data": (Data("dify_v", 7),)},
        {"images": (Image("i", 1), Image("j", 1))},
        {"backups": ("one", "two")},
        {"placed": ("timer", "other")},
        {"added": (Added("swap.add", ("/swap", "/other")),)},
        {"generated": ("nginx/z", "nginx/a")},
        {"mounted": ("nginx", "ssrf_proxy")},
        {"made": True},
        {"whole": True},
    ],
)
def test_nothing_goes_that_was_not_shown(change: dict[str, Any]) -> None:
    assert not replace(SHOWN, **change).within(SHOWN)


def test_what_holds_passwords_does_not_go_if_it_was_shown_to_stay() -> None:
    assert not SHOWN.within(replace(SHOWN, keeps=True))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"containers": ("a",), "ids": ("1",)},
        {"data": (Data("volumes/db", 500),), "images_bytes": 9},
        {"images": (Image("i", 1, used=True),)},
        {"files": (), "generated": (), "added": (), "placed": (), "networks": (), "mounted": ()},
        {"edited": ("x",), "foreign": ("q",), "others": ("w",), "keeps": True},
    ],
)
def test_less_may_go_and_sizes_may_differ(change: dict[str, Any]) -> None:
    assert replace(SHOWN, **change).within(SHOWN)


def test_more_than_was_shown_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, found = half_made(tmp_path)
    monkeypatch.setattr(Engine, "facts", lambda _self: found)
    engine = Engine(asked, Secrets(), Home(tmp_path / "home"), emit=lambda _: None)
    engine.using(Machine(kind=LINUX))
    for plan, act in ((engine.undo_plan(), engine.undo), (engine.removal_plan(), engine.remove)):
        assert plan.files
        with pytest.raises(InstallError) as caught:
            act(shown=replace(plan, files=plan.files[:-1]), confirm=asked.directory)
        assert caught.value.code is Code.UNDO_CHANGED
    assert Path(asked.docker_folder, ".env").exists() and not Path(asked.state_folder, "lock").exists()
