"""What trying a service finds, against doubles at the level of the protocol; the real servers are in the lab
(``tests/lab_apply/test_external.py``)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from installer.core.errors import InstallError
from installer.docker.exec_stream import unframed
from installer.external import asking, dialer, mysql, s3, web
from installer.external.asking import numbers, older
from installer.external.dialer import _joined, reason_of
from installer.external.redis import addresses
from tests.unit.external import doubles
from tests.unit.external.doubles import MY_OK, Talk, as_json, attempt, bulk, codes, my_error, my_packet


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.6)
    monkeypatch.setattr(web, "_QUIET_SECONDS", 0.3)


def database(port: int, **more: str) -> dict[str, str]:
    base = {"DB_HOST": "127.0.0.1", "DB_USERNAME": "dify", "DB_PASSWORD": "pw", "DB_DATABASE": "dify"}
    return {**base, "DB_PORT": str(port), **more}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# ----------------------------------------------------------------------- PostgreSQL


def test_a_good_postgresql() -> None:
    with doubles.talking(doubles.postgresql()) as port:
        tested = attempt("database", "postgresql", database(port), plugins=True)
    assert codes(tested) == [] and tested.version == "17.6"
    assert dict(tested.marks) == {
        "reach": "ok",
        "tls": "none",
        "login": "ok",
        "version": "ok",
        "rights": "ok",
    }


@pytest.mark.parametrize(
    ("version", "dify", "code"),
    [
        ("11.22", "1.16.1", "external.version_old"),
        ("12", "0.15.3", "external.version_old"),
        ("13.1 (Debian 13.1-1)", "1.16.1", None),
        ("18.3", "1.14.2", "external.version_unfit"),
        ("18.3", "1.16.1", None),
        ("18.3", "1.4.3", None),
    ],
)
def test_versions_of_postgresql(version: str, dify: str, code: str | None) -> None:
    with doubles.talking(doubles.postgresql(version)) as port:
        tested = attempt("database", "postgresql", database(port), version=dify)
    assert codes(tested) == ([code] if code else [])


@pytest.mark.parametrize(
    ("state", "text", "code", "reason"),
    [
        ("28P01", "password authentication failed", "external.login_refused", "password"),
        ("28000", "no pg_hba.conf entry for host, no encryption", "external.tls", "needed"),
        ("28000", "no pg_hba.conf entry for host", "external.login_refused", "address"),
        ("3D000", "database does not exist", "external.missing", "database"),
        ("53300", "too many clients", "external.login_refused", "other"),
    ],
)
def test_refusals_of_postgresql(state: str, text: str, code: str, reason: str) -> None:
    with doubles.talking(doubles.postgresql_refusing(state, text)) as port:
        tested = attempt("database", "postgresql", database(port))
    (problem,) = tested.findings
    assert (problem.code.value, problem.params["reason"]) == (code, reason)


@pytest.mark.parametrize(
    ("begin", "state", "reason"),
    [
        ("CREATE TABLE", "42501", "table"),
        ("CREATE TABLE", "25006", "read_only"),
        ("CREATE EXT", "42501", "extension"),
    ],
)
def test_rights_in_postgresql(begin: str, state: str, reason: str) -> None:
    with doubles.talking(doubles.postgresql(refuse={begin: (state, "no")})) as port:
        tested = attempt("database", "postgresql", database(port))
    assert [p.params["reason"] for p in tested.findings] == [reason]
    assert tested.marks["rights"] == "stop"


def test_the_plugin_daemon_s_database() -> None:
    """Not there, and it may not make it: its second question is asked of the default one."""
    missing = doubles.postgresql_refusing("3D000", "no such database")
    with doubles.talking(doubles.postgresql(), missing, doubles.postgresql()) as port:
        tested = attempt("database", "postgresql", database(port, DB_PLUGIN_DATABASE="plug"), plugins=True)
    (problem,) = tested.findings
    assert (problem.code.value, problem.params["name"]) == ("external.missing", "plug")


# ----------------------------------------------------------------------------- MySQL


def native(data: bytes, number: int) -> bytes:
    """Everything is fine; a question for rows gets none."""
    return my_packet(number, MY_OK)


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("8.0.40", []),
        ("5.7.44-log", ["external.version_old"]),
        ("5.5.5-10.11.6-MariaDB", ["external.relative"]),
        ("11.8.3-MariaDB-0+deb13u1", ["external.relative"]),
    ],
)
def test_versions_of_mysql(version: str, code: list[str]) -> None:
    with doubles.talking(doubles.mysql(version, native)) as port:
        tested = attempt("database", "mysql", database(port))
    assert codes(tested) == code


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (1045, "external.login_refused", "password"),
        (1130, "external.login_refused", "address"),
        (1049, "external.missing", "database"),
        (3159, "external.tls", "needed"),
    ],
)
def test_refusals_of_mysql(number: int, code: str, reason: str) -> None:
    def refuse(_: bytes, at: int) -> bytes:
        return my_packet(at, my_error(number, "no"))

    with doubles.talking(doubles.mysql("8.0.40", refuse)) as port:
        tested = attempt("database", "mysql", database(port))
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == [(code, reason)]


def test_a_password_is_sealed_for_mysql_s_own_key() -> None:
    """caching_sha2_password on a connection without encryption, as MySQL 8 has it."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    seen: list[bytes] = []
    salt = b"S" * 20

    def answer(data: bytes, at: int) -> bytes:
        if len(seen) == 0:
            seen.append(data)
            return my_packet(at, b"\xfecaching_sha2_password\0" + salt + b"\0")
        if len(seen) == 1:
            seen.append(data)
            return my_packet(at, b"\x01\x04")
        if data == b"\x02":
            return my_packet(at, b"\x01" + public)
        if len(data) == 256:
            opened = key.decrypt(data, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
            seen.append(bytes(a ^ b for a, b in zip(opened, salt, strict=False)))
        return my_packet(at, MY_OK)

    with doubles.talking(doubles.mysql("8.4.0", answer)) as port:
        assert codes(attempt("database", "mysql", database(port))) == []
    assert seen[-1] == b"pw\0"
    once = hashlib.sha256(b"pw").digest()
    mixed = hashlib.sha256(hashlib.sha256(once).digest() + salt).digest()
    assert seen[1] == bytes(a ^ b for a, b in zip(once, mixed, strict=True))


@pytest.mark.parametrize(
    ("grant", "covers"),
    [
        ("GRANT ALL PRIVILEGES ON *.* TO `dify`@`%`", True),
        ("GRANT SELECT, INSERT, CREATE, DROP ON *.* TO `dify`@`%`", True),
        ("GRANT ALL PRIVILEGES ON `dify%`.* TO `dify`@`%`", True),
        ("GRANT ALL PRIVILEGES ON `dify\\_plugin`.* TO `dify`@`%`", True),
        ("GRANT ALL PRIVILEGES ON `dify`.* TO `dify`@`%`", False),
        ("GRANT SELECT, CREATE VIEW ON *.* TO `dify`@`%`", False),
        ("GRANT USAGE ON *.* TO `dify`@`%`", False),
    ],
)
def test_who_may_make_the_plugin_daemon_s_database(grant: str, covers: bool) -> None:
    assert mysql._covers(grant, "dify_plugin") is covers


# ----------------------------------------------------------------------------- Redis

INFO = bulk("# Server\r\nredis_version:7.2.4\r\n")


def cache(port: int, **more: str) -> dict[str, str]:
    return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "REDIS_PASSWORD": "pw", **more}


@pytest.mark.parametrize(
    ("answers", "code", "reason"),
    [
        ({"INFO": INFO}, "", ""),
        ({"INFO": bulk("redis_version:5.0.14\r\n")}, "external.version_old", ""),
        ({"INFO": "-NOPERM no"}, "", ""),
        ({"AUTH": "-WRONGPASS no"}, "external.login_refused", "password"),
        (
            {"AUTH": "-ERR AUTH <password> called without any password configured"},
            "external.login_refused",
            "password_needless",
        ),
        ({"PING": "-NOAUTH Authentication required."}, "external.login_refused", "password"),
        ({"PING": "-DENIED Redis is running in protected mode"}, "external.login_refused", "address"),
        ({"INFO": INFO, "SELECT": "-ERR DB index is out of range"}, "external.rights", "number"),
        ({"INFO": INFO, "SET": "-READONLY You can't write"}, "external.rights", "read_only"),
        ({"INFO": INFO, "SET": "-NOPERM no"}, "external.rights", "write"),
        ({"INFO": INFO, "PUBLISH": "-NOPERM no"}, "external.rights", "command"),
        ({"AUTH": "HTTP/1.1 400 Bad Request"}, "external.other_answer", ""),
    ],
)
def test_what_redis_says(answers: Mapping[str, str], code: str, reason: str) -> None:
    with doubles.talking(doubles.redis(answers)) as port:
        tested = attempt("redis", "single", cache(port))
    found = [(p.code.value, p.params.get("reason", "")) for p in tested.findings]
    assert found == ([(code, reason)] if code else [])


def test_a_redis_that_wants_encryption() -> None:
    def hangs_up(link: socket.socket) -> None:
        link.recv(100)

    with doubles.talking(hangs_up) as port:
        tested = attempt("redis", "single", cache(port))
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == [("external.tls", "needed")]


def test_a_redis_that_offers_none() -> None:
    def waits(link: socket.socket) -> None:
        while link.recv(4096):
            pass

    with doubles.talking(waits, doubles.redis({})) as port:
        tested = attempt("redis", "single", cache(port, REDIS_USE_SSL="true"))
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == [("external.tls", "not_offered")]


def test_sentinels() -> None:
    assert addresses("a:1, redis://b", 26379) == [("a", 1), ("b", 26379)]
    with doubles.talking(doubles.redis({"INFO": INFO})) as port:
        master = f"*2\r\n{bulk('127.0.0.1')}\r\n{bulk(str(port))}"
        with doubles.talking(doubles.redis({"SENTINEL": master})) as sentinel:
            hosts = f"127.0.0.1:{closed_port()},127.0.0.1:{sentinel}"  # one of them is down
            values = {"REDIS_SENTINELS": hosts, "REDIS_SENTINEL_SERVICE_NAME": "m"}
            tested = attempt("redis", "sentinel", values)
            assert codes(tested) == [] and tested.address == f"127.0.0.1:{port}"
    with doubles.talking(doubles.redis({"SENTINEL": "*-1"})) as sentinel:
        tested = attempt("redis", "sentinel", {**values, "REDIS_SENTINELS": f"127.0.0.1:{sentinel}"})
    assert [p.params["reason"] for p in tested.findings] == ["master"]


# ------------------------------------------------------------------------------ files


def test_a_request_to_s3_is_signed_as_amazon_s_own_example() -> None:
    """docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header", list objects."""
    keys = s3.Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    at = datetime(2013, 5, 24, tzinfo=UTC)
    headers = s3.signed(
        web.Request("GET", "/", "max-keys=2&prefix=J"), "examplebucket.s3.amazonaws.com", keys, at
    )
    signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    assert headers["Authorization"].endswith(f"Signature={signature}")


def bucket(answers: Mapping[str, tuple[int, str]]):  # type: ignore[no-untyped-def]
    """A store that keeps what it gets; *answers* by method instead."""
    kept: dict[str, bytes] = {}

    def answer(method: str, path: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        if method in answers:
            status, code = answers[method]
            return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        if method == "PUT":
            kept[path] = body
        if method == "DELETE":
            kept.pop(path, None)
        return 200, kept.get(path, b"<ok/>")

    return answer, kept


@pytest.mark.parametrize(
    ("answers", "code", "reason"),
    [
        ({}, "", ""),
        ({"GET": (404, "NoSuchBucket")}, "external.missing", "bucket"),
        ({"GET": (301, "PermanentRedirect")}, "external.missing", "bucket"),
        ({"GET": (403, "InvalidAccessKeyId")}, "external.login_refused", "key"),
        ({"GET": (403, "SignatureDoesNotMatch")}, "external.login_refused", "signature"),
        ({"GET": (403, "RequestTimeTooSkewed")}, "external.login_refused", "clock"),
        ({"PUT": (403, "AccessDenied")}, "external.rights", "write"),
        ({"DELETE": (403, "AccessDenied")}, "external.rights", "delete"),
        ({"GET": (500, "")}, "external.other_answer", ""),
    ],
)
def test_what_s3_says(answers: Mapping[str, tuple[int, str]], code: str, reason: str) -> None:
    answer, kept = bucket(answers)
    with doubles.web(answer) as url:
        keys = {"S3_ACCESS_KEY": "ak", "S3_SECRET_KEY": "sk", "S3_REGION": "eu", "S3_BUCKET_NAME": "b"}
        tested = attempt("storage", "s3", {**keys, "S3_ENDPOINT": url})
    found = [(p.code.value, p.params.get("reason", "")) for p in tested.findings]
    assert found == ([(code, reason)] if code else [])
    assert code == "external.rights" or not kept


@pytest.mark.parametrize("key", ["a2V5", "no key"])
def test_azure(key: str) -> None:
    kept: dict[str, bytes] = {}

    def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        at, kind = headers["x-ms-date"], "application/octet-stream" if body else ""
        named = {k: v for k, v in headers.items() if k.startswith("x-ms-")}
        lines = "".join(f"{name}:{named[name]}\n" for name in sorted(named))
        place, _, query = path.partition("?")
        more = "\nrestype:container" if query else ""
        size = str(len(body)) if body else ""
        text = f"{method}\n\n\n{size}\n\n{kind}\n\n\n\n\n\n\n{lines}/files{place}{more}"
        mine = base64.b64encode(hmac.digest(b"key", text.encode(), "sha256")).decode()
        assert headers["Authorization"] == f"SharedKey files:{mine}" and at
        if method == "PUT":
            kept[path] = body
            return 201, b""
        if method == "DELETE":
            del kept[path]
            return 202, b""
        return 200, kept.get(path, b"")

    with doubles.web(answer) as url:
        values = {"AZURE_BLOB_ACCOUNT_NAME": "files", "AZURE_BLOB_ACCOUNT_KEY": key}
        values |= {"AZURE_BLOB_CONTAINER_NAME": "dify", "AZURE_BLOB_ACCOUNT_URL": url}
        tested = attempt("storage", "azure-blob", values)
    assert codes(tested) == ([] if key == "a2V5" else ["external.login_refused"])
    assert kept == {}


# ---------------------------------------------------------------------- vector stores


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, as_json({"version": {"number": "8.14.3"}}), ""),
        (200, as_json({"version": {"number": "7.17.0"}}), "external.version_old"),
        (401, b"", "external.login_refused"),
        (502, b"bad gateway", "external.other_answer"),
    ],
)
def test_elasticsearch(status: int, body: bytes, code: str) -> None:
    seen: list[str] = []

    def answer(_method: str, _path: str, headers: Mapping[str, str], _body: bytes) -> tuple[int, bytes]:
        seen.append(headers.get("Authorization", ""))
        return status, body

    with doubles.web(answer) as url:
        values = {
            "ELASTICSEARCH_HOST": url,
            "ELASTICSEARCH_USERNAME": "elastic",
            "ELASTICSEARCH_PASSWORD": "pw",
        }
        tested = attempt("stores", "elasticsearch", values)
    assert codes(tested) == ([code] if code else [])
    assert seen == ["Basic " + base64.b64encode(b"elastic:pw").decode()]


def test_a_key_stands_where_the_store_wants_it() -> None:
    seen: list[tuple[str, str]] = []

    def answer(_method: str, path: str, headers: Mapping[str, str], _body: bytes) -> tuple[int, bytes]:
        seen.append((path, headers.get("api-key", "")))
        return 200, b"{}"

    with doubles.web(answer) as url:
        assert codes(attempt("stores", "qdrant", {"QDRANT_URL": f"{url}/q", "QDRANT_API_KEY": "k"})) == []
    assert seen == [("/q/collections", "k")]


def test_only_reached() -> None:
    def silent(link: socket.socket) -> None:
        link.recv(1)

    with doubles.talking(silent) as port:
        values = {"MATRIXONE_HOST": "127.0.0.1", "MATRIXONE_PORT": str(port)}
        tested = attempt("stores", "matrixone", values)
    assert codes(tested) == [] and dict(tested.marks) == {"reach": "ok", "tls": "none"}
    tested = attempt("stores", "matrixone", {**values, "MATRIXONE_PORT": str(closed_port())})
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == [("external.closed", "refused")]


# -------------------------------------------------------------------------------- mail


def smtp(login: bytes) -> Talk:
    def talk(link: socket.socket) -> None:
        link.sendall(b"220 mail ESMTP\r\n")
        while data := link.recv(4096):
            if data.upper().startswith(b"EHLO"):
                link.sendall(b"250-mail\r\n250 AUTH PLAIN\r\n")
            elif data.startswith(b"AUTH"):
                link.sendall(login)
            else:
                link.sendall(b"250 ok\r\n")

    return talk


@pytest.mark.parametrize(
    ("login", "tls", "reason"),
    [
        (b"235 ok\r\n", "false", ""),
        (b"535 no\r\n", "false", "login"),
        (b"235 ok\r\n", "true", "tls"),
    ],
)
def test_mail_is_told_only(login: bytes, tls: str, reason: str) -> None:
    with doubles.talking(smtp(login)) as port:
        values = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_USE_TLS": tls}
        values |= {"SMTP_OPPORTUNISTIC_TLS": tls, "SMTP_USERNAME": "me", "SMTP_PASSWORD": "pw"}
        tested = attempt("mail", "smtp", values)
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == (
        [("external.mail", reason)] if reason else []
    )
    assert all(problem.weight == "warning" for problem in tested.findings)


# ----------------------------------------------------------------------------- the line


def test_nobody_answers() -> None:
    def waits(link: socket.socket) -> None:
        while link.recv(4096):
            pass

    with doubles.talking(waits) as port:
        tested = attempt("database", "postgresql", database(port))
    assert [(p.code.value, p.params["reason"]) for p in tested.findings] == [("external.closed", "timeout")]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("nc: bad address 'db.example.jp'", "name"),
        ("nc: can't connect to remote host (10.0.0.1): Connection refused", "refused"),
        ("bash: connect: No route to host", "route"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "name"),
        ("TimeoutError: timed out", "timeout"),
        ("", "other"),
    ],
)
def test_what_programs_say(said: str, word: str) -> None:
    assert reason_of(said) == word


def test_docker_s_frames() -> None:
    data = b"\x01\0\0\0\0\0\0\x02ab" + b"\x02\0\0\0\0\0\0\x03err" + b"\x01\0\0\0\0\0\0\x05ha"
    assert unframed(data) == ([(1, b"ab"), (2, b"err")], b"\x01\0\0\0\0\0\0\x05ha")


def test_a_frame_without_an_end_is_not_waited_for() -> None:
    with pytest.raises(InstallError):
        unframed(b"\x01\0\0\0\xff\xff\xff\xff" + b"x" * 100)


def test_many_small_frames_take_as_long_as_their_bytes() -> None:
    """What was left was copied for each of them."""
    began = time.thread_time()
    frames, rest = unframed(b"\x01\0\0\0\0\0\0\x01a" * 300_000)
    assert len(frames) == 300_000 and not rest and time.thread_time() - began < 5


def test_errors_of_the_relay_are_told_apart_from_the_service() -> None:
    near, far = socket.socketpair()
    line = _joined(near, framed=True, first=b"\x02\0\0\0\0\0\0\x03err\x01\0\0\0\0\0\0\x02h")
    far.sendall(b"i")
    assert line.sock.recv(10) == b"hi"
    line.sock.sendall(b"out")
    assert far.recv(10) == b"out"
    far.close()
    assert line.said() == "err"
    line.close()


def test_both_ends_notice_the_end() -> None:
    near, far = socket.socketpair()
    line = _joined(near, framed=False)
    line.close()
    far.settimeout(5)
    assert far.recv(1) == b""
    far.close()
    assert dialer.SECONDS > 5
    time.sleep(0.05)


@pytest.mark.parametrize(
    ("version", "found"),
    [("17.6 (Debian 17.6-1)", (17, 6)), ("8.0.40-log", (8, 0, 40)), ("x", (0,)), ("15beta1", (15,))],
)
def test_numbers_of_a_version(version: str, found: tuple[int, ...]) -> None:
    assert numbers(version) == found


def test_older() -> None:
    assert older("7.17.0", "8.0") and not older("8.0.0", "8.0") and not older("", "8.0")
