"""Certificates from a real authority, asked for by a real certbot: issued, repeated, switched on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.lab.pki import ca_certificate, issue
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import containers, file_times
from tests.lab_tls.conftest import Names, named, served, status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

NAME = "dify.lab.example.jp"
SETUP = "/console/api/setup"


def test_a_name_gets_its_certificate_and_a_second_apply_changes_nothing(bench: Maker, names: Names) -> None:
    b = named(bench("vps:difyadmin", keep_images=True), names, NAME)
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


def own_certificate(b: Bench, folder: Path, name: str) -> None:
    """A person's own certificate for *name* with its authority's, in the answers."""
    certificate, key = issue(folder, "own", [name], [])
    certificate.write_text(certificate.read_text() + ca_certificate().read_text())
    for words in ("email", "acme_server"):
        b.tables["tls"].pop(words)
    b.write(tls={"mode": "own", "certificate": str(certificate), "key": str(key)})


@pytest.mark.slow
def test_from_a_certificate_of_ones_own_https_never_stops(bench: Maker, names: Names, tmp_path: Path) -> None:
    """Until the authority has issued, the former one serves, also if the authority refuses; undo takes all of
    it back, the timer too."""
    b = named(bench("vps:difyadmin"), names, NAME)
    b.write(release={"version": versions()[0]})
    host = str(b.tables["target"]["host"])
    asked = dict(b.tables["tls"])
    names.lead(NAME, host)
    own_certificate(b, tmp_path, NAME)
    first = b.cli.json("apply")
    assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
    own = served(host, NAME)

    b.tables["tls"] = {**asked, "acme_server": f"https://{b.lab.place.acme_ip}:14999/dir"}
    b.write()
    failed = b.cli.json("apply")
    assert (failed.exit_code, failed.last["code"]) == (1, "tls.server_unreachable"), failed.stdout[-2000:]
    assert served(host, NAME)["serial"] == own["serial"]
    assert status(f"https://{host}{SETUP}", NAME)[0] == 200

    b.tables["tls"] = asked
    b.write()
    done = b.cli.json("apply")
    assert done.exit_code == 0, done.stdout[-3000:] + done.stderr
    assert served(host, NAME)["serial"] != own["serial"]
    assert b.run("ls /etc/systemd/system | grep dify-installer-renew").split()

    undone = b.cli.json("undo")
    assert undone.exit_code == 0, undone.stdout[-3000:] + undone.stderr
    assert b.run("ls /etc/systemd/system | grep dify-installer-renew || true") == ""
    assert served(host, NAME)["serial"] == own["serial"]
    # not only back to the state in between, in which the former one served while the new one was asked for
    assert "NGINX_ENABLE_CERTBOT_CHALLENGE=true" not in b.run(f"cat {b.docker_folder}/.env")
    assert b.cli.json("status").last["certificate"]["kind"] == "own"


@pytest.mark.slow
def test_without_root_the_certificate_comes_and_cron_is_missed(bench: Maker, names: Names) -> None:
    """An ordinary user who may use Docker; the server has no cron, which is told beforehand."""
    b = named(bench("vps:difyadmin", variants=("dockergroup", "nosudo")), names, NAME)
    b.write(release={"version": versions()[0]}, target={"directory": "/home/difyadmin/dify"})
    host = str(b.tables["target"]["host"])
    names.lead(NAME, host)
    planned = b.cli.json("plan")
    assert "tls.renewal_none" in [w["code"] for w in planned.last["warnings"]], planned.stdout[-2000:]
    first = b.cli.json("apply")
    assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
    assert served(host, NAME)["names"] == [NAME]
    second = b.cli.json("apply")
    assert second.exit_code == 0 and second.last["changed"] is False, second.stdout[-2000:]
