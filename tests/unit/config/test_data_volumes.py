"""Named volumes in place of data folders, compared with what Compose makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Secrets, Stores, Target
from installer.config import Configuration, render
from installer.config.data_volumes import data_volumes
from installer.config.in_use import InUse
from installer.core.resources import table
from installer.core.secrets import Secret
from installer.facts.desktop import Desktop
from installer.facts.earlier import Earlier, EarlierSearch
from installer.facts.model import Facts, Record
from installer.release.services import service
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import NEWEST, every_release, newest_releases
from tests.releases import model_of, tree_of

HERE = Answers(target=Target(kind="local", directory="/Users/anna/Dify"))


def configured(version: str, answers: Answers, *, named: bool = True) -> Configuration:
    given = Secrets(env={"SMTP_PASSWORD": Secret("s3cret")})
    return render(answers, given, tree_of(version), model_of(version), InUse(named_volumes=named))


def mounts(folder: Path, version: str, configuration: Configuration) -> dict[str, list[Any]]:
    files = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
    whole = compose_config(folder, files)
    return {name: body.get("volumes", []) for name, body in whole["services"].items()}


@needs_compose
@pytest.mark.parametrize("every_store", [False, pytest.param(True, marks=pytest.mark.slow)])
@every_release
def test_no_data_is_left_in_a_folder(version: str, every_store: bool, tmp_path: Path) -> None:
    """Each target has one mount; what is a folder holds the release's own files or a person's."""
    newest = model_of(version).stores[:: 1 if every_store else 3] if version == NEWEST[-1] else ()
    for store in {"weaviate", *newest}:
        folder = tmp_path / store
        folder.mkdir()
        answers = replace(HERE, stores=Stores(store))
        found = mounts(folder, version, configured(version, answers))
        before = mounts(folder, version, configured(version, answers, named=False))
        assert {n: sorted(m["target"] for m in v) for n, v in found.items()} == {
            n: sorted(m["target"] for m in v) for n, v in before.items()
        }
        shipped = {file.path for file in tree_of(version).files}
        for name, entries in found.items():
            for mount in entries:
                if mount["type"] != "bind" or service(name)["role"] in ("proxy", "certificates", "sandbox"):
                    continue
                source = Path(mount["source"]).relative_to(folder).as_posix()
                by_hand = table("folders")["by_hand"]["paths"]
                if not source.startswith("volumes/") or source in by_hand:
                    continue
                ours = any(path == source or path.startswith(f"{source}/") for path in shipped)
                owned = version == "1.10.1-fix.1" and source == "volumes/app/storage"
                assert ours or owned, (name, mount)


@needs_compose
@every_release
def test_who_shares_a_folder_shares_the_volume(version: str, tmp_path: Path) -> None:
    found = mounts(tmp_path, version, configured(version, HERE))
    sources = {
        (name, mount["source"])
        for name, entries in found.items()
        for mount in entries
        if mount["type"] == "volume" and mount["target"] in ("/app/api/storage", "/app/storage/uploads")
    }
    assert len({source for _, source in sources}) <= 1
    database = next(n for n in configured(version, HERE).databases if service(n)["role"] == "database")
    assert [m["source"] for m in found[database] if m["type"] == "volume"] == ["db_data"]


@every_release
def test_elsewhere_nothing_changes(version: str) -> None:
    text = configured(version, HERE, named=False).override_text
    assert "\nvolumes:" not in text and "db_data" not in text


def test_a_name_that_the_release_has_given() -> None:
    model, tree = model_of("99.0.0"), tree_of("99.0.0")
    env = configured("99.0.0", HERE).env
    names = data_volumes(model, tree, env, model.expected(env)).names
    taken = replace(model, compose=replace(model.compose, volumes={names[0]: None}))
    assert f"{names[0]}_files" in data_volumes(taken, tree, env, model.expected(env)).names


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        (Facts(), False),
        (Facts(desktop=Desktop("Linux")), False),
        (Facts(desktop=Desktop("Darwin")), True),
        (Facts(desktop=Desktop("Windows")), True),
        (Facts(desktop=Desktop("Darwin"), earlier=EarlierSearch((Earlier("/x", data_changed=9.0),))), True),
    ],
)
def test_whose_data_goes_there(facts: Facts, named: bool) -> None:
    assert facts.named_volumes is named


def test_data_that_is_in_folders_stays_there() -> None:
    """A folder that was brought from another computer: new, empty volumes would look like lost data."""
    there = Earlier("/Users/anna/Dify/docker", data=True, data_changed=9.0, selected=True)
    assert not Facts(desktop=Desktop("Darwin"), earlier=EarlierSearch((there,))).named_volumes


def test_what_is_installed_stays_as_it_is() -> None:
    """Whatever files or systems seem to say later: the record knows."""

    def facts(named: list[str] | None, system: str, changed: float = 0.0, *, done: bool = True) -> Facts:
        data = {"installed": done, **({} if named is None else {"named_volumes": named})}
        there = Earlier("/x", data=True, data_changed=changed, selected=True)
        return Facts(
            record=Record("1.16.1", "dify", "", 0.0, data),
            desktop=Desktop(system),
            earlier=EarlierSearch((there,)),
        )

    assert facts(["db_data"], "Darwin", 9.0).named_volumes  # a backup was unpacked beside it
    assert not facts([], "Darwin").named_volumes
    assert not facts([], "Darwin", 9.0, done=False).named_volumes
    assert facts([], "Darwin", done=False).named_volumes
    assert facts(None, "Darwin").named_volumes and not facts(None, "Linux").named_volumes  # an older record


@newest_releases
def test_stores_whose_images_need_a_folder_of_their_own(version: str) -> None:
    configuration = configured(version, replace(HERE, stores=Stores("iris")))
    assert "db_data" in configuration.volumes and "iris" not in configuration.volumes


@pytest.mark.parametrize(
    ("system", "data", "named"), [("darwin", False, True), ("darwin", True, False), ("linux", False, False)]
)
def test_rendering_without_a_target(
    system: str, data: bool, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an installation there would have it."""
    from installer.cli import tree

    monkeypatch.setattr("sys.platform", system)
    if data:
        (tmp_path / "volumes" / "db" / "data").mkdir(parents=True)
        (tmp_path / "volumes" / "db" / "data" / "PG_VERSION").write_text("15")
    assert tree._named_volumes(HERE, tmp_path) is named
    assert not tree._named_volumes(Answers(target=Target(host="203.0.113.5", user="a")), tmp_path)
