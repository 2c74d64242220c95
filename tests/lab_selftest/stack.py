"""Dify on a lab server by hand, as its documentation says; no part of the installer is used."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.lab import Lab, Server
from tests.lab.procs import wait_until

FOLDER = "/opt/by-hand"


def fetch(url: str, data: dict[str, Any] | None = None, timeout: float = 2) -> tuple[int, str]:
    """(status, text); 0 where nothing answers."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def forget_image(lab: Lab, image: str) -> None:
    """Remove it from the lab's engine, with what an earlier installation there still runs of it.

    ``rmi -f`` only takes the name from the image of a running container, and a pull then downloads nothing.
    """
    docker = lab.engine.docker
    everyone = docker("ps", "-aq").split()
    made_from = docker("inspect", "--format", "{{.Id}} {{.Config.Image}}", *everyone).splitlines()
    users = [line.split()[0] for line in made_from if line.split()[1] == image]
    if users:
        docker("rm", "-f", "-v", *users)
    docker("rmi", "-f", image, check=False)


def download(lab: Lab, tag: str) -> bytes:
    url = f"{lab.place.release_url}/langgenius/dify/archive/refs/tags/{tag}.tar.gz"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=20) as answer:
        data: bytes = answer.read()
        return data


def install(lab: Lab, server: Server, tag: str, env: str = "") -> None:
    """Unpack, ``.env`` from the example plus *env*, ``up -d``; by OpenSSH as root."""
    unpack = f"rm -rf {FOLDER}; mkdir -p {FOLDER} && tar -C {FOLDER} --strip-components=1 -xzf -"
    server.ssh(f"{unpack} && cp {FOLDER}/docker/.env.example {FOLDER}/docker/.env", stdin=download(lab, tag))
    server.ssh(f"cat >>{FOLDER}/docker/.env", stdin="\n" + env + "\n")
    server.ssh(f"cd {FOLDER}/docker && docker compose up -d", timeout=300)


def is_ready(server: Server, seconds: float = 60) -> bool:
    url = f"http://{server.ip}/console/api/setup"
    return wait_until(lambda: fetch(url)[0] == 200, seconds, 0.2)


def setup_answer(server: Server, seconds: float = 60) -> str:
    """The text of ``/console/api/setup`` once it is there."""
    answer = f"http://{server.ip}/console/api/setup"
    assert is_ready(server, seconds), fetch(answer)
    return fetch(answer)[1]


def checks(server: Server, seconds: float = 30) -> dict[str, str]:
    """The stand-in's checks, once none of them is waiting."""

    def now() -> dict[str, str]:
        status, text = fetch(f"http://{server.ip}/console/api/_lab")
        found: dict[str, str] = json.loads(text)["checks"] if status == 200 else {}
        return found

    def settled() -> bool:
        texts = now().values()
        return bool(texts) and not any("wait" in text or "no answer" in text for text in texts)

    wait_until(settled, seconds, 0.2)
    return now()


def restarts(server: Server, service: str) -> int:
    """How often Docker had to start *service* again."""
    form = "{{.RestartCount}}"
    script = f"docker inspect -f '{form}' $(docker ps -aq -f label=com.docker.compose.service={service})"
    return int(server.run(script).stdout)
