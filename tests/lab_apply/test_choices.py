"""Size, uploads, mail, time zone, proxy and mirror of images as an installation has them when it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab_apply.conftest import Bench, Maker
from tests.lab_apply.test_main_job import containers

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]

MIRROR = "quay.io"  # the lab's registry answers for it, too
CANARY = "canary-mail-7Q"


def inspected(bench: Bench, service: str) -> dict[str, Any]:
    key = containers(bench)[service][0]
    found: dict[str, Any] = json.loads(bench.run(f"docker inspect {key}"))[0]
    return found


def environment(bench: Bench, service: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in inspected(bench, service)["Config"]["Env"])


def asked_of(bench: Bench) -> set[str]:
    """Hosts that images' manifests were asked of."""
    log = bench.lab.registry.counters()["log"]
    return {line.split()[1].partition("/")[0] for line in log if "/manifests/" in line}


def test_every_choice_reaches_its_container(bench: Maker) -> None:
    b = bench("local")
    b.lab.registry.faults()
    b.write(
        capacity={"preset": "4gb"},
        uploads={"document": 200},
        locale={"timezone": "Asia/Tokyo"},
        mail={
            "kind": "smtp",
            "sender": "Dify <dify@example.com>",
            "server": "smtp.example.com",
            "user": "dify",
        },
        proxy={"http": "http://proxy.example.com:3128", "exceptions": [".example.jp"]},
        registry={"mirror": MIRROR},
    )
    secrets = b.cli.answers.with_name("secrets.toml")
    secrets.write_text(f'[mail]\npassword = "{CANARY}"\n')
    secrets.chmod(0o600)
    b.cli.secrets = secrets
    ran = b.cli.run("apply", "--json")
    assert ran.exit_code == 0, ran.stderr
    assert CANARY not in ran.stdout + ran.stderr
    assert asked_of(b) == {MIRROR}

    api = environment(b, "api")
    wanted = {
        "LOG_TZ": "Asia/Tokyo",
        "UPLOAD_FILE_SIZE_LIMIT": "200",
        "SMTP_SERVER": "smtp.example.com",
        "SMTP_USE_TLS": "true",
        "SMTP_PASSWORD": CANARY,
        "MAIL_DEFAULT_SEND_FROM": "Dify <dify@example.com>",
        "HTTPS_PROXY": "http://proxy.example.com:3128",
        "CELERY_WORKER_AMOUNT": "1",
    }
    assert {key: api.get(key) for key in wanted} == wanted
    assert {"redis", "weaviate", "localhost", ".example.jp"} <= {*api["NO_PROXY"].split(",")}
    assert inspected(b, "worker")["HostConfig"]["Memory"] == 1536 * 1024**2
    assert inspected(b, "redis")["HostConfig"]["Memory"] == 0
    assert inspected(b, "nginx")["Config"]["Image"].startswith(f"{MIRROR}/library/nginx")
    body = b.run(f"cd {b.docker_folder} && docker compose exec -T nginx nginx -T 2>/dev/null")
    assert "client_max_body_size 205M" in body
    assert b.cli.json("apply").last["changed"] is False

    b.write(proxy={"http": "", "exceptions": []}, capacity={"preset": "release"})
    assert b.cli.json("apply").last["changed"] is True
    assert "HTTP_PROXY" not in environment(b, "api")
    assert inspected(b, "worker")["HostConfig"]["Memory"] == 0
    assert b.cli.json("apply").last["changed"] is False
