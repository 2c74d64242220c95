"""The network job: its script runs for real on this machine against own servers; its answer is parsed."""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installer.answers import Answers
from installer.answers.model import Target
from installer.core.resources import read_text
from installer.network.gather import endpoints, gather_network
from installer.network.model import Endpoint, Machine, NetworkFacts, Reach, Way
from installer.network.parse import network_facts, providers, reason, recognise
from installer.release.source import Release
from tests.fakes.host import Expected, FakeHost, ok

MARK = "==x"


def answer(*lines: str) -> str:
    return "".join(f"{MARK}\t{line}\n" for line in lines) + f"{MARK}\tend\n"


def way(name: str, family: str, *, status: str = "", date: str = "", error: str = "", now: str = "0") -> str:
    return f"way\t{name}\t{family}\t{status}\t\t0.25\t{date}\t{error}\t{now}"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("(6) Could not resolve host: registry-1.docker.io", "name"),
        ("could not resolve: [Errno -2] Name or service not known", "name"),
        ("wget: unable to resolve host address 'x'", "name"),
        ("(28) Connection timed out after 10001 milliseconds", "timeout"),
        ("TimeoutError: timed out", "timeout"),
        ("(7) Failed to connect to x port 443: Connection refused", "refused"),
        ("(7) Failed to connect to x: Network is unreachable", "route"),
        ("(35) OpenSSL SSL_connect: Connection reset by peer in connection to x:443", "tls"),
        ("SSLCertVerificationError: certificate has expired", "tls"),
        ("(56) CONNECT tunnel failed, response 403", "proxy"),
        ("not asked: no tool", "not_asked"),
        ("(92) HTTP/2 stream 1 was not closed cleanly", "other"),
    ],
)
def test_what_tools_say(text: str, word: str) -> None:
    assert reason(text) == word


def test_an_answer() -> None:
    facts = network_facts(
        answer(
            "tool\tcurl",
            "resolvers\t/etc/resolv.conf\t127.0.0.53 ",
            "resolvers\t/run/systemd/resolve/resolv.conf\t192.0.2.1 2001:db8::1 ",
            "ipv6\taddress",
            "ipv6\troute",
            "mirrors\thttps://mirror.example/ ",
            "endpoint\tregistry\thttps://registry-1.docker.io/v2/\t",
            "name\tregistry\t4\t198.51.100.1 198.51.100.2 ",
            "name\tregistry\t6\t2001:db8::5 ",
            way("registry", "4", status="401", date="Wed, 25 Nov 2026 10:00:00 GMT", now="1795600890"),
            way("registry", "6", status="000", error="(28) timed out"),
            "endpoint\tmirror1\thttps://mirror.example/v2/\thttp://***@proxy.example:3128",
            way("mirror1", "p", status="403"),
            "dmi\tsys_vendor\tHetzner",
            "cloud\t",
            "domain\t srv1",
            "reverse\t203.0.113.5\tstatic.5.113.0.203.clients.your-server.de",
        ),
        MARK,
    )
    assert facts is not None
    registry = facts.endpoint("registry")
    assert registry.v4 == Way(Reach("open", ""), ("198.51.100.1", "198.51.100.2"), 401, 0.25)
    assert registry.v6.reach == Reach("closed", "timeout", "(28) timed out")
    assert registry.v6.addresses == ("2001:db8::5",) and registry.host == "registry-1.docker.io"
    assert registry.reach.open and registry.status == 401
    (mirror,) = facts.mirror_endpoints
    assert (mirror.proxy, mirror.through.status, mirror.reach.state) == (
        "http://***@proxy.example:3128",
        403,
        "open",
    )
    assert facts.resolvers == ("192.0.2.1", "2001:db8::1")
    assert facts.mirrors == ("https://mirror.example/",)
    assert (facts.ipv6_address, facts.ipv6_route) == (True, True)
    assert facts.clock_offset == 90
    assert facts.provider == "hetzner"
    assert facts.endpoint("never_asked").reach.state == "unknown"


def test_an_answer_that_is_cut_off_is_none() -> None:
    whole = answer("tool\tcurl")
    assert network_facts(whole.replace("\tend", ""), MARK) is None
    assert network_facts("", MARK) is None


def test_noise_of_a_login_shell_does_no_harm() -> None:
    noisy = "WELCOME\tregistry\n" + answer("tool\tcurl", "way\tghost\t4", "endpoint", "name\tx") + "bye\n"
    facts = network_facts(noisy, MARK)
    assert facts is not None and facts.tool == "curl"


def test_nobody_told_the_time() -> None:
    facts = network_facts(answer("tool\tbash", "endpoint\ta\thttps://a/\t", way("a", "4", date="soon")), MARK)
    assert facts is not None and facts.clock_offset is None


def test_one_old_date_of_a_cache_does_not_count() -> None:
    dates = [
        "Wed, 25 Nov 2026 10:00:00 GMT",
        "Wed, 25 Nov 2026 10:00:01 GMT",
        "Wed, 25 Nov 2020 10:00:00 GMT",
    ]
    lines = [way("a", str(n), status="200", date=date, now="1795600801") for n, date in enumerate(dates)]
    facts = network_facts(answer("endpoint\ta\thttps://a/\t", *lines), MARK)
    assert facts is not None and facts.clock_offset == 1


def test_which_way_counts() -> None:
    closed = Way(Reach("closed", "timeout"))
    noroute, nameless = Way(Reach("closed", "route")), Way(Reach("closed", "name"))
    good = Way(Reach("open", ""), status=200)
    assert Endpoint("a", "", v4=closed, v6=good).reach.open
    assert Endpoint("a", "", v4=closed, v6=noroute).reach.reason == "timeout"
    assert Endpoint("a", "", v4=nameless, v6=closed).reach.reason == "timeout"
    assert Endpoint("a", "", v4=nameless, v6=nameless).reach.reason == "name"
    assert Endpoint("a", "").reach.state == "unknown"
    assert Endpoint("a", "", proxy="http://p", v4=closed, through=good).reach.open
    assert Endpoint(
        "a", "", v4=Way(Reach("unknown", "tool")), v6=Way(Reach("unknown", "tool"))
    ).reach == Reach("unknown", "tool")


@pytest.mark.parametrize(("status", "state"), [("407", "unknown"), ("503", "closed"), ("404", "open")])
def test_statuses(status: str, state: str) -> None:
    facts = network_facts(answer("endpoint\ta\thttps://a/\t", way("a", "4", status=status)), MARK)
    assert facts is not None and facts.endpoint("a").v4.reach.state == state


# ------------------------------------------------------------------------------ what is asked


def test_what_is_asked_follows_from_the_answers() -> None:
    asked = {line.split()[0]: line for line in endpoints(Answers(), "1.16.1")}
    assert asked["registry"] == "registry daemon https://registry-1.docker.io/v2/"
    assert asked["release"] == "release env https://github.com/"
    assert asked["release_archive"] == "release_archive env https://codeload.github.com/"
    assert asked["image"] == "image daemon /v2/langgenius/dify-api/manifests/1.16.1"
    own = Answers(release=Release(source="https://user:pw@mirror.example:8443/github"))
    assert "release env https://mirror.example:8443/" in endpoints(own)
    archive = endpoints(Answers(release=Release(source="/tmp/dify.tar.gz")))
    assert not any(line.startswith(("release", "image")) for line in archive)


def test_gathering_is_one_request() -> None:
    text = "\n".join(["tool\tcurl", "end"])

    def reply(command: object) -> object:
        argv = command.argv  # type: ignore[attr-defined]
        return ok("".join(f"{argv[3]}\t{line}\n" for line in text.splitlines()))

    with FakeHost([Expected(lambda c: c.argv[:3] == ("sh", "-s", "--"), reply)]) as host:  # type: ignore[arg-type]
        facts = gather_network(host, Answers(target=Target(host="203.0.113.5")))
    assert facts.tool == "curl"
    assert host.commands[0].argv[5] == "203.0.113.5"


# ------------------------------------------------------------------------------ the script, for real


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def web() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def folder_of(tmp_path: Path, *tools: str) -> str:
    """A PATH with only the usual small programs and *tools*."""
    small = (
        "sh",
        "sed",
        "tr",
        "cut",
        "cat",
        "grep",
        "head",
        "tail",
        "date",
        "timeout",
        "true",
        "getent",
        "hostname",
    )
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    for name in (*small, *tools):
        found = shutil.which(name)
        if found and not (folder / name).exists():
            (folder / name).symlink_to(found)
    return str(folder)


def run_script(
    tmp_path: Path, tools: tuple[str, ...], *asked: str, env: dict[str, str] | None = None
) -> NetworkFacts:
    text = "\n".join(
        line for line in read_text("scripts/network.sh").splitlines() if not line.startswith("PATH=")
    )
    words = ["sh", "-s", "--", MARK, "2", "", *asked]
    environment = {"PATH": folder_of(tmp_path, *tools), **(env or {})}
    done = subprocess.run(
        words, check=False, input=text, capture_output=True, text=True, env=environment, timeout=60
    )
    facts = network_facts(done.stdout, MARK)
    assert facts is not None, done
    return facts


TOOLS = [("curl",), ("python3",), ("wget",), ("bash",)]


@pytest.mark.parametrize("tools", TOOLS, ids=lambda t: t[0])
def test_every_tool_tells_open_from_closed(tmp_path: Path, tools: tuple[str, ...]) -> None:
    if shutil.which(tools[0]) is None:
        pytest.skip(f"no {tools[0]} here")
    with socket.socket() as free, web() as port:
        free.bind(("127.0.0.1", 0))  # bound, not listening: refused
        closed = free.getsockname()[1]
        facts = run_script(
            tmp_path,
            tools,
            f"good direct http://127.0.0.1:{port}/v2/",
            f"bad direct http://127.0.0.1:{closed}/",
            "nameless direct http://no-such-name.invalid/",
        )
    assert facts.tool == tools[0]
    good = facts.endpoint("good")
    assert good.reach.open, good
    assert good.status == (0 if tools == ("bash",) else 401)
    assert facts.endpoint("bad").v4.reach.state == "closed"
    assert facts.endpoint("nameless").reach.reason == "name"
    if tools != ("bash",):
        assert facts.clock_offset is not None and abs(facts.clock_offset) < 5


def test_without_a_tool_nothing_is_claimed(tmp_path: Path) -> None:
    facts = run_script(tmp_path, (), "a direct http://127.0.0.1:1/")
    assert facts.tool == "" and facts.endpoint("a").reach == Reach("unknown", "tool", "not asked: no tool")


@pytest.mark.parametrize("tools", TOOLS[:3], ids=lambda t: t[0])
def test_a_proxy_is_used_and_its_password_is_not_told(tmp_path: Path, tools: tuple[str, ...]) -> None:
    if shutil.which(tools[0]) is None:
        pytest.skip(f"no {tools[0]} here")
    with web() as port:  # as a proxy: it answers whatever it is asked for
        env = {
            "http_proxy": f"http://user:geheim@127.0.0.1:{port}",
            "no_proxy": "direct.invalid, .inside.invalid",
        }
        facts = run_script(
            tmp_path,
            tools,
            "through env http://somewhere.invalid/",
            "except env http://direct.invalid/",
            "inside env http://a.inside.invalid/",
            "plain direct http://elsewhere.invalid/",
            env=env,
        )
    through = facts.endpoint("through")
    assert through.proxy == f"http://***@127.0.0.1:{port}"
    assert through.through.status == 401 and through.reach.open
    for name in ("except", "inside", "plain"):
        assert facts.endpoint(name).proxy == "" and facts.endpoint(name).reach.reason == "name"
    assert "geheim" not in repr(facts)


@pytest.mark.parametrize("tools", TOOLS, ids=lambda t: t[0])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_no_part_of_a_proxy_s_password_is_told(tmp_path: Path, tools: tuple[str, ...], scheme: str) -> None:
    """An @ in it, which tools read differently and quote in what they say; an address without a scheme."""
    if shutil.which(tools[0]) is None:
        pytest.skip(f"no {tools[0]} here")
    env = {"http_proxy": f"{scheme}user:vor@geheim@127.0.0.1:1"}
    facts = run_script(tmp_path, tools, "through env http://somewhere.invalid/", env=env)
    assert facts.endpoint("through").proxy == f"{scheme}***@127.0.0.1:1"
    assert "geheim" not in repr(facts) and "vor" not in repr(facts)


def test_all_questions_are_asked_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, never answers
        port = silent.getsockname()[1]
        began = time.monotonic()
        asked = [f"a{n} direct http://127.0.0.1:{port}/" for n in range(6)]
        facts = run_script(tmp_path, ("python3",), *asked)
        spent = time.monotonic() - began
    assert {e.v4.reach.reason for e in facts.endpoints} == {"timeout"}
    assert spent < 9  # 2 s each: 12 one after the other


# ------------------------------------------------------------------------------ providers


@pytest.mark.parametrize(
    ("machine", "provider"),
    [
        (Machine(reverse="v118-27-1-2.abcd.static.cnode.io"), "conoha"),
        (Machine(reverse="ik1-123-45678.vs.sakura.ne.jp"), "sakura"),
        (Machine(reverse="x162-43-1-2.static.xvps.ne.jp", dmi={"sys_vendor": "QEMU"}), "xserver"),
        (Machine(dmi={"sys_vendor": "Amazon EC2"}), "aws"),
        (Machine(dmi={"product_name": "Google Compute Engine", "sys_vendor": "Google"}), "gcp"),
        (Machine(dmi={"chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}), "azure"),
        (Machine(dmi={"chassis_asset_tag": "OracleCloud.com", "sys_vendor": "QEMU"}), "oracle"),
        (Machine(dmi={"sys_vendor": "Hetzner"}), "hetzner"),
        (Machine(dmi={"sys_vendor": "DigitalOcean"}), "digitalocean"),
        (Machine(dmi={"sys_vendor": "Vultr"}), "vultr"),
        (Machine(reverse="172-1-2-3.ip.linodeusercontent.com"), "linode"),
        (Machine(reverse="vps-1a2b3c4d.vps.ovh.net", dmi={"sys_vendor": "OpenStack Foundation"}), "ovh"),
        (Machine(cloud="aliyun"), "alibaba"),
        (Machine(dmi={"sys_vendor": "QEMU", "product_name": "Standard PC"}), ""),
        (Machine(domain="example.com myvps"), ""),
        (Machine(), ""),
    ],
)
def test_providers_are_recognised(machine: Machine, provider: str) -> None:
    assert recognise(machine) == provider


def test_every_provider_is_whole() -> None:
    for name, entry in providers().items():
        assert entry["source"] and entry["link"].startswith("https://"), name
        assert entry["filter"] in {"security_group", "packet_filter", "firewall"}, name
        assert entry["default"] in {"open", "closed", "chosen"}, name
        assert any(key in entry for key in ("reverse", "domain", "cloud", "dmi")), name
