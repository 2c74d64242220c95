"""A web server of a lab machine, opened on this computer through SSH, where nothing else gets there."""

from __future__ import annotations

import urllib.request
from typing import cast

import pytest

from installer.facts.web import Web
from installer.network.forward import Forward, open_through_ssh
from tests.lab_network.conftest import IMAGE, Make, Place

CONFIG = "events {} http { server { listen 80; location / { return 200 'only by SSH'; } } }"
WEB = f"""
docker pull -q {IMAGE} >/dev/null
docker run -d --rm --name web -p 127.0.0.1:8088:80 --entrypoint sh {IMAGE} \\
    -c 'printf "%s" "$0" >/tmp/web.conf; exec nginx -c /tmp/web.conf -g "daemon off;"' "{CONFIG}"
for n in $(seq 50); do curl -s -f -o /dev/null http://127.0.0.1:8088 && exit 0; sleep 0.2; done
exit 1
"""


def read(forward: Forward) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(forward.url, timeout=10) as answer:
        return cast("bytes", answer.read())


def serve(place: Place) -> Web:
    place.server.run(WEB)
    return Web("127.0.0.1", 8088, place.server.ip, tls=False)


def test_a_page_that_only_the_server_itself_reaches(plain: Place) -> None:
    web = serve(plain)
    try:
        with open_through_ssh(plain.host, web, name="lab") as forward:
            assert not forward.by_program
            assert read(forward) == b"only by SSH"
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
            assert read(forward) == b"only by SSH"


@pytest.mark.slow
def test_it_survives_a_restart_of_sshd(place: Make) -> None:
    there = place()
    with open_through_ssh(there.host, serve(there)) as forward:
        assert read(forward) == b"only by SSH"
        there.server.run("pkill -f '^sshd: difyadmin' || true")  # inside of the lab's own server
        assert read(forward) == b"only by SSH"
