"""An installation that runs gets other answers: the plan says what changes, and just that is done."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest

from tests.lab_apply.conftest import Bench, Maker
from tests.lab_apply.test_main_job import containers, http_status

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]


def planned(bench: Bench) -> dict[str, Any]:
    """The plan as the command line shows it; a blocked one ends with 3."""
    ran = bench.cli.run("plan", "--json")
    assert ran.exit_code in (0, 3), ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_store_port_and_address(bench: Maker) -> None:
    b = bench("local", keep_images=True)
    assert b.cli.run("apply", "--json").exit_code == 0
    before = containers(b)
    assert before["weaviate"][2] == "running" and "qdrant" not in before
    port = int(b.tables["ports"]["http"])
    b.write(stores={"vector": "qdrant"})
    shown = planned(b)
    told = [found["code"] for found in shown["warnings"]]
    assert "store.differs" in told and shown["blockers"] == []
    changed = {change["key"]: (change["old"], change["new"]) for change in shown["env_changes"]}
    assert changed["VECTOR_STORE"] == ("weaviate", "qdrant")
    assert b.cli.run("apply", "--json").exit_code == 0
    after = containers(b)
    assert after["qdrant"][2] == "running" and "weaviate" not in after
    assert after["redis"][0] == before["redis"][0] and after["nginx"][2] == "running"
    assert b.run(f"ls {b.docker_folder}/volumes").split().count("weaviate") == 1  # its data stays
    assert b.cli.json("apply").last["changed"] is False

    b.write(ports={"http": port + 2000})
    keys = {change["key"] for change in planned(b)["env_changes"]}
    assert "EXPOSE_NGINX_PORT" in keys and "VECTOR_STORE" not in keys
    assert b.cli.run("apply", "--json").exit_code == 0
    assert http_status(f"{b.web}/console/api/setup") == 200
    with pytest.raises(urllib.error.URLError):
        http_status(b.web.replace(str(port + 2000), str(port)) + "/console/api/setup")
    assert containers(b)["qdrant"][0] == after["qdrant"][0]  # nothing of it changed

    b.write(site={"address": "localhost"})
    new = f"http://localhost:{port + 2000}"
    changes = {change["key"]: change["new"] for change in planned(b)["env_changes"]}
    assert changes["CONSOLE_API_URL"] == changes["FILES_URL"] == new
    assert not {"EXPOSE_NGINX_PORT", "VECTOR_STORE", "SECRET_KEY", "DB_PASSWORD"} & changes.keys()
    assert b.cli.json("apply").last["url"] == new
    inside = b.run(f"docker inspect {containers(b)['api'][0]} --format '{{{{json .Config.Env}}}}'")
    assert f"CONSOLE_API_URL={new}" in json.loads(inside)
    assert b.cli.json("apply").last["changed"] is False


def test_another_database_is_refused(bench: Maker) -> None:
    """It would be an empty one."""
    b = bench("local", keep_images=True)
    assert b.cli.run("apply", "--json").exit_code == 0
    b.write(database={"kind": "mysql"})
    ran = b.cli.run("apply", "--json")
    assert ran.exit_code == 3
    assert [found["code"] for found in planned(b)["blockers"]] == ["database.differs"]
