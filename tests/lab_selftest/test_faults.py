"""Every switch does what the faults table of docs/lab.md says."""

from __future__ import annotations

import io
import json
import tarfile
import time
import urllib.error
import urllib.request

import pytest

from tests.lab import Lab
from tests.lab.procs import run
from tests.lab.releases import listed, with_images
from tests.lab_selftest.stack import download, fetch, forget_image

pytestmark = pytest.mark.lab
LIST = "/api/v3/repos/langgenius/dify/releases?per_page=100"


def pull(lab: Lab) -> tuple[int, str]:
    """Pull an image anew on the lab's engine: (exit code, stderr)."""
    image = f"langgenius/dify-web:{with_images()[-1].tag}"
    forget_image(lab, image)
    result = run(["docker", "pull", image], check=False, env=lab.engine.environment())
    return result.returncode, result.stderr


def test_registry_rate_limit(calm: Lab) -> None:
    calm.registry.faults(status={"langgenius/dify-web": [429, -1]})
    code, text = pull(calm)
    assert code
    assert "toomanyrequests" in text


def test_registry_unknown_manifest(calm: Lab) -> None:
    calm.registry.faults(missing=["langgenius/dify-web"])
    code, text = pull(calm)
    assert code
    assert "not found" in text or "manifest unknown" in text


def test_registry_down(calm: Lab) -> None:
    calm.registry.faults(refuse=True)
    code, text = pull(calm)
    assert code
    assert "EOF" in text or "reset" in text


def test_registry_cut_is_resumed(calm: Lab) -> None:
    calm.registry.faults(cut_after=500_000, cut_times=1)
    assert pull(calm)[0] == 0
    assert calm.registry.counters()["faulted"] == 1
    assert calm.registry.counters()["faults"]["cut_times"] == 0


def test_registry_token(calm: Lab) -> None:
    calm.registry.faults(auth=True)
    assert pull(calm)[0] == 0
    assert any("/token" in line for line in calm.registry.counters()["log"])


def test_registry_slow(calm: Lab) -> None:
    calm.registry.faults(bps=20_000_000)
    start = time.monotonic()
    assert pull(calm)[0] == 0
    size = calm.registry.counters()["bytes"]
    assert time.monotonic() - start > size / 20_000_000 * 0.8


def test_releases_list_is_github_s(calm: Lab) -> None:
    shown = json.loads(fetch(calm.place.release_url + LIST)[1])
    assert [entry["tag_name"] for entry in shown] == [release.tag for release in listed()]
    wanted = {"tag_name", "name", "draft", "prerelease", "published_at", "body", "html_url", "tarball_url"}
    assert wanted <= set(shown[0])


@pytest.mark.parametrize("tag", [release.tag for release in with_images()])
def test_archive_has_github_s_shape(calm: Lab, tag: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(download(calm, tag))) as archive:
        names = archive.getnames()
    assert {name.split("/")[0] for name in names} == {f"dify-{tag}"}
    assert f"dify-{tag}/docker/docker-compose.yaml" in names


def test_release_server_faults(calm: Lab) -> None:
    tag = listed()[0].tag
    whole = len(download(calm, tag))
    calm.releases.set({"truncate": 1000})
    assert len(download(calm, tag)) == 1000
    calm.releases.set({"cut_after": 1000})
    with pytest.raises(OSError, match=r"reset|closed|Connection"):
        download(calm, tag)
    calm.releases.set({"refuse": True})
    assert fetch(calm.place.release_url + LIST)[0] == 0
    calm.releases.set({"status": {"/releases": [403, 1]}})
    assert [fetch(calm.place.release_url + LIST)[0] for _ in range(2)] == [403, 200]
    calm.releases.set({"bps": whole})
    start = time.monotonic()
    assert len(download(calm, tag)) == whole
    assert time.monotonic() - start > 0.7
    log = calm.releases.state()["log"]
    assert log[-1]["path"].endswith(f"{tag}.tar.gz")
    assert log[-1]["status"] == 200


def through_line(lab: Lab, seconds: int = 5) -> tuple[int, float]:
    """``ssh true`` over the line proxy: (exit code, seconds)."""
    options = [
        "-q",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]
    options += [
        "-o",
        f"ConnectTimeout={seconds}",
        "-i",
        str(lab.place.key_file),
        "-p",
        str(lab.place.ports.line),
    ]
    start = time.monotonic()
    result = run(["ssh", *options, "root@127.0.0.1", "true"], check=False)
    return result.returncode, time.monotonic() - start


def test_line_delay_refusal_cut_and_silence(calm: Lab) -> None:
    code, quick = min(through_line(calm) for _ in range(3))  # a busy moment is no property of the line
    assert code == 0
    calm.line.set({"rtt_ms": 100})
    code, slow = through_line(calm)
    assert code == 0
    assert slow > quick + 0.5
    calm.line.set({"refuse": True})
    assert through_line(calm)[0] == 255
    calm.line.set({"cut_after": 500})
    assert through_line(calm)[0] == 255
    calm.line.set({"stall": True})
    code, dead = through_line(calm, 2)
    assert code == 255
    assert dead > 1.5
    calm.line.set({})
    assert through_line(calm)[0] == 0
    assert calm.line.state()["connections"] == 1


def test_a_switch_says_no_to_nothing(calm: Lab) -> None:
    for url in (calm.place.registry_admin, calm.place.release_admin, calm.place.line_admin):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as answer:
            assert json.load(answer)["faults"] == {}
