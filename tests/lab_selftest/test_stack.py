"""The stand-in images: a whole Dify comes up, logs in everywhere, and refuses wrong secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.lab import Lab, Server
from tests.lab.procs import wait_until
from tests.lab.releases import available, with_images
from tests.lab_selftest.stack import FOLDER, checks, fetch, install, is_ready, restarts, setup_answer

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(300)]  # in every run: tests/lab_apply


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Iterator[Server]:
    """One server for the whole module: what its Docker has pulled is pulled once."""
    server = lab.new_server("selftest-stack")
    yield server
    server.remove()


@pytest.fixture
def server(calm: Lab, machine: Server) -> Server:
    machine.reset(keep_images=True)
    return machine


def tags() -> list[object]:
    """The newest synthetic one always; real ones are installed by ``tests/lab_apply`` in every run, here
    with ``slow``."""
    newest = {release.real: release.tag for release in with_images()}[False]
    return [
        pytest.param(release.tag, marks=[] if release.tag == newest else [pytest.mark.slow])
        for release in with_images()
    ]


@pytest.mark.parametrize("tag", tags())
def test_a_release_comes_up(calm: Lab, server: Server, tag: str) -> None:
    install(calm, server, tag, "INIT_PASSWORD=first-words")
    assert json.loads(setup_answer(server)) == {"step": "not_started"}
    found = checks(server)
    assert found
    assert set(found.values()) == {"ok"}
    account = {"email": "a@example.org", "name": "A", "password": "secret-1234"}
    console = f"http://{server.ip}/console/api"
    assert fetch(f"{console}/setup", account)[0] == 401  # INIT_PASSWORD comes first
    assert fetch(f"{console}/init", {"password": "wrong"})[0] == 401
    assert fetch(f"http://{server.ip}/install")[0] == 200


WRONG = {
    "broker": ("CELERY_BROKER_URL=redis://:wrong@redis:6379/1", "worker"),
    "database": ("DB_PASSWORD=changed-too-late", "api"),
    "half a sandbox key": ("CODE_EXECUTION_API_KEY=only-one-half", "api"),
    "weaviate": ("WEAVIATE_API_KEY=not-the-server-s", "api"),
}
SYNTHETIC = next(release.tag for release in reversed(available()) if not release.real)


@pytest.mark.slow  # in every run: tests/lab_apply/test_stores.py
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_secret_ends_in_a_crash_loop(calm: Lab, server: Server, what: str) -> None:
    line, service = WRONG[what]
    install(calm, server, SYNTHETIC)
    setup_answer(server)
    server.ssh(f"cd {FOLDER}/docker && echo '{line}' >>.env && docker compose up -d --no-deps {service}")
    assert wait_until(lambda: restarts(server, service) >= 2, 60, 0.5)


@pytest.mark.slow
def test_state_survives_a_power_cut(calm: Lab, server: Server) -> None:
    install(calm, server, SYNTHETIC)
    setup_answer(server)
    account = {"email": "a@example.org", "name": "A", "password": "secret-1234"}
    assert fetch(f"http://{server.ip}/console/api/setup", account)[0] == 201
    server.restart(0)
    # nginx looks the API's address up once; if it changes while all boots, 502 stays until nginx restarts
    if not is_ready(server, 20):
        server.ssh(f"cd {FOLDER}/docker && docker compose restart nginx")
    assert json.loads(setup_answer(server))["step"] == "finished"
    assert fetch(f"http://{server.ip}/console/api/setup", account)[0] == 403
