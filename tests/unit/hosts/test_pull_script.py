"""The script that has images fetched on a server, with a client of Docker that answers what it is told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.apply.steps.stages import pull_image, with_parts
from installer.docker import pulls
from installer.docker.pulls import PullImage, pull_words
from installer.hosts.base import JobSpec, Stage
from installer.hosts.jobs.script import job_script
from installer.registry.digest import Digest
from installer.registry.manifests import Blob

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a server has /proc")

#: Notes its words and the request, and answers with the next file for that image; without one it says nothing
#: until it is ended.
CLIENT = r"""#!/bin/sh
cd "$(dirname "$0")" || exit 1
if [ "$1 $2" = 'system dial-stdio' ]; then
    IFS= read -r request
    case $request in *web*) image=web ;; *) image=api ;; esac
else
    image=web request="$*"
fi
printf '%s\n' "$request" >>asked
for answer in "$image".*; do
    [ -e "$answer" ] || { echo $$ >waits; exec sleep 60; }
    cat "$answer"; rm "$answer"
    exit 0
done
"""
OK = 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{}{{"status":"Status: Downloaded newer image for x"}}\r\n'
WEB, API = pull_image("langgenius/dify-web:1.16.1"), pull_image("langgenius/dify-api:1.16.1")


class Ran:
    """The stage in the job's own script, in *folder*."""

    def __init__(self, folder: Path, *images: PullImage, **answers: str) -> None:
        client = folder / "bin"
        client.mkdir()
        (client / "docker").write_text(CLIENT)
        (client / "docker").chmod(0o755)
        for name, text in answers.items():
            (client / name.replace("_", ".")).write_text(text, newline="")
        stages = (Stage("pull", pulls=images),)
        spec = JobSpec("j", str(folder), str(folder), stages, {"PATH": f"{client}:/usr/bin:/bin"})
        self.done = subprocess.run(
            ["sh", "-c", job_script(spec, "T")],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        )
        asked = client / "asked"
        self.asked = asked.read_text().splitlines() if asked.exists() else []
        self.lines = [line for line in self.done.stdout.splitlines() if line not in ("", pulls.TICK)]
        self.waits = client / "waits"
        assert not (folder / "pull").exists()


def error(status: int, message: str) -> str:
    return f'HTTP/1.0 {status} x\r\nA: b\r\n\r\n{{"message":"{message}"}}\n'


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulls, "PAUSES", (0, 0))


@pytest.mark.usefixtures("_no_pauses")
def test_an_outage_is_asked_again(tmp_path: Path) -> None:
    down = "received unexpected HTTP status: 503 Service Unavailable"
    ran = Ran(tmp_path, WEB, web_1=error(500, down), web_2=error(500, down), web_3=OK.format(""))
    assert ran.done.returncode == 0
    request = "POST /images/create?fromImage=docker.io%2Flanggenius%2Fdify-web&tag=1.16.1 HTTP/1.0"
    assert [line.rstrip("\r") for line in ran.asked] == [request] * 3
    said = [line.removeprefix(f"{WEB.name} ") for line in ran.lines[2:]]
    assert said[:4] == [f'{{"message":"{down}"}}', "again 0"] * 2
    assert said[4:6] == ['{"status":"Status: Downloaded newer image for x"}', "done"]


@pytest.mark.usefixtures("_no_pauses")
def test_there_is_an_end_to_asking(tmp_path: Path) -> None:
    ran = Ran(tmp_path, WEB, **{f"web_{n}": error(500, "EOF") for n in range(5)})
    assert ran.done.returncode == 1 and len(ran.asked) == 3
    assert f"{WEB.name} failed" in ran.lines


@pytest.mark.parametrize(
    "text", ["toomanyrequests: limit", "no matching manifest for linux/arm64/v8", "no space left on device"]
)
def test_what_stays_as_it_is_ends_everything_at_once(tmp_path: Path, text: str) -> None:
    """The other image would wait for a minute."""
    ran = Ran(tmp_path, API, WEB, web_1=error(500, text))
    assert ran.done.returncode == 1
    assert f"{WEB.name} failed" in ran.lines and not any(" again " in line for line in ran.lines)
    if ran.waits.exists():
        assert not Path("/proc", ran.waits.read_text().strip()).exists()


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("attempt", range(3))
def test_many_that_fail_at_the_same_time_end_at_once(tmp_path: Path, attempt: int) -> None:
    """A client that is ended by another image's failure, before it has begun: nobody waits for it."""
    images = [pull_image(f"langgenius/dify-web:{attempt}.{n}") for n in range(12)]
    ran = Ran(tmp_path, *images, **{f"web_{n}": error(500, "EOF") for n in range(40)})
    assert ran.done.returncode == 1
    assert 1 <= sum(line.endswith(" failed") for line in ran.lines) <= pulls.PARALLEL_PULLS


def test_who_waits_to_ask_again_learns_of_the_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "PAUSES", (25,))
    began = time.monotonic()
    ran = Ran(tmp_path, API, WEB, api_1=error(500, "EOF"), web_1=error(500, "denied: no"))
    assert ran.done.returncode == 1 and time.monotonic() - began < 10


def test_an_error_within_an_answer_that_began_well(tmp_path: Path) -> None:
    text = '{"errorDetail":{"message":"denied: no"},"error":"denied: no"}'
    ran = Ran(tmp_path, WEB, web_1="HTTP/1.0 200 OK\r\n\r\n" + text + "\r\n")
    assert ran.done.returncode == 1
    assert [*ran.lines[2:4]] == [f"{WEB.name} {text}", f"{WEB.name} failed"]


def test_a_layer_has_two_lines_a_second(tmp_path: Path) -> None:
    def line(part: str, count: int) -> str:
        detail = f'"progressDetail":{{"current":{count},"total":900}}'
        return f'{{"status":"Downloading",{detail},"progress":"[=\\u003e ]","id":"{part}"}}\r\n'

    many = "".join(line(part, n) for n in range(300) for part in ("a" * 12, "b" * 12))
    ran = Ran(tmp_path, WEB, web_1=OK.format(many))
    told = [json.loads(text.partition(" ")[2]) for text in ran.lines if "Downloading" in text]
    assert 2 <= len(told) <= 8 and {e["id"] for e in told} == {"a" * 12, "b" * 12}
    assert all("progress" not in e and e["progressDetail"]["total"] == 900 for e in told)


HUB = "https://index.docker.io/v1/"


@pytest.mark.parametrize(
    ("config", "client"),
    [
        ({"auths": {HUB: {"auth": "eDp5"}}}, True),
        ({"auths": {"ghcr.io": {"auth": "eDp5"}}}, False),
        ({"credsStore": "pass"}, True),
        ({"credHelpers": {HUB: "pass"}}, True),
        ({"credHelpers": {"gcr.io": "gcloud", "eu.gcr.io": "gcloud"}}, False),
    ],
)
def test_where_there_is_a_login_the_client_pulls_itself(
    tmp_path: Path, config: dict[str, object], client: bool
) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps(config))
    ran = Ran(tmp_path, WEB, web_1="Status: Image is up to date for x\n" if client else OK.format(""))
    assert ran.done.returncode == 0
    assert ran.asked[0].startswith(f"pull {WEB.name}" if client else "POST ")
    assert "eDp5" not in ran.done.stdout


def test_the_order_and_what_the_script_is_told() -> None:
    digest = "sha256:" + "ab" * 32
    pinned = pull_image(f"nginx:latest@{digest}")
    assert (pinned.repository, pinned.tag) == ("docker.io/library/nginx", digest)
    assert pull_image("ghcr.io/a/b:1").login == "ghcr.io"
    assert pull_image("-a.io/b").repository == "-a.io/b"
    parts = {API.name: [Blob(Digest(digest), 5)], pinned.name: [Blob(Digest(digest), 9)]}
    (stage,) = with_parts([Stage("pull", pulls=(API, pinned, WEB))], parts)
    assert [i.name for i in stage.pulls] == [WEB.name, pinned.name, API.name]
    words = pull_words(stage.pulls)
    assert json.loads(words[0])["images"][API.name] == [["abababababab", 5]]
    assert words[3:6] == [WEB.name, WEB.query, "https://index.docker.io/v1/"]
