"""First answers of external services (databases, Redis, storage): connected, or a finding."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.external import database, mysql, postgresql, redis
from installer.external.asking import Channel, Ended, OtherAnswer, numbers, older
from installer.external.dialer import Line, reason_of
from installer.external.s3 import _message, error_code
from installer.external.web import Answer
from installer.state.external_report import said
from tests.hostile.parsers import FEW, Reader
from tests.hostile.test_streams import of
from tests.unit.external.doubles import MY_OK, my_error, my_packet, pg, pg_error
from tests.unit.external.test_limits import Said, greeting

#: What the callers of a session turn into findings.
ANSWERS = (Ended, OtherAnswer, database.Refused, redis.Refused)


def channel(data: bytes) -> Channel:
    return Channel(cast("Line", SimpleNamespace(sock=Said(data))))


def as_mysql(data: bytes) -> object:
    session = mysql.Session(channel(data))
    session.log_in(database.Login("host", 3306, "user", "password", "database"))
    return session.version, session.query("SELECT 1")


def as_postgresql(data: bytes) -> object:
    session = postgresql.Session(channel(data))
    session.start(database.Login("host", 5432, "user", "password", "database"))
    return session.parameters, session.query("SELECT 1")


def as_redis(data: bytes) -> object:
    session = redis.Session(channel(data))
    return session.ask("INFO"), session.ask("PING"), redis._version(redis.Session(channel(data)))


def as_storage(data: bytes) -> object:
    answer = Answer(403, {}, data)
    return error_code(answer), _message(answer), answer.text


def words(text: str) -> object:
    return (
        said(text),
        numbers(text),
        older(text, "1.2"),
        reason_of(text),
        mysql._covers(text, "dify"),
    )


def latin(data: bytes) -> str:
    return data.decode("latin-1")


GREETING = my_packet(0, greeting(plugin=b"mysql_native_password"))
ROWS = (
    my_packet(1, b"\1")
    + my_packet(2, b"c")
    + my_packet(3, b"\xfe\0\0\0\0")
    + my_packet(4, b"\3abc\xfb")
    + my_packet(5, b"\xfe\0\0\0\0")
)
READY, ROW = pg(b"Z", b"I"), pg(b"D", b"\0\2" + struct.pack("!i", 3) + b"abc" + struct.pack("!i", -1))
LET_IN = pg(b"R", struct.pack("!I", 0)) + pg(b"S", b"server_version\x0017.6\0") + READY
SCRAM = pg(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0") + pg(
    b"R", struct.pack("!I", 11) + b"r=a,s=AA==,i=4096"
)
READERS = (
    Reader(
        "mysql",
        of(as_mysql),
        tuple(
            map(
                latin,
                (
                    GREETING + my_packet(2, MY_OK) + ROWS,
                    GREETING + my_packet(2, my_error(1045, "denied")),
                    GREETING + my_packet(2, b"\1\4") + my_packet(4, b"-----BEGIN PUBLIC KEY-----"),
                ),
            )
        ),
        ANSWERS,
    ),
    Reader(
        "postgresql",
        of(as_postgresql),
        tuple(
            map(
                latin,
                (
                    LET_IN + ROW + pg(b"C", b"OK\0") + READY,
                    pg_error("28P01", "wrong"),
                    SCRAM,
                    pg(b"R", struct.pack("!I", 5) + b"salt"),
                ),
            )
        ),
        ANSWERS,
    ),
    Reader(
        "redis",
        of(as_redis),
        ("$19\r\nredis_version:7.2.1\r\n+PONG\r\n", "-NOAUTH x\r\n", "*2\r\n:1\r\n*1\r\n$-1\r\n+OK\r\n"),
        ANSWERS,
    ),
    Reader("storage", of(as_storage), ("<Error><Code>AccessDenied</Code><Message>no</Message></Error>",)),
    Reader("sentinels", lambda text: redis.addresses(text, 26379), ("h:26379,[::1]:1",)),
    Reader(
        "words", words, ("17.6 (Debian)", "GRANT ALL PRIVILEGES ON `di\\_fy`.* TO `a`@`%`", "h:26379,[::1]:1")
    ),
)


@pytest.mark.parametrize("reader", READERS, ids=str)
@FEW
@given(data=st.data())
def test_services(reader: Reader, data: st.DataObject) -> None:
    reader.check(data)


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_long_services(reader: Reader) -> None:
    reader.check_long()
