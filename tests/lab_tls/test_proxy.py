"""Dify behind the nginx of the server itself: installed into it, passed through it, taken out again."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab.fixtures import lab
from tests.lab.pki import ca_certificate, issue
from tests.lab_apply.conftest import Bench, Maker, benches, versions
from tests.lab_apply.test_main_job import containers, file_times

__all__ = ["lab"]

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]

NAME = "dify.lab.test"
FILE = "/etc/nginx/conf.d/dify-dify.conf"
CERTIFICATES = "/etc/letsencrypt/live"
WAIT_FOR_NGINX = "for n in 1 2 3 4 5 6 7 8 9; do test -s /run/nginx.pid && exit; sleep 0.5; done; exit 1"
#: Somebody else's site, with errors put into it by tests.
THEIRS = "/etc/nginx/sites-enabled/default"


@pytest.fixture
def behind(lab: Lab, tmp_path: Path) -> Iterator[Maker]:
    yield from benches(lab, tmp_path)


def server_with_nginx(behind: Maker, user: str = "difyadmin", **tls: object) -> Bench:
    """A new server whose own nginx has port 80; Dify is to go behind it."""
    b = behind(f"vps:{user}", variants=("nginxport=80",))
    b.run(WAIT_FOR_NGINX)
    b.write(
        release={"version": versions()[0]},
        site={"address": NAME},
        ports={"http": 8080},
        tls={"mode": "proxy", "proxy_install": True, **tls},
    )
    return b


def with_certificate(b: Bench, folder: Path) -> None:
    """As certbot would have left it there."""
    certificate, key = issue(folder, "site", [NAME], [])
    place = f"{CERTIFICATES}/{NAME}"
    texts = {"fullchain.pem": certificate.read_text(), "privkey.pem": key.read_text()}
    b.run(f"mkdir -p {place} && chmod 700 {CERTIFICATES}")
    for name, text in texts.items():
        b.run(f"cat >{place}/{name} <<'END'\n{text}END\n")


def their_files(b: Bench) -> str:
    return b.run("find /etc/nginx -type f ! -name 'dify-*' -exec sha256sum {} + | sort")


def master(b: Bench) -> str:
    return b.run("cat /run/nginx.pid").strip()


def connection(b: Bench) -> http.client.HTTPSConnection:
    """To the server's port 443 under the site's name; the certificate counts."""
    context = ssl.create_default_context(cafile=str(ca_certificate()))
    made = http.client.HTTPSConnection(NAME, 443, timeout=30, context=context)
    raw = socket.create_connection((str(b.tables["target"]["host"]), 443), timeout=30)
    made.sock = context.wrap_socket(raw, server_hostname=NAME)
    return made


def asked(b: Bench, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    talk = connection(b)
    talk.request("POST" if body else "GET", path, body)
    answer = talk.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        talk.close()


def plain(b: Bench, path: str) -> tuple[int, str]:
    """Without encryption: the status and where it leads."""
    talk = http.client.HTTPConnection(str(b.tables["target"]["host"]), 80, timeout=30)
    talk.request("GET", path, headers={"Host": NAME})
    answer = talk.getresponse()
    answer.read()
    talk.close()
    return answer.status, answer.headers.get("Location", "")


def upgraded(b: Bench) -> bytes:
    """The first bytes after a websocket's upgrade."""
    talk = connection(b)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: {NAME}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    talk.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    found = b""
    while piece := talk.sock.recv(4096):
        found += piece
    talk.close()
    return found


def test_the_whole_way_through_a_host_s_nginx(behind: Maker, tmp_path: Path) -> None:
    b = server_with_nginx(behind)
    with_certificate(b, tmp_path)
    theirs, pid = their_files(b), master(b)

    plan = b.cli.json("plan")
    assert plan.exit_code == 0, plan.stdout[-2000:]
    (told,) = plan.objects
    assert told["url"] == f"https://{NAME}" and "webserver" in [s["step"] for s in told["steps"]]
    assert not any(p["open_to_world"] for p in told["ports"])
    words = "\n".join(told["commands"])
    assert "nginx -t" in words and "proxy_pass http://127.0.0.1:8080;" in words
    assert b.run(f"ls {FILE} 2>&1 || true").endswith("No such file or directory\n")

    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert ran.last["url"] == f"https://{NAME}"
    written = b.run(f"cat {FILE}")
    assert written in words + "\n", "not word for word what the plan showed"
    assert their_files(b) == theirs and master(b) == pid  # reloaded, not restarted

    assert asked(b, "/console/api/setup")[0] == 200
    assert asked(b, "/install")[0] == 200
    assert plain(b, "/install?a=1") == (301, f"https://{NAME}/install?a=1")
    answer = upgraded(b)
    assert answer.startswith(b"HTTP/1.1 101") and answer.endswith(b"\x81\x03lab\x88\x00"), answer

    status, body = asked(b, "/console/api/_lab", os.urandom(20 << 20))
    found: dict[str, Any] = json.loads(body)
    assert (status, found["bytes"]) == (200, 20 << 20)
    headers = found["headers"]
    assert headers["X-Forwarded-Proto"] == "https" and headers["Host"] == NAME
    assert not re.match(r"(127|172)\.", headers["X-Forwarded-For"]), headers["X-Forwarded-For"]
    env = b.run(f"cat {b.docker_folder}/.env")
    assert f"CONSOLE_API_URL=https://{NAME}\n" in env and f"CONSOLE_WEB_URL=https://{NAME}\n" in env
    assert "EXPOSE_NGINX_PORT=127.0.0.1:8080\n" in env

    talk, began = connection(b), time.monotonic()
    talk.request("GET", "/console/api/_lab_stream")
    first = talk.getresponse().readline()
    assert first == b"data: one\n" and time.monotonic() - began < 1.2, "held back until the end"
    talk.close()

    before = containers(b), file_times(b), b.run(f"stat -c '%Y %i' {FILE}")
    again = b.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False
    assert (containers(b), file_times(b), b.run(f"stat -c '%Y %i' {FILE}")) == before

    undone = b.cli.json("undo")
    assert undone.exit_code == 0, undone.stdout[-3000:]
    shown = next(o for o in undone.objects if o["event"] == "undo_plan")
    assert shown["kind"] == "restore" and FILE in shown["files"]
    assert b.run(f"ls {FILE} 2>&1 || true").endswith("No such file or directory\n")
    assert their_files(b) == theirs and master(b) == pid
    assert plain(b, "/install")[0] == 200  # their own site, which answers whatever is asked
    assert b.run("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/console/api/setup") == "200"
    assert b.cli.json("undo").last["changed"] is False


def test_without_a_certificate_then_with_one_then_taken_back(behind: Maker, tmp_path: Path) -> None:
    b = server_with_nginx(behind, "root")
    b.write(tls={"proxy_install": False})
    assert b.cli.json("apply").exit_code == 0
    assert b.run(f"ls {FILE} 2>&1 || true").endswith("No such file or directory\n")

    b.write(tls={"proxy_install": True})
    told = b.cli.json("plan").last
    (warning,) = (w for w in told["warnings"] if w["code"] == "webserver.no_certificate")
    assert f"certbot certonly --nginx -d {NAME}" in warning["params"]["command"]
    ran = b.cli.json("apply")
    assert ran.exit_code == 0 and ran.last["changed"] is True, ran.stdout[-3000:]
    assert [s["step"] for s in told["steps"]] == ["ready", "webserver"]
    assert plain(b, "/console/api/setup") == (200, "")
    http_only = b.run(f"cat {FILE}")
    assert "listen 443" not in http_only

    with_certificate(b, tmp_path)  # what the note told to do
    assert b.cli.json("apply").last["changed"] is True
    assert asked(b, "/console/api/setup")[0] == 200
    assert plain(b, "/")[0] == 301

    undone = b.cli.json("undo")  # the last change alone: the file as it was
    assert undone.exit_code == 0, undone.stdout[-3000:]
    assert b.run(f"cat {FILE}") == http_only
    assert plain(b, "/console/api/setup") == (200, "")

    b.write(tls={"proxy_install": False})
    assert b.cli.json("apply").last["changed"] is True
    assert b.run(f"ls {FILE} 2>&1 || true").endswith("No such file or directory\n")
    assert b.cli.json("apply").last["changed"] is False


def test_what_nginx_refuses_changes_nothing(behind: Maker, tmp_path: Path) -> None:
    b = server_with_nginx(behind)
    theirs = b.run(f"cat {THEIRS}")
    b.run(f"echo 'no_such_word;' >>{THEIRS}")  # broken already: not ours to touch
    before, pid = their_files(b), master(b)
    ran = b.cli.json("apply")
    assert ran.exit_code == 1 and ran.last["code"] == "webserver.broken", ran.stdout[-2000:]
    assert "no_such_word" in ran.last["detail"]
    assert their_files(b) == before and b.run("ls /etc/nginx/conf.d").strip() == ""
    assert plain(b, "/")[0] == 200 and master(b) == pid
    b.run(f"cat >{THEIRS} <<'END'\n{theirs}END\n")

    certificate = {"proxy_certificate": "/etc/ssl/none.crt", "proxy_key": "/etc/ssl/none.key"}
    b.write(tls=certificate)  # ours is what it does not accept
    ran = b.cli.json("apply")
    assert ran.exit_code == 1 and ran.last["code"] == "webserver.refused", ran.stdout[-2000:]
    assert "/etc/ssl/none.crt" in ran.last["detail"]
    assert b.run("ls -A /etc/nginx/conf.d").strip() == ""
    assert b.run("nginx -t 2>&1 | tail -n 1").endswith("successful\n")

    b.write(tls=dict.fromkeys(certificate, ""))
    assert b.cli.json("apply").exit_code == 0
    good = b.run(f"cat {FILE}")
    b.write(tls=certificate)
    assert b.cli.json("apply").last["code"] == "webserver.refused"
    assert b.run(f"cat {FILE}") == good and b.run("ls -A /etc/nginx/conf.d").split() == ["dify-dify.conf"]
    b.write(tls=dict.fromkeys(certificate, ""))
    assert b.cli.json("apply").last["changed"] is False

    b.run(f"echo '# mine' >>{FILE}")  # edited by hand: it stays
    b.write(tls=certificate)
    told = b.cli.json("plan").last
    assert "webserver" not in [s["step"] for s in told["steps"]]
    assert FILE in next(w for w in told["warnings"] if w["code"] == "files.changed")["params"]["files"]
    assert b.cli.json("apply").exit_code == 0 and b.run(f"cat {FILE}") == good + "# mine\n"


def test_a_port_that_nginx_holds_leads_behind_it(behind: Maker) -> None:
    b = behind("vps:difyadmin", variants=("nginxport=80",))
    b.run(WAIT_FOR_NGINX)
    told = b.cli.json("plan")
    assert told.exit_code == 3
    (held,) = (p for p in told.last["blockers"] if p["code"] == "port.in_use")
    way = next(w for w in held["ways"] if w["way"] == "ports.behind")
    b.write(ports={"http": int(way["port"])}, tls={"mode": "proxy"})
    told = b.cli.json("plan")
    assert told.exit_code == 0, told.stdout[-2000:]
    web = next(p for p in told.last["ports"] if p["purpose"] == "http")
    assert (web["address"], web["port"]) == ("127.0.0.1", 8080)
    facts = b.cli.json("facts").last["webservers"]
    assert facts["nginx"] == "/usr/sbin/nginx" and facts["running"] == ["nginx"]
    assert {"/etc/nginx/sites-available", "/etc/nginx/conf.d"} <= {*facts["places"]}
    text = b.cli.run("snippet", "--kind", "nginx").stdout
    assert "proxy_pass http://127.0.0.1:8080;" in text
