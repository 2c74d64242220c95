"""SSH servers that send too much, or what is no message: a connection ends with a code of ours, soon."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import paramiko
import pytest
from paramiko.server import InteractiveQuery

from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Question
from installer.hosts.ssh import connection, keyboard_interactive, receive_limits
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import HostKey, KnownHosts
from installer.hosts.ssh.keyboard_interactive import Answerer
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.password_change import asks, change_password
from installer.hosts.ssh.receive_limits import MOST_WAITING

KEY = paramiko.RSAKey.generate(2048)
GREETING = b"SSH-2.0-OpenSSH_9.6p1\r\n"


@contextlib.contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server whose connections are held by *talk*; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = listener.accept()
                threading.Thread(target=held, args=(link,), daemon=True).start()

    def held(link: socket.socket) -> None:
        with link, contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            talk(link)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def connect(port: int, tmp_path: Path, password: str = "pw", **more: Any) -> SshHost:
    known = KnownHosts(tmp_path / "known_hosts", user_file=tmp_path / "none")
    known.accept("127.0.0.1", port, HostKey(KEY.get_name(), KEY.asbytes()))
    login = SshLogin("127.0.0.1", port, "anna", password=Secret(password), identity_file=None)
    return SshHost.connect(login, known, **more)


def endless(piece: bytes, first: bytes = b"") -> Callable[[socket.socket], None]:
    def talk(link: socket.socket) -> None:
        link.sendall(first)
        while True:
            link.sendall(piece)

    return talk


def packet(payload: bytes) -> bytes:
    """Without encryption, as before the key exchange."""
    padding = 8 - (len(payload) + 5) % 8 + 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding


def says(data: bytes) -> Callable[[socket.socket], None]:
    def talk(link: socket.socket) -> None:
        link.sendall(data)
        while link.recv(65536):
            pass

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        endless(b"x" * 4096),
        endless(b"hello\r\n" * 500),
        endless(b"\xff\r\n" * 500),
        endless(b"\0" * 65536, GREETING + struct.pack(">I", 0xFFFFFFF4)),
        says(GREETING + b"\xff" * 100),
        says(GREETING + packet(b"\x14")),
        says(GREETING + packet(b"\x14" + b"\0" * 16 + b"\xff" * 40)),
        says(GREETING + packet(b"\x1f")),
        says(GREETING + packet(b"")),
        says(b"SSH-2.0-\xff\xfe\r\n"),
        says(b"SSH-9.9-x\r\n"),
    ],
    ids=[
        *(
            "no line",
            "lines",
            "no text",
            "long packet",
            "odd packet",
            "short kexinit",
            "odd kexinit",
            "early",
        ),
        *("empty", "odd name", "version"),
    ],
)
def test_a_connection_ends_with_a_code(
    talk: Callable[[socket.socket], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 3.0)
    began = time.monotonic()
    with serving(talk) as port, pytest.raises(InstallError) as caught:
        connect(port, tmp_path)
    assert caught.value.code.startswith("ssh.") and time.monotonic() - began < 20


class Server(paramiko.ServerInterface):
    """Lets everybody in who asks in the way *allowed*."""

    def __init__(self, allowed: str = "password") -> None:
        self._allowed = allowed

    def get_allowed_auths(self, username: str) -> str:
        return self._allowed

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.common.AUTH_SUCCESSFUL

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        return InteractiveQuery("t", "i", ("Code: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int | InteractiveQuery:
        return InteractiveQuery("t", "i", ("Code: ", False))

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        return True


def paramiko_server(
    work: Callable[[paramiko.Transport], None], allowed: str = "password"
) -> Callable[[socket.socket], None]:
    """*work* is done once somebody is logged in."""

    def talk(link: socket.socket) -> None:
        transport = paramiko.Transport(link)
        transport.add_server_key(KEY)
        transport.start_server(server=Server(allowed))
        work(transport)
        transport.join(20)

    return talk


def message(kind: int, *parts: bytes | int) -> paramiko.Message:
    m = paramiko.Message()
    m.add_byte(bytes([kind]))
    for part in parts:
        m.add_bytes(part) if isinstance(part, bytes) else m.add_int(part)
    return m


def test_a_list_in_a_message_has_so_many_entries_as_there_are(tmp_path: Path) -> None:
    """A count of 4,000,000,000 in EXT_INFO."""

    def work(transport: paramiko.Transport) -> None:
        channel = transport.accept(10)
        assert channel is not None
        cast(Any, transport)._send_message(message(7, 0xFFFFFFFF))

    with serving(paramiko_server(work)) as port:
        host = connect(port, tmp_path)
        with pytest.raises(InstallError) as caught, host:
            host.read_file("/x")
    assert caught.value.code.startswith("ssh.")


@pytest.mark.parametrize(
    ("kind", "parts", "good"),
    [
        (60, (0, 0, 0, 2), True),
        (60, (0, 0, 0, 0xFFFFFFFF), False),
        (60, (4, b"\xff\xfe\xfd\xfc", 0), True),  # the same number for an accepted key: two strings
        (60, (), True),
        (7, (1,), True),
        (7, (65,), False),
        (7, (), True),
    ],
)
def test_counts_of_messages(kind: int, parts: tuple[bytes | int, ...], good: bool) -> None:
    told = paramiko.Message(message(kind, *parts).asbytes()[1:])
    with contextlib.nullcontext() if good else pytest.raises(paramiko.SSHException):
        receive_limits._check_count(kind, told)
    assert told.get_so_far() == b"", "it is still to be read"


def test_questions_without_an_end(tmp_path: Path) -> None:
    asked: list[Question] = []

    def ask(question: Question) -> list[Secret]:
        asked.append(question)
        return [Secret("x")] * len(question.prompts)

    with (
        serving(paramiko_server(lambda _: None, "keyboard-interactive")) as port,
        pytest.raises(InstallError),
    ):
        connect(port, tmp_path, ask=ask)
    assert 0 < len(asked) <= keyboard_interactive._MOST_ROUNDS


def test_what_is_sent_beyond_the_window_ends_the_connection(tmp_path: Path) -> None:
    """Nobody reads the channel meanwhile."""

    def work(transport: paramiko.Transport) -> None:
        channel: Any = transport.accept(10)
        for _ in range(2 * MOST_WAITING // 32768):
            m = message(94, channel.remote_chanid)
            m.add_string(b"x" * 32768)
            cast(Any, transport)._send_message(m)

    with serving(paramiko_server(work)) as port, connect(port, tmp_path) as host:
        lease = host._pool.session(CancelToken())
        transport = lease.connection.transport
        end = time.monotonic() + 20
        while transport.is_active() and time.monotonic() < end:
            time.sleep(0.05)
        assert not transport.is_active()
        assert len(lease.channel.in_buffer) <= MOST_WAITING + 65536
        lease.close()


# ------------------------------------------------------------------- texts of a server


def test_what_a_server_asks_is_shown_short_and_plain() -> None:
    seen: list[Question] = []

    def ask(question: Question) -> tuple[Secret, ...]:
        seen.append(question)
        return (Secret("x"),)

    answerer = Answerer(SshLogin("h", 22, "u"), None, ask)
    nasty = "\x1b]0;title\x07\u202ecode" + "x" * 100_000
    for _ in range(200):
        answerer(nasty, nasty, [])
    answerer(nasty, nasty, [(nasty, False)])
    (question,) = seen
    texts = (question.title, question.instructions, question.prompts[0].text)
    assert max(map(len, texts)) <= 4000
    assert not any(c in text for text in texts for c in "\x1b\x07\u202e")


class Passwd:
    """A channel on which ``passwd`` says *texts*, one at a time, when nothing else is to be read."""

    def __init__(self, texts: list[bytes], pause: float = 0.0) -> None:
        self._texts, self._pause, self._next = texts, pause, 0.0
        self.closed = self.eof_received = False
        self.sent = b""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None

    def recv_ready(self) -> bool:
        self.closed = not self._texts
        return bool(self._texts) and time.monotonic() >= self._next

    def recv(self, size: int) -> bytes:
        self._next = time.monotonic() + self._pause
        return self._texts.pop(0)

    def exit_status_ready(self) -> bool:
        return self.closed

    def recv_exit_status(self) -> int:
        return 1

    def sendall(self, data: bytes) -> None:
        self.sent += data


def changed(channel: Passwd) -> InstallError:
    login = SshLogin("h", 22, "u")
    with pytest.raises(InstallError) as caught:
        change_password(
            cast(Any, channel), login, Answerer(login, None, lambda _: (Secret("x"),)), CancelToken()
        )
    return caught.value


def test_passwd_that_says_a_lot_is_listened_to_in_linear_time() -> None:
    began = time.thread_time()
    error = changed(Passwd([b"a" * 60_000 for _ in range(100)]))
    assert time.thread_time() - began < 2 and len(error.detail) <= 1 << 14


def test_passwd_that_drips_is_not_listened_to_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.hosts.ssh.password_change._LONGEST_SECONDS", 0.5)
    channel = Passwd([b"a"] * 10_000, pause=0.05)
    login = SshLogin("h", 22, "u")
    with pytest.raises(TimeoutError):
        change_password(cast(Any, channel), login, Answerer(login, None, None), CancelToken())


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("Current password: ", True),
        ("You must change it.\r\nNew password:", True),
        ("パスワード：", True),
        ("Really? ", True),
        ("", False),
        ("Changing password for anna.\r\n", False),
        ("a" * 1_000_000, False),
    ],
)
def test_prompts(text: str, prompt: bool) -> None:
    began = time.thread_time()
    assert asks(text) is prompt and time.thread_time() - began < 0.5
