"""No certificate: each time the right explanation, and Dify goes on answering by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab_apply.conftest import Bench, benches, versions
from tests.lab_tls.conftest import Names, named, served, status
from tests.lab_tls.limited import limited

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(900)]

NAME = "dify.refused.example.jp"
SETUP = "/console/api/setup"
#: What comes from outside to port 80 is dropped.
CLOSED = "DOCKER-USER -p tcp -m conntrack --ctorigdstport 80 -s 10.0.0.0/8 -j DROP"


@pytest.fixture(scope="module")
def running(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, Names]]:
    """One installation for all: it runs on HTTP, as its name leads nowhere yet."""
    folder = tmp_path_factory.mktemp("refused")
    hosts = folder / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text())
    names = Names(lab, hosts)
    lab.acme.start()
    for made in benches(lab, folder):
        b = named(made("vps:difyadmin"), names, NAME)
        b.write(release={"version": versions()[0]})
        names.lead(NAME)
        first = b.cli.json("apply")
        assert first.exit_code == 1, first.stdout[-2000:] + first.stderr
        assert first.last["code"] == "tls.dns_missing", first.last
        host = b.tables["target"]["host"]
        wanted = {"record": "A", "name": NAME, "value": host, "records": f"A {NAME} = {host}"}
        assert first.last["params"].items() >= wanted.items()
        assert first.last["records"][0] == {
            "type": "A",
            "name": NAME,
            "value": host,
            "remove": False,
            "optional": False,
        }
        assert first.last["catalogue"] == "TLS-02"
        yield b, names
    lab.acme.start()


@contextmanager
def as_before(running: tuple[Bench, Names]) -> Iterator[tuple[Bench, Names]]:
    """As it was before the one that had it."""
    b, names = running
    b.lab.acme.start()
    names.lead(NAME, str(b.tables["target"]["host"]))
    named(b, names, NAME)
    try:
        yield b, names
    finally:
        b.run(f"iptables -D {CLOSED} 2>/dev/null || true")


def refused(b: Bench) -> dict[str, Any]:
    """How an ``apply`` ends that gets no certificate; Dify still answers by HTTP, and not by HTTPS."""
    ran = b.cli.json("apply")
    assert ran.exit_code == 1, ran.stdout[-3000:] + ran.stderr
    host = b.tables["target"]["host"]
    assert status(f"http://{host}{SETUP}", NAME) == (200, "")
    assert status(f"https://{host}{SETUP}", NAME)[0] == 0
    last: dict[str, Any] = ran.last
    return last


def a_name_that_leads_to_another_server(bench: tuple[Bench, Names], _path: Path) -> None:
    b, names = bench
    elsewhere = b.lab.server("vps-bare").ip
    names.lead(NAME, elsewhere)
    last = refused(b)
    assert last["code"] == "tls.dns_wrong"
    wanted = {"record": "A", "name": NAME, "value": b.tables["target"]["host"], "met": elsewhere}
    assert last["params"].items() >= wanted.items()


def an_aaaa_record_that_leads_elsewhere(bench: tuple[Bench, Names], _path: Path) -> None:
    b, names = bench
    names.lead(NAME, str(b.tables["target"]["host"]), "2001:db8::99")
    last = refused(b)
    assert (last["code"], last["params"]["record"], last["params"]["reason"]) == (
        "tls.dns_wrong",
        "AAAA",
        "six",
    )
    assert last["params"]["met"] == "2001:db8::99"


def a_port_that_is_closed(bench: tuple[Bench, Names], _path: Path) -> None:
    b, _ = bench
    b.run(f"iptables -I {CLOSED}")
    ran = b.cli.json("apply")
    b.run(f"iptables -D {CLOSED}")
    assert ran.exit_code == 1
    assert (ran.last["code"], ran.last["params"]["reason"]) == ("tls.port_closed", "timeout")
    assert status(f"http://{b.tables['target']['host']}{SETUP}", NAME) == (200, "")


def only_the_authority_is_led_elsewhere(bench: tuple[Bench, Names], _path: Path) -> None:
    """The person's DNS is right, the world's is not yet."""
    b, names = bench
    elsewhere = b.lab.server("vps-bare").ip
    names.authority(NAME, elsewhere)
    last = refused(b)
    assert (last["code"], last["params"]["met"]) == ("tls.port_closed", elsewhere)


def an_authority_that_does_not_answer(bench: tuple[Bench, Names], _path: Path) -> None:
    b, names = bench
    named(b, names, NAME, acme_server=f"https://{b.lab.place.acme_ip}:14999/dir")
    last = refused(b)
    assert (last["code"], last["params"]["reason"]) == ("tls.server_unreachable", "refused")


def an_authority_that_gives_no_more(bench: tuple[Bench, Names], tmp_path: Path) -> None:
    b, names = bench
    with limited(tmp_path, b.lab.place.gateway) as directory:
        named(b, names, NAME, acme_server=directory)
        last = refused(b)
    assert (last["code"], last["params"]["until"]) == ("tls.rate_limited", "2026-12-01 10:20:30 UTC")
    assert last["catalogue"] == "TLS-03"


def an_account_that_is_bound_to_a_key(bench: tuple[Bench, Names], _path: Path) -> None:
    b, _ = bench
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    b.lab.acme.start(accounts={"kid-1": key})
    assert b.cli.secrets is not None
    before = b.cli.secrets.read_text()
    try:
        # pebble forgets accounts when it starts, certbot does not
        b.run(f"rm -rf {b.docker_folder}/volumes/certbot/conf/accounts")
        b.cli.secrets.write_text(before + "[tls]\neab_kid = 'kid-1'\neab_hmac = 'AAAA" + key[4:] + "'\n")
        assert refused(b)["code"] == "tls.eab_wrong"
        assert b.run(f"ls {b.directory}/.dify-installer | grep acme || true") == ""
    finally:
        b.cli.secrets.write_text(before)


def a_name_that_the_authority_refuses(bench: tuple[Bench, Names], _path: Path) -> None:
    b, names = bench
    names.lead("blocked.test", str(b.tables["target"]["host"]))
    b.run(f"rm -rf {b.docker_folder}/volumes/certbot/conf/accounts")
    named(b, names, "blocked.test")
    last = refused(b)
    assert (last["code"], last["params"]["address"]) == ("tls.name_refused", "blocked.test")


def what_was_corrected_is_issued(bench: tuple[Bench, Names], _path: Path) -> None:
    b, _ = bench
    b.run(f"rm -rf {b.docker_folder}/volumes/certbot/conf/accounts")
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert served(str(b.tables["target"]["host"]), NAME)["names"] == [NAME]


#: One installation goes through all of them, and has its certificate in the end.
STORY = (
    a_name_that_leads_to_another_server,
    an_aaaa_record_that_leads_elsewhere,
    a_port_that_is_closed,
    only_the_authority_is_led_elsewhere,
    an_authority_that_does_not_answer,
    an_authority_that_gives_no_more,
    an_account_that_is_bound_to_a_key,
    a_name_that_the_authority_refuses,
    what_was_corrected_is_issued,
)


def test_each_refusal_is_explained_and_what_was_corrected_is_issued(
    running: tuple[Bench, Names], tmp_path: Path
) -> None:
    for told in STORY:
        with as_before(running) as bench:
            told(bench, tmp_path)
