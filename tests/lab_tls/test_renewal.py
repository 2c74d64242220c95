"""Renewal by the machine itself: by the timer's own command, and when it did not work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab_apply.conftest import Bench, benches, versions
from tests.lab_tls.conftest import Names, named, served, status

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(900)]

SETUP = "/console/api/setup"
#: So long that nothing is over while a test runs.
HOUR = 3600


@pytest.fixture(scope="module")
def running(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, str]]:
    """An installation with a certificate for its IP address."""
    folder = tmp_path_factory.mktemp("renewal")
    hosts = folder / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text())
    lab.acme.start(HOUR)
    for made in benches(lab, folder):
        b = made("vps:difyadmin")
        host = str(b.tables["target"]["host"])
        named(b, Names(lab, hosts), host, email="")
        b.write(release={"version": versions()[0]})
        first = b.cli.json("apply")
        assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
        assert first.last["url"] == f"https://{host}"
        yield b, host
    lab.acme.start()


def an_ip_address_has_its_certificate(running: tuple[Bench, str]) -> None:
    b, host = running
    assert served(host, host)["names"] == [host]
    assert status(f"https://{host}{SETUP}", host)[0] == 200
    conf = b.run(f"cat {b.docker_folder}/volumes/certbot/conf/renewal/*.conf")
    assert "renew_before_expiry = 80 hours" in conf
    assert "preferred_profile = shortlived" in conf
    told = b.cli.json("status").last["certificate"]
    assert told["names"] == [host] and told["renewal"]["result"] in ("kept", "renewed")


def the_timer_is_armed_and_its_command_renews(running: tuple[Bench, str]) -> None:
    b, host = running
    timer = "dify-installer-renew-dify"
    assert b.run(f"systemctl is-active {timer}.timer; systemctl is-enabled {timer}.timer").split() == [
        "active",
        "enabled",
    ]
    before = served(host, host)
    b.run(f"systemctl start {timer}.service")
    for _ in range(50):  # the workers of before may still answer for a moment
        after = served(host, host)
        if after["serial"] != before["serial"]:
            break
        time.sleep(0.2)
    assert after["serial"] != before["serial"], b.run("cat /var/lib/dify-installer/renewal/dify/log")
    assert "result=renewed" in b.run("cat /var/lib/dify-installer/renewal/dify/status")
    assert b.cli.json("status").last["certificate"]["renewal"]["result"] == "renewed"


def an_undo_of_another_kind_sets_the_timer_again(running: tuple[Bench, str]) -> None:
    b, host = running
    asked, timer = dict(b.tables["tls"]), "dify-installer-renew-dify.timer"
    before = served(host, host)
    b.tables["tls"] = {"mode": "self-signed"}
    b.write()
    other = b.cli.json("apply")
    assert other.exit_code == 0, other.stdout[-3000:] + other.stderr
    assert b.run(f"systemctl is-active {timer} || true").strip() != "active"
    assert b.cli.json("status").last["certificate"]["kind"] == "self-signed"

    undone = b.cli.json("undo")
    assert undone.exit_code == 0, undone.stdout[-3000:] + undone.stderr
    assert b.run(f"systemctl is-active {timer}").strip() == "active"
    told = b.cli.json("status").last["certificate"]
    assert told["kind"] == "letsencrypt" and told["renewal"]["result"] in ("kept", "renewed")
    assert served(host, host)["names"] == before["names"]
    b.tables["tls"] = asked
    b.write()
    again = b.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False, again.stdout[-2000:]


def shortened(b: Bench, host: str) -> dict[str, object]:
    """The certificate that is in use, after another one took its place that is due in ten seconds."""
    anew(b, 20)
    mounts = "-v /etc/ssl/certs/ca-certificates.crt:/ca:ro -e REQUESTS_CA_BUNDLE=/ca"
    asked = (
        "certonly -n --agree-tos --webroot -w /var/www/html --register-unsafely-without-email"
        f" --cert-name {host} --server {b.lab.place.acme_url} --ip-address {host}"
        " --preferred-profile shortlived --force-renewal"
    )
    compose = f"cd {b.docker_folder} && docker compose"
    b.run(f"{compose} run --rm --no-deps -T {mounts} --entrypoint certbot certbot {asked} </dev/null")
    b.run(f"{compose} exec -T nginx nginx -s reload </dev/null")
    time.sleep(12)
    return served(host, host)


def anew(b: Bench, seconds: int) -> None:
    """The authority with another lifetime. It forgets accounts when it starts; certbot does not."""
    b.lab.acme.start(seconds)
    b.run(f"rm -rf {b.docker_folder}/volumes/certbot/conf/accounts")


def a_certificate_that_is_due_is_renewed_by_the_next_apply(running: tuple[Bench, str]) -> None:
    b, host = running
    short = shortened(b, host)
    anew(b, HOUR)
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert ran.last["changed"] is True
    after = served(host, host)
    assert after["serial"] != short["serial"]
    assert float(str(after["ends"])) - time.time() > HOUR / 2


def a_dead_authority_leaves_the_old_certificate_in_use(running: tuple[Bench, str]) -> None:
    b, host = running
    old = shortened(b, host)
    b.lab.engine.docker("stop", "-t", "0", "lab-acme")
    try:
        ran = b.cli.json("apply")
        assert (ran.exit_code, ran.last["code"]) == (1, "tls.server_unreachable"), ran.last
        assert served(host, host)["serial"] == old["serial"]
        assert status(f"https://{host}{SETUP}", host)[0] == 200
        failed = b.run("systemctl start dify-installer-renew-dify.service 2>&1 || echo failed")
        assert "failed" in failed
        assert "result=failed" in b.run("cat /var/lib/dify-installer/renewal/dify/status")
        assert status(f"https://{host}{SETUP}", host)[0] == 200
    finally:
        b.lab.acme.start(HOUR)


#: One installation goes through all of them.
STORY = (
    an_ip_address_has_its_certificate,
    the_timer_is_armed_and_its_command_renews,
    an_undo_of_another_kind_sets_the_timer_again,
    a_certificate_that_is_due_is_renewed_by_the_next_apply,
    a_dead_authority_leaves_the_old_certificate_in_use,
)


def test_a_certificate_from_its_issue_to_a_dead_authority(running: tuple[Bench, str]) -> None:
    for told in STORY:
        told(running)
