"""What is written into the record before and after nginx gets our file, or loses it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.facts.model import Record
from installer.hosts.local.host import LocalHost
from installer.https.reverse_proxy.noting import note_change, note_changed
from installer.https.reverse_proxy.place import placed
from installer.state.plan_input import Situation
from tests.check_faults import ENCRYPTED, GIVEN
from tests.situations import situation

EARLIER = "20260102T030405Z"
LATER = "20260102T030506Z"


@pytest.fixture
def there(tmp_path: Path) -> Situation:
    answers = replace(GIVEN, target=replace(GIVEN.target, directory=str(tmp_path)))
    Path(answers.docker_folder).mkdir()
    Path(answers.state_folder).mkdir()
    return situation(ENCRYPTED, answers)


def write(there: Situation, **data: Any) -> None:
    text = json.dumps({"version": "1.16.1", "project": "dify", "ready": True, **data})
    Path(there.answers.state_folder, "installation.json").write_text(text)


def read(there: Situation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(there.answers.state_folder, "installation.json").read_text())
    return found


def known(there: Situation, **data: Any) -> Situation:
    """*there* as the plan was made: the record had *data*."""
    record = Record("1.16.1", "dify", "", 0.0, data)
    return replace(there, facts=replace(there.facts, record=record))


def test_a_change_of_its_own(there: Situation) -> None:
    write(there, settled=True, backups=[EARLIER])
    note_change(LocalHost(), known(there, settled=True, backups=[EARLIER]), off=False)
    now, wanted = read(there), placed(there)
    assert wanted is not None
    assert now["webserver"] == {"path": wanted.path, "sums": [wanted.checksum]}
    (name,) = now["backups"]
    assert name != EARLIER and now["settled"] is False
    folder = Path(there.answers.state_folder, "backups", name)
    assert json.loads((folder / "installation.json").read_text())["backups"] == [EARLIER]
    note_changed(LocalHost(), there.answers.state_folder)
    assert read(there)["settled"] is True and read(there)["backups"] == [name]


def test_part_of_the_change_that_an_upload_began(there: Situation) -> None:
    write(there, settled=True, backups=[LATER])
    note_change(LocalHost(), known(there, settled=True, backups=[EARLIER]), off=False)
    assert read(there)["backups"][0] == LATER and len(read(there)["backups"]) == 2


def test_part_of_a_change_that_was_interrupted(there: Situation) -> None:
    write(there, settled=True, backups=[EARLIER])
    note_change(LocalHost(), known(there, settled=False, backups=[EARLIER]), off=False)
    assert read(there)["backups"][0] == EARLIER and len(read(there)["backups"]) == 2


def test_taken_away_it_is_still_known_as_ours(there: Situation) -> None:
    table = {"path": "/etc/nginx/conf.d/dify-dify.conf", "sums": ["0" * 64]}
    write(there, settled=True, backups=[], webserver=table)
    note_change(LocalHost(), known(there, settled=True, backups=[]), off=True)
    assert read(there)["webserver"] == {**table, "off": True}


def test_nothing_is_written_where_nothing_is_installed(there: Situation) -> None:
    note_change(LocalHost(), there, off=False)
    note_changed(LocalHost(), there.answers.state_folder)
    assert not Path(there.answers.state_folder, "installation.json").exists()
