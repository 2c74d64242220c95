"""What stood in the folder before repairs that came long before the installation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installer.facts.model import DirectoryFacts, Facts, Record
from installer.state.record import note_untouched, with_untouched
from tests.fakes.host import FakeHost

STATE = "/opt/dify/.dify-installer"
MADE = DirectoryFacts(exists=True, entries=("docker", ".dify-installer"))
RECORD = Record("1.16.1", "dify", "http://x", 0.0, {})


@pytest.mark.parametrize("before", [DirectoryFacts(), DirectoryFacts(exists=True, docker_entries=("mine",))])
def test_it_is_kept_until_there_is_a_record(before: DirectoryFacts) -> None:
    host = FakeHost(folders=(STATE,))
    note_untouched(host, STATE, replace(Facts(), directory=before))
    later = with_untouched(host, STATE, replace(Facts(), directory=MADE))
    assert later.untouched == before
    # a second repair does not take our own folders for somebody's
    note_untouched(host, STATE, later)
    assert with_untouched(host, STATE, replace(Facts(), directory=MADE)).untouched == before
    installed = replace(Facts(), directory=MADE, record=RECORD)
    assert with_untouched(host, STATE, installed).untouched is None, "the record says it"


def test_where_nothing_was_noted_nothing_is_known() -> None:
    host = FakeHost(folders=(STATE,))
    assert with_untouched(host, STATE, replace(Facts(), directory=MADE)).untouched is None
    for data in (b"{", b"[]", json.dumps(1).encode()):
        host.write_file(f"{STATE}/untouched.json", data)
        assert with_untouched(host, STATE, replace(Facts(), directory=MADE)).untouched is None
    # and nobody is asked where there is no folder of ours
    assert with_untouched(FakeHost(), STATE, Facts()).untouched is None
