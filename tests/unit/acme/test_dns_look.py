"""What a name leads to, asked by this computer and by the server, and waiting for it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from installer.acme import dns_look
from installer.acme.dns import Names, look_up, look_up_under
from installer.acme.dns_look import DnsLook, look_dns, wait_for_dns
from installer.acme.records import DnsRecord, records_of
from installer.cli.dns import dns_lines
from installer.cli.main import main
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code
from installer.core.resources import read_text, table
from installer.hosts.base import Command
from installer.texts import LANGUAGES, Texts
from tests.fakes.host import Expected, FakeHost, ok
from tests.unit.acme.situations import NAME, asked

FOUR, SIX, OTHER = "8.8.4.4", "2001:4860:4860::8844", "1.1.1.1"
NOWHERE, HERE = Names(), Names((FOUR,))
SILENT = Names(known=False)


def seen(here: Names, server: Names = SILENT, *, name: str = NAME, own: tuple[str, ...] = (FOUR,)) -> DnsLook:
    return DnsLook(name, here, server, own, True, 0.0)


@pytest.mark.parametrize(
    ("look", "done"),
    [
        (seen(HERE, HERE), True),
        (seen(HERE), True),  # the server could not be asked
        (seen(SILENT, HERE), True),
        (seen(SILENT), False),
        (seen(NOWHERE, HERE), False),
        (seen(HERE, NOWHERE), False),  # the server's resolver still keeps the answer of before
        (seen(Names((OTHER,)), HERE), False),
        (seen(HERE, own=(FOUR, SIX)), True),  # IPv6 is not needed
        (seen(Names((OTHER,)), own=("192.168.1.10",)), True),  # behind a router: nothing speaks against it
        (seen(NOWHERE, own=("192.168.1.10",)), False),
        (seen(SILENT, name="8.8.4.4"), True),  # an address needs no record
    ],
)
def test_when_there_is_nothing_left_to_wait_for(look: DnsLook, done: bool) -> None:
    assert look.done is done
    assert look.problem is None or not done


@pytest.mark.parametrize(
    ("look", "code", "reason", "records"),
    [
        (seen(NOWHERE), Code.TLS_DNS_MISSING, "value", [DnsRecord("A", NAME, FOUR)]),
        (seen(HERE, NOWHERE), Code.TLS_DNS_MISSING, "value", [DnsRecord("A", NAME, FOUR)]),
        (
            seen(NOWHERE, own=(FOUR, SIX)),
            Code.TLS_DNS_MISSING,
            "more",
            [DnsRecord("A", NAME, FOUR), DnsRecord("AAAA", NAME, SIX, optional=True)],
        ),
        (seen(NOWHERE, own=()), Code.TLS_DNS_MISSING, "unknown", [DnsRecord("A", NAME, "")]),
        (seen(Names((OTHER,))), Code.TLS_DNS_WRONG, "value", [DnsRecord("A", NAME, FOUR)]),
        (seen(Names((FOUR,), (SIX,))), Code.TLS_DNS_WRONG, "six", [DnsRecord("AAAA", NAME, SIX, True)]),
        (seen(Names((FOUR, OTHER))), Code.TLS_DNS_WRONG, "removed", [DnsRecord("A", NAME, OTHER, True)]),
        (
            seen(Names((OTHER,), (SIX,))),
            Code.TLS_DNS_WRONG,
            "both",
            [DnsRecord("A", NAME, FOUR), DnsRecord("AAAA", NAME, SIX, True)],
        ),
    ],
)
def test_the_finding_has_the_exact_records(
    look: DnsLook, code: Code, reason: str, records: list[DnsRecord]
) -> None:
    error = look.problem
    assert error is not None and (error.code, error.params["reason"]) == (code, reason)
    assert [*records_of(error.params)] == records == [*look.records]
    for language in LANGUAGES:
        said = Texts(language).explain(error.code, error.params)
        assert "?" not in said.do and all(r.value in said.do for r in records), said.do
        lines = [*dns_lines(look, Texts(language))]
        assert all(any(r.value in line and r.type in line for line in lines) for r in records)


# ------------------------------------------------------------------------- asking


class Resolver:
    """What this computer is told: for the site's name each time the next."""

    def __init__(self, *answers: Names) -> None:
        self.answers = [*answers]

    def __call__(self, name: str, _cancel: CancelToken) -> Names:
        if name != NAME:
            return Names((FOUR,))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def there(*lines: str) -> FakeHost:
    def is_script(command: Command) -> bool:
        return command.argv == ("sh", "-s", "--", NAME) and not command.admin

    answer = ok("\n".join(lines) + "\n")
    return FakeHost([Expected(is_script, answer, contains=("getent",), times=None)])


@pytest.mark.parametrize(
    ("lines", "server", "own"),
    [
        ((f"four {FOUR}", f"address {FOUR}", "address 172.17.0.1"), HERE, (FOUR, "172.17.0.1")),
        ((f"four {FOUR}", f"six {SIX}", f"address {SIX}"), Names((FOUR,), (SIX,)), (FOUR, SIX)),
        ((f"address {FOUR}",), NOWHERE, (FOUR,)),
        (("unknown", f"address {FOUR}"), SILENT, (FOUR,)),
        (("four 127.0.1.1", f"address {FOUR}"), SILENT, (FOUR,)),  # its own name in /etc/hosts
        (("four not-an-address", "address fe80::1", "noise"), SILENT, (FOUR,)),
        # only one of the two questions was answered
        ((f"four {FOUR}", "unknown", f"address {FOUR}"), HERE, (FOUR,)),
    ],
)
def test_what_the_server_says(
    lines: tuple[str, ...], server: Names, own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_look, "look_up_under", Resolver(HERE))
    look = look_dns(there(*lines), asked(), CancelToken())
    assert (look.here, look.server, look.addresses, look.name, look.public) == (HERE, server, own, NAME, True)
    assert not look_dns(there(*lines), asked(acme_server="https://ca.example.jp/d"), CancelToken()).public


def test_waiting_ends_once_the_record_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_look, "look_up_under", Resolver(NOWHERE, Names((OTHER,)), HERE))
    looks: list[DnsLook] = []
    host = there(f"four {FOUR}", f"address {FOUR}")
    last = wait_for_dns(host, asked(), CancelToken(), looks.append, every=0)
    assert [look.here for look in looks] == [NOWHERE, Names((OTHER,)), HERE]
    assert last is looks[-1] and last.done


def test_waiting_is_cancelled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_look, "look_up_under", Resolver(NOWHERE))
    cancel, began = CancelToken(), time.monotonic()
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        wait_for_dns(there(), asked(), cancel, lambda _look: None)
    assert time.monotonic() - began < 2


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    freed = threading.Event()

    def hang(*_: object) -> list[object]:
        freed.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    cancel, began = CancelToken(), time.monotonic()
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        look_up_under(NAME, cancel)
    freed.set()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (socket.gaierror(socket.EAI_NONAME, ""), True),
        (socket.gaierror(socket.EAI_AGAIN, ""), False),
        (UnicodeError("label too long"), False),
        (OSError(24, ""), False),
    ],
)
def test_no_address_is_told_from_nobody_to_ask(
    error: Exception, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[object]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert look_up(NAME) == Names((), (), known)
    assert look_up("8.8.4.4") == Names(("8.8.4.4",))


# ------------------------------------------------------------------------- the script, the command


def run_script(folder: Path, name: str, tools: dict[str, str]) -> Sequence[str]:
    """With *tools* (name → what they run) besides the usual ones."""
    for tool, body in tools.items():
        (folder / tool).write_text(f"#!/bin/sh\n{body}\n")
        (folder / tool).chmod(0o755)
    script = read_text("scripts/resolve.sh")
    path = f"{folder}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-s", "--", name], input=script, env={"PATH": path}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


GETENT = """case "$1 $2" in
"ahostsv4 127.0.0.1") echo "127.0.0.1 STREAM x";;
"ahostsv4 dify.example.jp") printf '8.8.4.4  STREAM dify.example.jp\\n8.8.4.4  DGRAM\\n8.8.4.4  RAW\\n';;
"ahostsv6 dify.example.jp") printf '::ffff:8.8.4.4 STREAM dify.example.jp\\n2001:db8::4 STREAM\\n';;
*) exit 2;;
esac"""
IP = """echo '2: eth0    inet 8.8.4.4/24 brd 8.8.4.255 scope global eth0'
echo '2: eth0    inet6 2001:db8::4/64 scope global'"""


def test_the_script(tmp_path: Path) -> None:
    own = ["address 8.8.4.4", "address 2001:db8::4"]
    tools = {"getent": GETENT, "ip": IP}
    assert run_script(tmp_path, NAME, tools) == ["four 8.8.4.4", "six 2001:db8::4", *own]
    assert run_script(tmp_path, "nowhere.example.jp", tools) == own
    assert run_script(tmp_path, "", tools) == own
    assert run_script(tmp_path, "$(touch x); -a", tools) == own
    assert run_script(tmp_path, NAME, {"getent": "exit 1", "ip": IP}) == ["unknown", *own]
    given_up = 'shift; [ "$3" = lost.example.jp ] && exit 124; exec "$@"'
    tools = {"getent": GETENT, "ip": IP, "timeout": given_up}
    assert run_script(tmp_path, "lost.example.jp", tools) == ["unknown", "unknown", *own]
    assert run_script(tmp_path, "nowhere.example.jp", tools) == own


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))
    file = tmp_path / "answers.toml"
    file.write_text(f'[target]\nkind = "local"\n[site]\naddress = "{NAME}"\n')
    return str(file)


def looking(*looks: DnsLook) -> Callable[..., DnsLook]:
    left = [*looks]
    return lambda *_: left.pop(0)


def test_the_command_tells_each_change_once(
    answers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dns_look, "look_dns", looking(seen(NOWHERE), seen(NOWHERE), seen(HERE)))
    monkeypatch.setitem(table("acme")["waiting"], "seconds", 0)
    assert main(["dns", "--answers", answers, "--wait", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [t["done"] for t in told] == [False, True]
    assert told[0]["records"] == [
        {"type": "A", "name": NAME, "value": FOUR, "remove": False, "optional": False}
    ]
    assert told[0]["here"] == {"a": [], "aaaa": [], "known": True} and not told[0]["server"]["known"]


def test_the_command_looks_once(
    answers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("installer.cli.dns.look_dns", looking(seen(NOWHERE)))
    assert main(["dns", "--answers", answers, "--language", "en"]) == 0
    assert f"To make: type A, name {NAME}, value {FOUR}" in capsys.readouterr().out
