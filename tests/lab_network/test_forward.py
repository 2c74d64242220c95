"""A web server of a lab machine, opened on this computer through SSH, where nothing else gets there."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import cast

import pytest

from installer.network.forward import Forward, open_through_ssh
from installer.web import Web
from tests.lab_network.conftest import IMAGE, Make, Place

WEB = "docker run -d --rm --name web -p 127.0.0.1:8088:80 {} nginx -g 'daemon off;'"


def read(forward: Forward) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(forward.url, timeout=10) as answer:
            return cast("bytes", answer.read())
    except urllib.error.HTTPError as answer:  # whatever nginx says: it was reached
        return answer.read()


def serve(place: Place) -> Web:
    place.server.run(f"docker pull -q {IMAGE} >/dev/null; {WEB.format(f'--entrypoint= {IMAGE}')}")
    place.server.run(
        "for n in $(seq 50); do curl -s -o /dev/null http://127.0.0.1:8088 && break; sleep 0.2; done"
    )
    return Web("127.0.0.1", 8088, place.server.ip, tls=False)


def test_a_page_that_only_the_server_itself_reaches(plain: Place) -> None:
    web = serve(plain)
    try:
        with open_through_ssh(plain.host, web, name="lab") as forward:
            assert not forward.by_program
            assert b"nginx" in read(forward)
    finally:
        plain.server.run("docker rm -f web")


@pytest.mark.slow
@pytest.mark.parametrize(
    "variants", [("noforward",), ("noforward", "maxsessions=1"), ("noforward", "noisy", "fish")]
)
def test_servers_that_forward_nothing(place: Make, variants: tuple[str, ...]) -> None:
    there = place(*variants)
    with open_through_ssh(there.host, serve(there)) as forward:
        assert forward.by_program
        for _ in range(4):
            assert b"nginx" in read(forward)


@pytest.mark.slow
def test_it_survives_a_restart_of_sshd(place: Make) -> None:
    there = place()
    with open_through_ssh(there.host, serve(there)) as forward:
        assert b"nginx" in read(forward)
        there.server.run("pkill -f '^sshd: difyadmin' || true")  # inside of the lab's own server
        assert b"nginx" in read(forward)
