"""Certificates from a real authority, asked for by a real certbot: issued, repeated, switched on."""

from __future__ import annotations

import time

import pytest

from tests.lab_apply.conftest import Maker, versions
from tests.lab_apply.test_main_job import containers, file_times
from tests.lab_tls.conftest import Names, named, served, status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

NAME = "dify.lab.example.jp"
SETUP = "/console/api/setup"


def test_a_name_gets_its_certificate_and_a_second_apply_changes_nothing(bench: Maker, names: Names) -> None:
    b = named(bench("vps:difyadmin"), names, NAME)
    b.write(release={"version": versions()[0]})
    host = b.tables["target"]["host"]
    names.lead(NAME, host)

    first = b.cli.json("apply")
    assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
    assert first.last["url"] == f"https://{NAME}"
    assert first.last["changed"] is True

    found = served(host, NAME)
    assert found["names"] == [NAME]
    assert status(f"https://{host}{SETUP}", NAME)[0] == 200
    assert status(f"http://{host}/apps", NAME) == (301, f"https://{NAME}/apps")
    challenge = "/.well-known/acme-challenge/nothing"
    assert status(f"http://{host}{challenge}", NAME) == (404, "")

    before, times = containers(b), file_times(b)
    second = b.cli.json("apply")
    assert second.exit_code == 0, second.stdout[-3000:] + second.stderr
    assert second.last["changed"] is False
    assert served(host, NAME) == found
    assert containers(b) == before
    assert file_times(b) == times
    assert time.time() < float(str(found["ends"]))
