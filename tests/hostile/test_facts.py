"""What a machine says of itself when it is looked at: the probe's answer, its sections, Windows' programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.acme.dns_look import _is_outer
from installer.acme.explain import explain
from installer.config.pins import read_pins
from installer.docker.journal import journal_reason
from installer.docker.pull_errors import pull_error
from installer.docker.short_forms import docker_time, port_mappings, short_ports, tag_of
from installer.docker.versions import numbers
from installer.facts.certificates import certificates
from installer.facts.lines import lists, pairs, sections
from installer.facts.local.machine import bsd_listeners
from installer.facts.parsers import (
    answer,
    desktop,
    docker,
    firewall,
    login,
    machine,
    packages,
    webservers,
    windows,
)
from installer.facts.parsers import network as parse_network
from installer.hosts.ssh.rights import Look
from installer.lifecycle.undo.find import decimal_bytes
from installer.network.parse import network_facts
from installer.operations.condition import parse_room
from installer.preflight.network import judge_network
from installer.repairs import added
from installer.root_cause.evidence import env_of, read
from installer.root_cause.states import pieces
from tests.hostile.parsers import FEW, Reader, spoil
from tests.unit.facts.recorded import MARK, NAMES, text_of

PROBE = text_of("debian-13")
PARTS = sections(PROBE, MARK)


def part(*names: str) -> tuple[str, ...]:
    """Those sections as machines sent them."""
    recorded = (sections(text_of(name), MARK) for name in NAMES)
    return tuple({s[name]: None for s in recorded for name in names if s.get(name)})[:6]


def network(text: str) -> object:
    found = network_facts(text, MARK)
    return found and (found, list(judge_network(found)))


NETWORK = (
    f"{MARK}\tendpoint\thub\thttps://registry-1.docker.io/v2/\t\n{MARK}\tname\thub\t4\t1.2.3.4\n"
    f"{MARK}\tway\thub\t4\t401\tyes\t0.31\tThu, 03 Dec 2026 01:02:03 GMT\t\t1790000000\n"
    f"{MARK}\tresolvers\t/etc/resolv.conf\t1.1.1.1\n{MARK}\tdmi\tsys_vendor\tHetzner\n{MARK}\tend\n"
)
EVIDENCE = (
    f'{MARK} containers\n[{{"Id":"{"a" * 64}","State":{{"Status":"running","Restarts":1}}}}]\n'
    f"{MARK} rooms\ndocker_kb=/dev/sda1 1000 800 200 80% /\n{MARK} memory\nMemTotal=4\n{MARK} kernel\noom\n"
    f"{MARK} env\nA=b\n{MARK} end\n"
)
LINES = (
    Reader("sections", lambda t: sections(t, MARK), (PROBE[:3000],)),
    Reader("lines", lambda t: (pairs(t), lists(t)), part("system")),
    Reader("system", answer.system, part("system")),
    Reader("docker", lambda t: answer.docker(t, t, t), part("docker", "compose")),
    Reader("info", docker.info_of, part("info")),
    Reader(
        "engine",
        lambda t: docker.engine(
            {"docker": t, "info": t, "engine": t, "compose": t}, packages.packages("", ())
        ),
        part("info", "docker"),
    ),
    Reader(
        "daemon",
        docker.daemon,
        (*part("daemon"), 'path=/etc/docker/daemon.json\nexists=yes\njson={"a":1}'),
    ),
    Reader("directory", answer.directory, part("directory")),
    Reader(
        "containers",
        answer.containers,
        ("a\tb\trunning\ti\tp\ts\t/f\tUp\t0.0.0.0:80-90->80-90/tcp\tFalse\tc.yaml\n",),
    ),
    Reader("images", answer.images, ("langgenius/dify-api:1.0@sha256:aa\n<none>:<none>@<none>\n",)),
    Reader("checksums", answer.checksums, ("0" * 64 + "  ./a b\n",)),
    Reader("published", answer.published, ("0.0.0.0:80->80/tcp, [::]:1-9->1-9/tcp, 5003/tcp",)),
    Reader("listeners", parse_network.listeners, part("listeners")),
    Reader("networks", lambda t: parse_network.networks(t, t), part("networks", "network")),
    Reader("access", parse_network.access, part("access")),
    Reader(
        "firewall",
        lambda t: firewall.firewall(t, {}),
        (
            *part("firewall"),
            "nft table a b {\nnft chain b {\nnft type filter hook input priority 0; policy drop;\ndrop\n",
        ),
    ),
    Reader("login", login.login, part("login")),
    Reader(
        "machine",
        lambda t: machine.machine({"system": t, "disks": t, "clock": t, "virtualization": t}, frozenset()),
        part("disks", "clock", "virtualization"),
    ),
    Reader(
        "disk",
        lambda t: machine.disk({"folder_kb": t, "folder_inodes": t, "folder_mount": t}, "folder"),
        ("//nas/my share 1000 800 200 80% /var/lib",),
    ),
    Reader(
        "packages",
        lambda t: packages.packages(t, packages.processes(t)),
        (*part("packages"), "apk=musl-1.2.5-r0\n"),
    ),
    Reader("services", lambda t: packages.services(t, t), part("units")),
    Reader("processes", packages.processes, part("processes")),
    Reader(
        "webservers",
        lambda t: webservers.webservers(t, ()),
        (*part("webservers"), "nginx=1.24\nnginx_include=conf.d/*.conf\nours=/a sum\n"),
    ),
    Reader("certificates", certificates, part("certificates")),
    Reader(
        "journal",
        lambda t: journal_reason(t.split("\n")),
        ('time="x" level=fatal msg="a \\"b\\"" error="c"\n', "failed to start daemon: x"),
    ),
    Reader("network", network, (NETWORK,)),
    Reader("evidence", lambda t: list(pieces(read(t, MARK))), (EVIDENCE,)),
    Reader("evidence's .env", lambda t: env_of(t, MARK), (EVIDENCE,)),
    Reader("contexts", desktop.contexts, ('{"Name":"a","DockerEndpoint":"unix:///x","Current":true}\n',)),
    Reader(
        "wsl",
        lambda t: windows.wsl(t.encode("utf-8", "replace"), t.encode("utf-16-le", "replace"), b"\xff"),
        ("Default Version: 2\n* Ubuntu Running 2\n",),
    ),
    Reader("group", lambda t: windows.in_group(t.encode("utf-8", "replace"), t), ("-" * 30 + "\nPC\\me\n",)),
    Reader("excluded ports", windows.excluded_ports, ("      5000        5099     *\n",)),
    Reader("virtualization", windows.virtualization, ('{"HyperVisorPresent": true}',)),
    Reader("netstat", bsd_listeners, ("tcp4  0  0  *.22   *.*   LISTEN\ntcp6 0 0 ::1.8080 *.* LISTEN\n",)),
    Reader("rights", Look.parse, ("uid 0\nsudo 1\nsaid a\n",), (ValueError,)),
    Reader("room", parse_room, ("docker_kb=/dev/sda1 1000 800 200 80% /\nMemTotal: 1 kB\n",)),
    Reader("versions", numbers, ("v2.26.1-4",)),
    Reader(
        "short",
        lambda t: (short_ports((t, t)), port_mappings((t,)), tag_of(t), docker_time(t)),
        ("0.0.0.0:80->80/tcp", "2026-12-03T01:02:03.5Z", "a/b:1@sha256:0"),
    ),
    Reader("sizes", decimal_bytes, ("1.234GB (12%)", "10kB")),
    Reader(
        "repairs noted",
        lambda t: (added.parse(t.split("\n")), added.left_of(t.split("\n"))),
        ("docker.install 2026 x\n",),
    ),
    Reader("pins", read_pins, ("services:\n  api:\n    image: a@sha256:" + "0" * 64 + "\n",)),
    Reader(
        "certbot",
        explain,
        (
            "Detail: 1.2.3.4: Fetching http://a/.well-known: Timeout\nType: connection\n",
            "Type: unauthorized\nDetail: Invalid response from a: 404\n",
            "unrecognized arguments: --ip-address",
            "too many certificates, retry after 2026-12-03 01:02:03 UTC: see\n",
        ),
    ),
    Reader(
        "pull errors",
        lambda t: pull_error("a/b:1", t, 1, detail=t, now=1.8e9),
        (
            "toomanyrequests: retry-after: 5, limit 100;w=21600",
            "dial tcp: lookup a on 1.1.1.1:53: no such host",
        ),
    ),
    Reader("addresses", lambda t: [_is_outer(x) for x in t.split()], ("10.0.0.1 ::1 8.8.8.8",)),
)


@pytest.mark.parametrize("reader", LINES, ids=str)
@FEW
@given(data=st.data())
def test_parts_of_the_answer(reader: Reader, data: st.DataObject) -> None:
    reader.check(data)


@pytest.mark.parametrize(
    "reader", [r for r in LINES if r.name != "pins"], ids=str
)  # YAML has limits of its own
def test_long_parts(reader: Reader) -> None:
    reader.check_long()


@FEW
@given(data=st.data())
def test_the_whole_answer(data: st.DataObject) -> None:
    """A machine that answers anything is one that can be looked at: facts, or none."""
    text = spoil(data, text_of(data.draw(st.sampled_from(NAMES))))
    repr(answer.facts(text, MARK, "/opt/dify"))


def test_containers_that_publish_every_port() -> None:
    """Each line has a few characters, and would stand for a hundred thousand ports."""
    ports = "0.0.0.0:1-65535->1-65535/tcp, [::]:1-65535->1-65535/tcp"
    line = "\t".join(["a", "b", "running", "i", "p", "s", "/f", "Up", ports, "False"])
    found = list(answer.containers(f"{line}\n" * 40))
    assert len(found) == 40 and sum(len(c.ports) for c in found) == answer.MOST_PORTS
