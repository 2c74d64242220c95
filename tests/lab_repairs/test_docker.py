"""Docker is there, but something about it is wrong: each fault is a real one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from installer.answers.model import Repairs
from installer.core.errors import Code, InstallError
from installer.preflight.findings import early_findings
from installer.preflight.ports import judge_port
from installer.repairs.model import Repair, offered
from tests.lab_repairs.conftest import Workshop

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300), pytest.mark.slow]

Open = Callable[..., Workshop]
FILE = "/etc/docker/daemon.json"


def test_a_stopped_docker_is_started_and_stays_enabled(workshop: Open) -> None:
    w = workshop("vps:difyadmin")
    w.run("systemctl disable --now docker.service docker.socket 2>/dev/null")
    assert not w.facts().docker.server
    what = w.offer("docker.start", Code.DOCKER_NOT_RUNNING)
    assert w.make_at_once(what)[-1].startswith("Docker Engine")
    assert w.run("systemctl is-enabled docker.service") == "enabled"
    assert w.make_at_once(what)[-1].startswith("Docker Engine"), "once more: nothing to do"


def test_a_masked_docker_is_unmasked_and_started(workshop: Open) -> None:
    w = workshop("vps:difyadmin")
    w.run(
        "systemctl disable --now docker.service docker.socket 2>/dev/null;"
        " systemctl mask docker.service; systemctl mask --runtime docker.socket"
    )
    found = [p for p in early_findings(w.answers, w.facts()) if p.code is Code.DOCKER_MASKED]
    assert [p.params["units"] for p in found] == ["docker.service, docker.socket"]
    what = w.offer("docker.unmask", Code.DOCKER_MASKED)
    assert w.make_at_once(what)[-1].startswith("Docker Engine")
    assert w.run("systemctl is-enabled docker.service") == "enabled"
    assert not w.facts().services.masked("docker.service", "docker.socket")


def test_a_docker_that_does_not_come_up_shows_why(workshop: Open) -> None:
    w = workshop("vps:difyadmin")
    w.run(f"systemctl stop docker.service docker.socket; mkdir -p /etc/docker; echo '{{' >{FILE}")
    with pytest.raises(InstallError) as caught:
        w.make_at_once(w.offer("docker.start", Code.DOCKER_NOT_RUNNING))
    assert caught.value.code is Code.REPAIR_FAILED
    assert "daemon.json" in caught.value.detail


def test_a_broken_daemon_json_is_put_back_only_from_a_valid_copy(workshop: Open) -> None:
    w = workshop("vps:difyadmin")
    w.run(
        f"mkdir -p /etc/docker; echo '{{\"log-driver\": ' >{FILE}; systemctl restart docker.service || true"
    )
    what = _broken(w)
    with pytest.raises(InstallError) as caught:
        w.make(what)
    assert "no earlier" in caught.value.detail
    assert w.run(f"cat {FILE}") == '{"log-driver":', "nothing is guessed"
    w.run(
        f"echo '{{\"nonsense-key\": 1}}' >{FILE}.bak; echo '{{\"debug\": true}}' >{FILE}.before-1;"
        f" touch {FILE}.bak"
    )
    lines = w.make(_broken(w))
    assert any(f"{FILE}.before-1" in line for line in lines), lines
    assert json.loads(w.run(f"cat {FILE}")) == {"debug": True}
    assert w.run(f"cat {FILE}.broken-*") == '{"log-driver":'
    assert w.facts().docker.server
    assert any("is valid" in line for line in w.make(_broken(w))), "once more: nothing to do"


def _broken(w: Workshop) -> Repair:
    return w.offer("daemon.repair", Code.DAEMON_BROKEN)


def test_a_mirror_is_added_and_containers_run_on(workshop: Open) -> None:
    w = workshop("vps:difyadmin", repairs=Repairs(mirror="https://mirror.example"))
    w.run(
        f'mkdir -p /etc/docker; echo \'{{"log-opts": {{"max-size": "9m"}}}}\' >{FILE};'
        " systemctl restart docker"
    )
    pid = w.run("systemctl show -P MainPID docker.service")
    what = w.offer("daemon.mirror", Code.PULL_FAILED)
    w.make(what)
    assert "https://mirror.example/" in w.run("docker info --format '{{.RegistryConfig.Mirrors}}'")
    assert json.loads(w.run(f"cat {FILE}"))["log-opts"] == {"max-size": "9m"}
    assert w.run(f"ls {FILE}.before-* | wc -l") == "1"
    assert w.run("systemctl show -P MainPID docker.service") == pid, "reloaded, not restarted"


def test_a_proxy_is_added_once(workshop: Open) -> None:
    w = workshop("vps:difyadmin", repairs=Repairs(("daemon.proxy",), proxy="http://proxy.example:3128"))
    w.make(w.offer("daemon.proxy", Code.PULL_FAILED))
    assert "proxy.example" in w.run("docker info --format '{{.HTTPProxy}}'")
    assert offered(w.facts(), "", w.answers, []) == (), "once more: nothing to do"


def test_what_docker_does_not_use_is_taken_back(workshop: Open) -> None:
    """An administrator's own command line contradicts the file; the file alone is valid."""
    w = workshop("vps:difyadmin", repairs=Repairs(mirror="https://mirror.example"))
    w.run(
        "mkdir -p /etc/systemd/system/docker.service.d; printf '[Service]\\nExecStart=\\n"
        "ExecStart=/usr/sbin/dockerd -H fd:// --registry-mirror=https://a.example\\n'"
        " >/etc/systemd/system/docker.service.d/a.conf; systemctl daemon-reload; systemctl restart docker"
    )
    with pytest.raises(InstallError) as caught:
        w.make(w.offer("daemon.mirror", Code.PULL_FAILED))
    assert caught.value.code is Code.REPAIR_FAILED
    assert w.run(f"ls {FILE}* 2>/dev/null || true") == "", "there was none before"
    w.run("systemctl restart docker")
    assert w.facts().docker.server


def test_a_port_that_docker_kept_for_no_container_is_given_up(workshop: Open) -> None:
    """A power cut in the moment in which a container is made, not played: Docker comes up with its port
    proxy and without the container."""
    w = workshop("vps:difyadmin")
    parts = "bin usr/bin/sleep usr/bin/dash lib lib64 usr/lib64 usr/lib/x86_64-linux-gnu"
    w.run(f"tar -C / -c {parts} | docker import - x:1")
    for tries in range(20):
        w.run("docker run --rm -p 80:80 x:1 sleep 60 >/dev/null 2>&1 &")
        time.sleep(tries % 4 * 0.05)
        w.server.restart(0)
        w.server.wait_ready()
        if w.run("if pgrep docker-proxy >/dev/null; then docker ps -q | wc -l; fi") == "0":
            break
    else:
        pytest.fail("Docker never kept the port")
    found = [*judge_port(w.facts(), w.answers.project, "0.0.0.0", 80, "http")]
    assert [p.code for p in found] == [Code.PORT_LEFT]
    w.run("docker run -d --name other x:1 sleep 600")
    (what,) = offered(w.facts(), "", w.answers, found)
    assert what.id == "docker.restart"
    w.make(what)
    assert [*judge_port(w.facts(), w.answers.project, "0.0.0.0", 80, "http")] == []
    assert w.run("docker inspect -f '{{.State.Running}}' other") == "true", "what ran runs again"
    assert any("No port is held" in line for line in w.make(what)), "once more: nothing to do"


def test_compose_from_the_package(workshop: Open) -> None:
    w = workshop("vps:difyadmin", variants=("nocompose",))
    assert not w.facts().docker.compose
    w.run("dpkg --force-depends --purge docker-compose 2>/dev/null || true")
    what = w.offer("compose.update", Code.COMPOSE_MISSING)
    w.make(what)
    assert w.facts().docker.compose
    lines = w.make(what)
    assert any("is there" in line for line in lines), "once more: nothing to do"


def test_the_user_may_use_docker_after_a_new_login(workshop: Open) -> None:
    w = workshop("vps:difyadmin")
    what = w.offer("docker.group", Code.DOCKER_NO_RIGHTS, user="difyadmin")
    assert what.renews
    w.make(what)
    assert w.server.ssh("docker ps -q", "difyadmin", check=False).returncode == 0
