"""Objects of the Engine's API, and what else is JSON: any value may stand in any place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.apply.readiness.crash_loop import engine_time, stays
from installer.apply.readiness.from_outside import _is_dify
from installer.docker.containers import parse_inspect, stack_state
from installer.docker.short_forms import docker_time
from installer.facts.desktop import Desktop
from installer.facts.engine import EngineKind
from installer.facts.model import Record
from installer.facts.packages import Packages
from installer.facts.parsers import desktop, docker
from installer.facts.web import Web
from installer.hosts.base import Command, Result
from installer.image_transfer.load import _error
from installer.image_transfer.source import architecture_in
from installer.lifecycle.undo import labels
from installer.operations.space import _all, images_of
from installer.operations.stats import cpu_percent, parse_stats
from installer.operations.usage import after
from installer.root_cause.local_evidence import _entry, _service, _well
from tests.fakes.host import FakeHost
from tests.hostile.parsers import FEW, Reader
from tests.hostile.test_release import JSON, TEXTS
from tests.hostile.test_streams import of

INSPECT: dict[str, Any] = {
    "Id": "a",
    "Name": "/dify-api-1",
    "RestartCount": 1,
    "State": {
        "Status": "running",
        "ExitCode": 0,
        "StartedAt": "2026-12-03T01:02:03.5Z",
        "Health": {"Status": "healthy", "FailingStreak": 0, "Log": [{"Output": "x\ry"}]},
    },
    "Config": {"Image": "a", "Labels": {"com.docker.compose.service": "api"}},
    "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "::", "HostPort": "80"}]}, "Memory": 1},
    "NetworkSettings": {"Networks": {"a": {"IPAddress": "1.2.3.4"}}},
}
STATS: dict[str, Any] = {
    "read": "2026-12-03T01:02:03Z",
    "cpu_stats": {
        "cpu_usage": {"total_usage": 5, "percpu_usage": [1]},
        "system_cpu_usage": 9,
        "online_cpus": 2,
    },
    "memory_stats": {"usage": 9, "limit": 10, "stats": {"inactive_file": 3}},
    "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}},
    "blkio_stats": {"io_service_bytes_recursive": [{"op": "read", "value": 3}]},
}
LISTED: list[Any] = [
    {"Id": "sha256:a", "RepoTags": ["a/b:1"], "RepoDigests": ["a/b@sha256:c"], "Size": 1, "Created": 1}
]
USING: list[Any] = [
    {
        "ImageID": "sha256:a",
        "Names": ["/x"],
        "Image": "a/b:1",
        "Labels": {"com.docker.compose.project": "dify"},
    }
]
INFO: dict[str, Any] = {
    "ServerVersion": "27.1",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "RegistryConfig": {"Mirrors": ["https://m"]},
    "ClientInfo": {
        "Plugins": [{"Name": "compose", "Version": "v2.29.1", "Path": "/x"}],
        "Context": "default",
    },
    "DefaultAddressPools": [{"Base": "10.0.0.0/8", "Size": 24}],
    "DriverStatus": [["a", "b"]],
    "MemTotal": 1,
    "NCPU": 2,
}


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """*value* with other values in some of its places, or without them."""
    if draw(st.integers(0, 5)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {name: draw(changed(inner)) for name, inner in value.items() if draw(st.integers(0, 9))}
    if isinstance(value, list):
        return [draw(changed(inner)) for inner in value] * draw(st.sampled_from([0, 1, 1, 2]))
    return value


def as_read(value: Any) -> Any:
    """*value* as it comes out of the reader of JSON; None where it is none."""
    from installer.untrusted.json import loads

    try:
        return loads(json.dumps(value))
    except ValueError:
        return None


def table(value: Any) -> dict[str, Any]:
    found = as_read(value)
    return found if isinstance(found, dict) else {}


@FEW
@given(changed(INSPECT))
def test_containers(value: Any) -> None:
    data = table(value)
    found = parse_inspect(data)
    repr((found, stays(found, 1.8e9), stack_state([found], ["api"], frozenset())))
    found.health_output.encode()
    repr((_service(data), _well(data), _entry(data)))


@FEW
@given(changed(STATS), changed(STATS))
def test_counters(one: Any, two: Any) -> None:
    first, second = parse_stats("a", table(one)), parse_stats("a", table(two))
    if first and second:
        cpu_percent(first, second)
        usage = after(after(None, first), second)
        repr((usage.network, usage.disk, usage.of_limit))


@FEW
@given(changed(LISTED), changed(USING), changed(["a/b:1"]))
def test_images(listed: Any, using: Any, pulled: Any) -> None:
    record = Record.parse(json.dumps({"version": "1.0.0", "project": "dify", "pulled": as_read(pulled)}))
    if record is not None:
        found = images_of(_all(as_read(listed)), _all(as_read(using)), record, frozenset({"a/b:1"}))
        assert all(not image.used_by for image in found if image.free)


@FEW
@given(changed(INFO))
def test_information(value: Any) -> None:
    text = json.dumps(table(value))
    info = docker.info_of(text)
    repr(
        (
            docker.compose_version(info),
            docker.engine({"info": text, "docker": "server=1"}, Packages()),
        )
    )
    repr(desktop.with_engine(Desktop(), info, "", EngineKind.DESKTOP))


@FEW
@given(changed({"address": "127.0.0.1", "port": 80, "name": "localhost", "tls": False}), TEXTS)
def test_small_things(web: Any, text: str) -> None:
    repr((Web.read(table(web)), engine_time(text), docker_time(text)))
    repr((architecture_in(text.encode("utf-8", "replace")), _is_dify(text.encode("utf-8", "replace"))))


class Answering(FakeHost):
    """A Docker that answers every command with *text*."""

    def __init__(self, text: str) -> None:
        super().__init__([])
        self.text = text

    def run(self, command: Command, **how: Any) -> Result:
        return Result(0, self.text.encode("utf-8", "replace"), b"")


def inspected(text: str) -> labels.Inspected:
    names = ("dify_default", "dify_data")
    found = labels.named(Answering(text), "volume", "dify", names)
    assert {*found.ours, *found.others} <= {*names}
    return found


ANSWERS = (
    Reader(
        "load",
        of(_error),
        (
            'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"error":"no space"}',
            'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n-1\r\n1}\r\n0\r\n\r\n',
        ),
    ),
    Reader(
        "inspect",
        inspected,
        (
            '{"key":"dify_data","labels":{"com.docker.compose.project":"dify","com.docker.compose.volume":"data"}}\n'
            '{"key":"dify_default","labels":null}\n',
            '{"key":"dify_data","labels":{"a":[1]}}\n{"key":"dify_data","labels":{}}\n',
        ),
    ),
)


@pytest.mark.parametrize("reader", ANSWERS, ids=str)
@FEW
@given(data=st.data())
def test_answers(reader: Reader, data: st.DataObject) -> None:
    reader.check(data)


@pytest.mark.parametrize("reader", ANSWERS, ids=str)
def test_long_answers(reader: Reader) -> None:
    reader.check_long()
