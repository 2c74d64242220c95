"""HTTPS of our own web server on a real server: a certificate that is made, then a person's own."""

from __future__ import annotations

import json
import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from installer.config.https import HSTS_SECONDS
from tests.certificates import issue, key_pem, pem, site
from tests.lab_apply.conftest import Bench, Maker
from tests.lab_apply.test_main_job import containers, file_times

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(500)]

NAME = "dify.example.com"
CHALLENGE = "/.well-known/acme-challenge/nothing-there"
HSTS = "Strict-Transport-Security"


def shown(bench: Bench) -> str:
    """The certificate that the server shows, as PEM."""
    host, port = bench.tables["target"]["host"], bench.tables["ports"]["https"]
    return ssl.get_server_certificate((host, port), timeout=10)


def asked(bench: Bench, path: str, *, tls: bool) -> tuple[int, dict[str, str]]:
    """Status and headers, as somebody gets them who takes any certificate."""
    host, ports = bench.tables["target"]["host"], bench.tables["ports"]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = (
        HTTPSConnection(host, ports["https"], timeout=10, context=context)
        if tls
        else HTTPConnection(host, ports["http"], timeout=10)
    )
    connection.request("GET", path, headers={"Host": NAME})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, dict(answer.headers)


def planned(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench.cli.run("plan", "--json").stdout)
    return found


def applied(bench: Bench, *, changed: bool) -> None:
    ran = bench.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert (ran.last["changed"], ran.last["url"].partition(":")[0]) == (changed, "https")
    assert "PRIVATE KEY" not in ran.stdout + ran.stderr


def nothing_more(bench: Bench) -> None:
    """A second one changes nothing."""
    before, times = containers(bench), file_times(bench)
    applied(bench, changed=False)
    assert containers(bench) == before
    assert file_times(bench).splitlines() == times.splitlines()


def test_made_then_ones_own(bench: Maker, tmp_path: Path) -> None:
    b = bench("vps", keep_images=True)
    b.write(site={"address": NAME}, ports={"http": 80, "https": 443}, tls={"mode": "self-signed"})
    applied(b, changed=True)
    folder = f"{b.docker_folder}/nginx/ssl"
    assert b.run(f"stat -c %a {folder}/self-signed.key {folder}/self-signed.crt").split() == ["600", "600"]
    made = shown(b)
    assert made.strip() == b.run(f"cat {folder}/self-signed.crt").strip()
    assert (
        planned(b)["certificate"]["self_signed"] and "PRIVATE KEY" not in b.cli.run("facts", "--json").stdout
    )
    nothing_more(b)
    assert asked(b, "/console/api/setup", tls=True)[0] == 200
    status, headers = asked(b, "/console/api/setup?a=b", tls=False)
    assert (status, headers["Location"]) == (301, f"https://{NAME}/console/api/setup?a=b")
    assert asked(b, CHALLENGE, tls=False)[0] != 301
    assert HSTS not in asked(b, "/", tls=True)[1]
    inside = b.run(f"docker inspect {containers(b)['api'][0]} --format '{{{{json .Config.Env}}}}'")
    assert f"CONSOLE_API_URL=https://{NAME}" in json.loads(inside)

    # one that ends: it is exchanged by itself, and shown
    old = issue(NAME, names=(NAME,), days=5)
    for name, data in (("crt", pem(old)), ("key", key_pem(old.key))):
        b.run(f"cat >{folder}/self-signed.{name} <<'END'\n{data.decode()}END\n")
    applied(b, changed=True)
    again = shown(b)
    assert again.strip() not in (made.strip(), pem(old).decode().strip())
    nothing_more(b)

    root = issue("Lab Root", ca=True)
    middle = issue("Lab Intermediate", root, ca=True)
    own = site(middle)
    (tmp_path / "chain.pem").write_bytes(pem(root, own, middle))
    (tmp_path / "key.pem").write_bytes(key_pem(own.key))
    tls = {"mode": "own", "certificate": str(tmp_path / "chain.pem"), "key": str(tmp_path / "key.pem")}
    b.write(tls={**tls, "hsts": True})
    assert set(planned(b)["removed"]) == {"nginx/ssl/self-signed.crt", "nginx/ssl/self-signed.key"}
    applied(b, changed=True)
    assert shown(b).strip() == pem(own).decode().strip()
    assert asked(b, "/", tls=True)[1][HSTS] == f"max-age={HSTS_SECONDS}"
    assert HSTS not in asked(b, "/", tls=False)[1]
    context = ssl.create_default_context(cadata=pem(root).decode())  # the server sends what is between
    with socket.create_connection((b.tables["target"]["host"], 443)) as line:
        context.wrap_socket(line, server_hostname=NAME).close()
    nothing_more(b)
    assert b.run(f"ls {folder}").split() == ["dify.crt", "dify.key"]
