"""Let's Encrypt: its trial is asked first, and the real one only if that went well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab_apply.conftest import Maker, versions
from tests.lab_tls.conftest import Names, named, served, status
from tests.lab_tls.front import REAL, TRIAL, front

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(500)]

NAME = "dify.trial.example.jp"
#: certbot finds Let's Encrypt in the lab: a person's own Compose file, which stays beside ours.
MINE = """\
services:
  certbot:
    extra_hosts:
      - "{real}:{gateway}"
      - "{trial}:{gateway}"
"""


def test_the_real_authority_is_asked_only_after_its_trial(bench: Maker, names: Names, tmp_path: Path) -> None:
    b = named(bench("vps:difyadmin"), names, NAME, acme_server="")
    b.write(release={"version": versions()[0]}, env={"COMPOSE_FILE": "/opt/mine/hosts.yaml"})
    host, place = str(b.tables["target"]["host"]), b.lab.place
    b.run("mkdir -p /opt/mine")
    text = MINE.format(real=REAL, trial=TRIAL, gateway=place.gateway)
    b.run(f"cat >/opt/mine/hosts.yaml <<'EOF'\n{text}EOF")
    names.lead(NAME, host)
    with front(tmp_path, place) as authority:
        # the world's DNS is not as ours yet: only an authority sees that
        b.lab.server("vps-bare").reset(keep_images=True)  # nobody else's test left something on its port 80
        names.authority(NAME, b.lab.server("vps-bare").ip)
        failed = b.cli.json("apply")
        assert (failed.exit_code, failed.last["code"]) == (1, "tls.port_closed"), failed.stdout[-3000:]
        assert authority.orders() == [TRIAL]
        assert status(f"http://{host}/console/api/setup", NAME)[0] == 200

        names.authority(NAME, host)
        ran = b.cli.json("apply")
        assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
        assert authority.orders() == [TRIAL, TRIAL, REAL]
    assert served(host, NAME)["names"] == [NAME]
