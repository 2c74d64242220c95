"""The report for support of a real installation: everything in it, and no secret in any form."""

from __future__ import annotations

import base64
import json
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.lab_apply.canary import secrets_of
from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

#: With characters that every form of quoting treats in a way of its own.
CANARY = "Cana'ry\"$x/1é&%7aa42"
OF_BROKEN = "CanarySplitOverTwoLines42"


def plant(b: Bench) -> None:
    """Canaries where people and programs leave secrets: ``.env``, earlier ones, logs, jobs, the journal."""
    state, env = f"{b.directory}/.dify-installer", f"{b.docker_folder}/.env"
    basic = base64.b64encode(f"user:{CANARY}".encode()).decode()
    lines = [
        f"plain {CANARY} end",
        f"url postgresql://u:{quote(CANARY, safe='')}@h/d",
        f"Authorization: Basic {basic}",
        f"sent {basic} to it",
        f"json {json.dumps({'deep': [CANARY]})}",
        f"twice {json.dumps({'log': json.dumps({'x': CANARY})})}",
        f"hex {CANARY.encode().hex()}",
        f"broken {OF_BROKEN[:9]}\n{OF_BROKEN[9:]} end",
        "SOME_TOKEN=NobodyKnowsThisOne42",
        "-----BEGIN PRIVATE KEY-----\nNobodyKnowsThisKey42\n-----END PRIVATE KEY-----",
    ]
    server = b.lab.server("vps")
    server.write("/root/lines", "\n".join(lines) + "\n")
    quoted = re.sub(r'(["$\\\\])', r"\\\1", CANARY)
    server.write("/root/env-more", f'\nCANARY_PASSWORD="{quoted}"\nSPLIT_SECRET={OF_BROKEN}\n')
    b.run(
        f"cat /root/env-more >> {env}; cp {env} {state}/env-20260101T000000Z;"
        f"cat /root/lines >> $(ls -d {state}/jobs/*/ | head -n1)log;"
        f"cat /root/lines >> {state}/journal.jsonl;"
        f"docker cp /root/lines $(docker ps -q --filter label=com.docker.compose.service=api):/tmp/lines;"
        # its log is what its first process writes
        "docker exec $(docker ps -q --filter label=com.docker.compose.service=api)"
        " sh -c 'cat /tmp/lines > /proc/1/fd/1'"
    )


def decoded(text: str) -> str:
    """Every run of base64 in *text*, decoded."""
    found = []
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        for start in range(4):
            piece = run[start:].rstrip("=").translate(str.maketrans("-_", "+/"))
            found.append(base64.b64decode(piece[: len(piece) // 4 * 4]).decode("utf-8", "replace"))
    return "\n".join(found)


def test_everything_in_it_and_no_secret(bench: Maker, tmp_path: Path) -> None:
    b = bench("vps:root", keep_images=True)
    b.write(release={"version": versions()[-1]})
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-2000:]
    own = secrets_of(b.run(f"cat {b.docker_folder}/.env"))
    assert len(own) > 4
    plant(b)
    path = tmp_path / "report.zip"
    made = b.cli.json("bundle", "--out", str(path))
    assert made.exit_code == 0, made.stdout + made.stderr
    assert path.stat().st_mode & 0o777 == 0o600 and path.stat().st_size < 20_000_000

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert made.last["lacking"] == []
    usual = "README.txt manifest.json answers.toml compose.yaml containers.json diagnosis.json env facts.json"
    assert set(usual.split()) | {"journal.jsonl", "plan.json", "versions.json"} <= set(members)
    api, job = members["containers/api.log"], next(t for n, t in members.items() if n.startswith("jobs/"))
    assert "plain *** end" in api and "plain *** end" in job and "plain *** end" in members["journal.jsonl"]
    assert "CANARY_PASSWORD=***" in members["env"]
    assert "DB_PASSWORD" in members["env"] and "DB_PASSWORD" in members["compose.yaml"]

    needles = [
        CANARY,
        OF_BROKEN[9:],
        "NobodyKnows",
        quote(CANARY, safe=""),
        json.dumps(CANARY)[1:-1],
        CANARY.encode().hex(),
        *own,
    ]
    for name, text in members.items():
        for haystack in (text, decoded(text)):
            assert not [n[:6] for n in needles if n in haystack], name

    told = b.cli.run("bundle", "--out", str(tmp_path / "second.zip"))
    assert "second.zip" in told.stdout and not [n for n in needles if n in told.stdout + told.stderr]


def test_without_the_target_the_rest_is_there(bench: Maker, tmp_path: Path) -> None:
    b = bench("vps:root", reset=False)
    b.write(target={"port": 9})
    path = tmp_path / "report.zip"
    made = b.cli.json("bundle", "--out", str(path))
    assert made.exit_code == 0, made.stdout + made.stderr
    assert [x["name"] for x in made.last["lacking"]] == ["target"]
    assert {"answers.toml", "versions.json"} <= {m["name"] for m in made.last["members"]}
