"""Services that answer too much, too long or nonsense: each trial ends, in time and with a finding."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from installer.answers.external_services import Chosen
from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.external import asking, database, dialer, mysql, postgresql, run
from installer.external.asking import Channel, OtherAnswer, numbers
from installer.external.dialer import Line, _joined
from installer.external.redis import Session
from installer.state.plan_input import Situation
from tests.unit.external import doubles
from tests.unit.external.doubles import Talk, attempt, codes, my_packet, pg


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SECONDS", 1.0)
    monkeypatch.setattr(asking, "IN_ALL_SECONDS", 0.7)


class Said:
    """A socket from which *data* comes, and nothing else."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, size: int) -> bytes:
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def sendall(self, data: bytes) -> None:
        """Nobody reads it."""

    def settimeout(self, seconds: float) -> None:
        """Nothing waits."""


def says(data: bytes) -> Channel:
    """A channel on which *data* comes, and nothing else."""
    return Channel(cast("Line", SimpleNamespace(sock=Said(data))))


def greeting(salt: bytes = b"12345678", plugin: bytes = b"caching_sha2_password") -> bytes:
    body = b"\x0a8.0.40\0" + struct.pack("<I", 1) + salt + b"\0" + struct.pack("<H", 0xFFFF & ~0x800)
    body += (
        b"\x2d" + struct.pack("<HH", 2, 0x8) + bytes([21]) + b"\0" * 10 + b"B" * 12 + b"\0" + plugin + b"\0"
    )
    return my_packet(0, body)


LOGIN = database.Login("h", 1, "u", "pw", "d")

# ------------------------------------------------------------------------------ MySQL


@pytest.mark.parametrize(
    ("grant", "covers"),
    [
        ("GRANT CREATE ON `" + "%" * 40 + "x`.* TO ", False),
        ("GRANT CREATE ON `" + "%" * 40 + "`.* TO ", True),
        ("GRANT CREATE ON `dify%`.* TO `u`", True),
        ("GRANT CREATE ON `%plugin`.* TO `u`", True),
        ("GRANT CREATE ON `d%_%n`.* TO `u`", True),
        ("GRANT CREATE ON `dify\\_plugin`.* TO `u`", True),
        ("GRANT CREATE ON `dify_plugin%dify_plugin`.* TO `u`", False),
        ("GRANT ALL PRIVILEGES ON *.* TO `u`", True),
        ("GRANT SELECT ON *.* TO `u`", False),
        ("GRANT CREATE ON `other`.* TO `u`", False),
        ("GRANT CREATE ON `a``b`.* TO `u`", False),
        ("GRANT " + " ON `x" * 200_000, False),
    ],
)
def test_grants_are_compared_in_no_time(grant: str, covers: bool) -> None:
    began = time.thread_time()
    assert mysql._covers(grant, "dify_plugin") is covers
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("data", [b"\x0a8.0\0", b"", b"\x0a", b"\xff", b"\xff\x01", b"HTTP/1.1 400 Bad"])
def test_a_short_greeting_of_mysql(data: bytes) -> None:
    with pytest.raises((OtherAnswer, database.Refused)):
        mysql.Session(says(my_packet(0, data)))


@pytest.mark.parametrize(
    "answers",
    [
        [b"\xfecaching_sha2_password\0", b"\x01\x04", b"\x01nokey"],
        [b"\xfecaching_sha2_password\0\0\0", b"\x01\x04"],
        [b"\x01\x04", b"\x01-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
        [b""],
        [b"\x01"],
        [b"\xff"],
        [b"\xfe"],
    ],
)
def test_a_login_to_mysql_that_goes_wrong(answers: list[bytes]) -> None:
    session = mysql.Session(says(greeting() + b"".join(my_packet(n, a) for n, a in enumerate(answers))))
    with pytest.raises((OtherAnswer, database.Refused, asking.Ended)):
        session.log_in(LOGIN)


@pytest.mark.parametrize("answer", [b"", b"\x01", b"\xfbfile", b"\xff", b"\x02"])
def test_rows_of_mysql_that_are_none(answer: bytes) -> None:
    session = mysql.Session(says(greeting() + my_packet(0, answer)))
    with pytest.raises((OtherAnswer, database.Refused, asking.Ended)):
        session.query("x")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (b"\3abc\xfb", "abc"),
        (b"\xfb\3abc", ""),
        (b"\xfc\4\0abcd", "abcd"),
        (b"\xfd\1\0\0a", "a"),
        (b"\xfe" + b"\xff" * 8 + b"ab", "ab"),
        (b"\x20ab", "ab"),
        (b"\xfc", ""),
        (b"", ""),
    ],
)
def test_the_first_column_of_a_row(row: bytes, text: str) -> None:
    assert mysql._first(row) == text


def test_what_answers_instead_of_mysql_is_shown() -> None:
    with pytest.raises(OtherAnswer) as caught:
        mysql.Session(says(b"HTTP/1.1 400 Bad Request"))
    assert caught.value.said == "HTTP/1.1 400 Bad Request"


def test_rows_without_an_end() -> None:
    start = my_packet(0, b"\x01") + my_packet(1, b"column") + my_packet(2, b"\xfe\0\0\0\0")
    session = mysql.Session(says(greeting() + start + my_packet(3, b"\x01a") * 2000))
    with pytest.raises(OtherAnswer):
        session.query("SHOW GRANTS")


# ------------------------------------------------------------------------- PostgreSQL


@pytest.mark.parametrize(
    "rounds", [b"2147483647", b"99999999999", b"0", b"-1", b"9" * 5000, b"x", b"", b"\xb2"]
)
def test_rounds_of_a_password_s_hash_have_a_limit(rounds: bytes) -> None:
    scram = postgresql._Scram("pw")
    began = time.monotonic()
    with pytest.raises((database.Refused, OtherAnswer)):
        scram.final(b"r=" + scram._nonce.encode() + b"x,s=YWJj,i=" + rounds)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("said", [b"zzz", b"", b"\xff", b",,,", b"r", b"r=x,s=%,i=1"])
def test_a_proof_that_is_none(said: bytes) -> None:
    scram = postgresql._Scram("p")
    for step in (scram.final, scram.verify):
        with pytest.raises((database.Refused, OtherAnswer)):
            cast("Callable[[bytes], object]", step)(said)


@pytest.mark.parametrize(
    "message",
    [
        pg(b"S", b"abc"),
        pg(b"S", b""),
        pg(b"R", b""),
        pg(b"R", b"\0\0\0\x0b"),
        pg(b"E", b""),
        b"S\0\0\0\0",
        b"S\x7f\xff\xff\xff",
        pg(b"S", b"n\0v\0") * 100_000,
    ],
)
def test_a_start_of_postgresql_that_goes_wrong(message: bytes) -> None:
    session = postgresql.Session(says(message[: 1 << 16]))
    with pytest.raises((database.Refused, OtherAnswer, asking.Ended)):
        session.start(LOGIN)
    assert len(session.parameters) <= 100


def test_rows_of_postgresql_are_counted_and_not_kept() -> None:
    session = postgresql.Session(says(pg(b"D", b"\xff\xff") * 1500 + pg(b"C", b"OK\0") + pg(b"Z", b"I")))
    assert session.query("x") == 1500


@pytest.mark.parametrize("kind", [b"D\0\0\0\3", b"D\xff\xff\xff\xff", b"D\0\x10\0\5", b"HTTP/1.1", b"\0" * 5])
def test_what_begins_no_message_of_postgresql(kind: bytes) -> None:
    with pytest.raises(OtherAnswer) as caught:
        postgresql.Session(says(kind + b" 400 Bad")).query("x")
    assert caught.value.said.endswith("400 Bad")


# ------------------------------------------------------------------------------ Redis


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n" * 3000,
        b"*100000000\r\n",
        b"$10000000000\r\n",
        b"$" + b"9" * 5000 + b"\r\n",
        b"*\xb2\r\n",
        b"$--1\r\n",
        b"*-5\r\n",
        b"+" + b"x" * 60_000,
        b"",
    ],
)
def test_an_answer_of_redis_without_an_end(data: bytes) -> None:
    with pytest.raises((OtherAnswer, asking.Ended)):
        Session(says(data)).ask("PING")


@pytest.mark.parametrize("port", ["x", "99999", "0", "9" * 5000, "²"])
def test_a_sentinel_that_names_no_port(port: str) -> None:
    with doubles.talking(
        doubles.redis({"SENTINEL": f"*2\r\n{doubles.bulk('h')}\r\n{doubles.bulk(port)}"})
    ) as number:
        values = {
            "REDIS_SENTINELS": f"127.0.0.1:{number}",
            "REDIS_SENTINEL_SERVICE_NAME": "m",
            "REDIS_USE_SENTINEL": "true",
        }
        tested = attempt("redis", "sentinel", values)
    assert set(codes(tested)) <= {"external.missing", "external.other_answer", "external.closed"}


# ------------------------------------------------------------------- for every service


def drips(first: bytes = b"", piece: bytes = b"x", pause: float = 0.05) -> Talk:
    """Says a little now and then, for ever."""

    def talk(link: socket.socket) -> None:
        link.sendall(first)
        while True:
            time.sleep(pause)
            link.sendall(piece)

    return talk


VALUES = {
    ("database", "postgresql"): {"DB_HOST": "127.0.0.1", "DB_USERNAME": "u", "DB_PASSWORD": "p"},
    ("database", "mysql"): {"DB_HOST": "127.0.0.1", "DB_USERNAME": "u", "DB_PASSWORD": "p"},
    ("redis", "single"): {"REDIS_HOST": "127.0.0.1"},
    ("mail", "smtp"): {"SMTP_SERVER": "127.0.0.1", "SMTP_USE_TLS": "false"},
    ("stores", "qdrant"): {},
}
PORTS = {"database": "DB_PORT", "redis": "REDIS_PORT", "mail": "SMTP_PORT"}


@pytest.mark.parametrize("service", VALUES, ids=lambda s: s[1])
@pytest.mark.parametrize("first", [b"", b"220 a\r\n", b"HTTP/1.1 200 OK\r\n", b"S"])
def test_a_service_that_drips_is_waited_for_so_long_only(service: tuple[str, str], first: bytes) -> None:
    with doubles.talking(drips(first)) as port:
        values = dict(VALUES[service])
        values[PORTS.get(service[0], "QDRANT_URL")] = (
            str(port) if service[0] in PORTS else f"http://127.0.0.1:{port}"
        )
        began = time.monotonic()
        tested = attempt(*service, values)
    assert time.monotonic() - began < 6 and tested.findings


def test_a_connection_gives_so_many_bytes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialer, "MOST_RECEIVED", 200_000)
    near, far = socket.socketpair()
    line = _joined(near, framed=False)
    line.sock.settimeout(5)
    far.settimeout(5)
    taken = 0
    with contextlib.suppress(OSError):  # the other end was closed
        for _ in range(200):
            far.sendall(b"x" * 65536)
            taken += len(line.sock.recv(1 << 20))
    assert taken <= 200_000 + 65536
    line.close()
    far.close()


def test_complaints_of_the_relay_do_not_fill_the_memory() -> None:
    near, far = socket.socketpair()
    far.close()
    line = Line(near)
    for _ in range(1000):
        line.complain("x" * 10_000)
    line.over()
    assert len(line.said()) <= 2000
    line.close()


@pytest.mark.parametrize("error", [KeyError("a"), RecursionError(), struct.error("b"), ZeroDivisionError()])
def test_what_nothing_foresaw_is_a_finding(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(run, "_scene", lambda *_: None)
    monkeypatch.setattr(run, "WAYS", {"redis": fails})
    line = cast("dialer.Dialer", SimpleNamespace(place="server"))
    tested = run.try_one(Chosen("redis", "single"), cast("Situation", None), line, None)
    (problem,) = tested.findings
    assert problem.code is Code.EXTERNAL_UNTESTED and problem.params["reason"] == "other"


def test_a_cancel_and_a_lost_line_are_no_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    line = cast("dialer.Dialer", SimpleNamespace(place="server"))
    monkeypatch.setattr(run, "_scene", lambda *_: None)
    for error in (Cancelled(), InstallError(Code.SSH_CONNECTION_LOST)):

        def fails(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(run, "WAYS", {"redis": fails})
        with pytest.raises(type(error)):
            run.try_one(Chosen("redis", "single"), cast("Situation", None), line, None)


def test_what_a_service_says_is_shown_short_and_without_control_characters() -> None:
    nasty = "\x1b]52;c;aGk=\x07\nAll good\u202e" + "x" * 5000
    with doubles.talking(doubles.postgresql_refusing("28P01", nasty)) as port:
        tested = attempt("database", "postgresql", {**VALUES["database", "postgresql"], "DB_PORT": str(port)})
    (problem,) = tested.findings
    said = problem.params["said"]
    assert len(said) <= 500 and said.isprintable() and problem.detail == said


def test_versions_of_any_form() -> None:
    assert [numbers(t) for t in ("17.6 (Debian)", "8.0.40", "x", "²", "9" * 5000, "1.2.3.4", "1..2")] == [
        *((17, 6), (8, 0, 40), (0,), (0,), (999999999,), (1, 2, 3), (1,)),
    ]


def test_no_base64_of_a_mail_server() -> None:
    def talk(link: socket.socket) -> None:
        link.sendall(b"220 hi\r\n")
        link.recv(1000)
        link.sendall(b"250-a\r\n250 AUTH CRAM-MD5\r\n")
        link.recv(1000)
        link.sendall(b"334 " + base64.b64encode(b"x")[:3] + b"\r\n")
        link.recv(1000)

    with doubles.talking(talk) as port:
        values = {
            **VALUES["mail", "smtp"],
            "SMTP_PORT": str(port),
            "SMTP_USERNAME": "u",
            "SMTP_PASSWORD": "p",
        }
        tested = attempt("mail", "smtp", values)
    assert codes(tested) == ["external.mail"]
