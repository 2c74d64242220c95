"""Host keys, log-ins and the codes of everything that can go wrong before the first command."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command
from installer.hosts.dialogue import Question
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import HostKey, KnownHosts
from installer.hosts.ssh.login import SshLogin
from installer.texts import Texts
from tests.ssh.conftest import MakeUser, StartSshd
from tests.ssh.relay import Relay
from tests.ssh.sshd import Sshd, free_port

_ID = Command(("id", "-un"), admin=False)


def _error(login: SshLogin, known: KnownHosts) -> InstallError:
    with pytest.raises(InstallError) as caught:
        SshHost.connect(login, known)
    assert caught.value.params["host"] == login.host and caught.value.params["port"] == str(login.port)
    return caught.value


def test_unknown_key_is_never_accepted_then_accepted_by_hand(sshd: Sshd, tmp_path: Path) -> None:
    """The error carries what a person compares and what ``accept`` needs."""
    known = KnownHosts(tmp_path / "new" / "known", user_file=tmp_path / "none")
    error = _error(sshd.login(), known)
    key = HostKey.parse(error.params["key"])
    assert error.code is Code.SSH_HOST_KEY_UNKNOWN
    assert error.params["type"] == key.type and error.params["fingerprint"] == key.fingerprint
    printed = subprocess.run(
        ["ssh-keygen", "-lf", sshd.folder / "host_ed25519.pub"], capture_output=True, text=True, check=True
    )
    assert key.fingerprint in printed.stdout
    assert error.params["command"] == "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
    assert not known.path.exists()
    known.accept("127.0.0.1", sshd.port, error.params["key"])
    assert known.path.stat().st_mode & 0o777 == 0o600
    with SshHost.connect(sshd.login(), known) as host:
        assert host.run(_ID).text == "root\n"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_known_type_is_asked_for(sshd: Sshd, kind: str) -> None:
    """Whatever type is on file, the server has it: that key is checked, not another."""
    with SshHost.connect(sshd.login(), sshd.known(kind=kind)) as host:
        assert host.run(_ID).text == "root\n"


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_pinned_key(sshd: Sshd, tmp_path: Path, kind: str) -> None:
    """``host_key`` of the answers file: that type is asked for and compared; nothing is on file."""
    key = HostKey.parse(sshd.host_key(kind))
    nothing = KnownHosts(tmp_path / "known", user_file=tmp_path / "none")
    login = replace(sshd.login(), expected_host_key=f"{key.type} {key.fingerprint}")
    with SshHost.connect(login, nothing) as host:
        assert host.run(_ID).text == "root\n"
    wrong = replace(login, expected_host_key=f"{key.type} SHA256:{'A' * 43}")
    error = _error(wrong, nothing)
    assert error.code is Code.SSH_HOST_KEY_CHANGED
    assert error.params["fingerprint"] == key.fingerprint and "AAAA" in error.params["expected"]


def test_changed_key(sshd: Sshd, tmp_path: Path) -> None:
    """Another key on file stops the log-in before anything secret is sent."""
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    known = KnownHosts(tmp_path / "known", user_file=tmp_path / "none")
    known.accept("127.0.0.1", sshd.port, other.with_suffix(".pub").read_text())
    error = _error(sshd.login(), known)
    assert error.code is Code.SSH_HOST_KEY_CHANGED and error.params["expected"].startswith("ssh-ed25519 SHA")


def test_users_own_hashed_file(sshd: Sshd, tmp_path: Path) -> None:
    """What OpenSSH's client wrote, with hashed names, counts."""
    user_file = tmp_path / "known_hosts"
    user_file.write_text(f"[127.0.0.1]:{sshd.port} {sshd.host_key('rsa')}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", user_file], check=True, capture_output=True)
    assert "127.0.0.1" not in user_file.read_text()
    with SshHost.connect(sshd.login(), KnownHosts(tmp_path / "ours", user_file=user_file)) as host:
        assert host.run(_ID).text == "root\n"


@pytest.mark.parametrize(
    ("options", "trusted", "code"),
    [
        (["-n", "127.0.0.1,other"], "ca", None),
        (["-n", "other"], "ca", Code.SSH_HOST_KEY_UNKNOWN),
        ([], "ca", Code.SSH_HOST_KEY_UNKNOWN),
        (["-n", "127.0.0.1"], "stranger", Code.SSH_HOST_KEY_UNKNOWN),
        (["-n", "127.0.0.1", "-V", "20200101:20210101"], "ca", Code.SSH_HOST_KEY_UNKNOWN),
        (["-n", "127.0.0.1"], "revoked", Code.SSH_HOST_KEY_UNKNOWN),
        (["-n", "127.0.0.1"], "known elsewhere", Code.SSH_HOST_KEY_CHANGED),
    ],
)
@pytest.mark.parametrize(
    "kind", ["ed25519", *(pytest.param(k, marks=pytest.mark.slow) for k in ("rsa", "ecdsa"))]
)
def test_host_certificate(
    start_server: StartSshd, tmp_path: Path, kind: str, options: list[str], trusted: str, code: Code | None
) -> None:
    """``@cert-authority``: enough if everything is right, else the key itself is what a person compares."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    for name in ("ca", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    host_key = folder / f"host_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", host_key], check=True)
    sign = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-h", "-I", "id", *options, f"{host_key}.pub"]
    subprocess.run(sign, check=True, stdin=subprocess.DEVNULL)
    server = start_server([f"HostCertificate {host_key}-cert.pub"])
    ca = (tmp_path / ("stranger" if trusted == "stranger" else "ca")).with_suffix(".pub").read_text()
    lines = [f"@cert-authority [127.0.0.1]:* {ca}"]
    if trusted == "revoked":
        lines.append(f"@revoked * {ca}")
    if trusted == "known elsewhere":
        lines.append(f"[127.0.0.1]:{server.port} {(tmp_path / 'stranger.pub').read_text()}")
    (tmp_path / "users").write_text("\n".join(lines))
    known = KnownHosts(tmp_path / "ours", user_file=tmp_path / "users")
    if code is None:
        with SshHost.connect(server.login(), known) as host:
            assert host.run(_ID).text == "root\n"
        return
    error = _error(server.login(), known)
    assert error.code is code and "-cert-" not in error.params["key"]
    if code is Code.SSH_HOST_KEY_UNKNOWN:
        assert error.params["key"] == server.host_key(kind)
        known.accept("127.0.0.1", server.port, error.params["key"])
        with SshHost.connect(server.login(), known) as host:
            assert host.run(_ID).text == "root\n"


def test_password(sshd: Sshd, make_user: MakeUser) -> None:
    """Right and wrong; the wrong one is tried once."""
    user = make_user()
    with SshHost.connect(user.login(sshd, by_password=True), sshd.known()) as host:
        assert host.run(_ID).text == f"{user.name}\n"
        assert host.label == f"{user.name}@127.0.0.1"
    error = _error(replace(user.login(sshd, by_password=True), password=Secret("wrong-one")), sshd.known())
    assert error.code is Code.SSH_LOGIN_REFUSED and "wrong-one" not in str(error)


def test_password_where_only_keys_work(start_server: StartSshd) -> None:
    """It is not sent; the error says what is allowed."""
    server = start_server(["PasswordAuthentication no"])
    login = SshLogin("127.0.0.1", server.port, password=Secret("secret"))
    error = _error(login, server.known())
    assert error.code is Code.SSH_METHOD_NOT_ALLOWED and error.params["allowed"] == "publickey"


def test_key_where_only_passwords_work(start_server: StartSshd) -> None:
    """The other way round."""
    server = start_server(["PubkeyAuthentication no"])
    error = _error(server.login(), server.known())
    assert error.code is Code.SSH_METHOD_NOT_ALLOWED and "password" in error.params["allowed"]


def test_refused_key_and_nothing_to_offer(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key nobody knows, and neither key, agent nor password."""
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    assert (
        _error(replace(sshd.login(), identity_file=str(other)), sshd.known()).code is Code.SSH_LOGIN_REFUSED
    )
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert _error(replace(sshd.login(), identity_file=None), sshd.known()).code is Code.SSH_LOGIN_REFUSED


def test_agent(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an agent that holds the key, nothing else is needed."""
    path = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            time.sleep(0.01)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        subprocess.run(["ssh-add", "-q", sshd.identity], check=True)
        with SshHost.connect(replace(sshd.login(), identity_file=""), sshd.known()) as host:
            assert host.run(_ID).text == "root\n"
    finally:
        agent.terminate()
        agent.wait()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (b"", Code.SSH_CLOSED_EARLY),
        (b"Not allowed at this time\r\n", Code.SSH_CLOSED_EARLY),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Code.SSH_NOT_SSH),
        (b"SSH-2.0-Old\r\n" + b"\0" * 64, Code.SSH_NEGOTIATION),
    ],
)
def test_not_an_ssh_server(sshd: Sshd, script: bytes, code: Code) -> None:
    """It closes, it speaks HTTP, it breaks the protocol."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:  # a hang-up before anything was sent to log in with is tried again
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client, contextlib.suppress(OSError):
                    client.recv(1) if script else None
                    client.sendall(script)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(4096):
                        pass

        thread = threading.Thread(target=answer)
        thread.start()
        error = _error(SshLogin("127.0.0.1", server.getsockname()[1]), sshd.known())
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert error.code in {code, Code.SSH_CONNECTION_LOST if code is Code.SSH_NEGOTIATION else code}


def test_no_common_algorithm(start_server: StartSshd) -> None:
    """A server too old or too strict for us."""
    strict = start_server(["KexAlgorithms diffie-hellman-group18-sha512"])
    assert _error(strict.login(), strict.known()).code is Code.SSH_NEGOTIATION


def test_only_sha1_host_keys_are_named(start_server: StartSshd) -> None:
    """``ssh-rsa`` means RSA with SHA-1 there; the sentence says so, and what to update."""
    old = start_server(["HostKeyAlgorithms ssh-rsa"])
    error = _error(old.login(), old.known(kind="rsa"))
    assert (error.code, error.params["offers"]) == (Code.SSH_NEGOTIATION, "ssh-rsa")
    said = Texts("en").explain(error.code.value, error.params)
    assert "only ssh-rsa" in said.why and "no longer considered safe" in said.why
    assert "OpenSSH 7.2" in said.do


def test_a_key_exchange_that_is_not_common_is_named(start_server: StartSshd) -> None:
    strict = start_server(["KexAlgorithms diffie-hellman-group18-sha512"])
    error = _error(strict.login(), strict.known())
    assert (error.params["reason"], error.params["offers"]) == ("kex", "diffie-hellman-group18-sha512")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_fingerprint_without_its_type_is_found_among_the_servers_keys(sshd: Sshd, kind: str) -> None:
    fingerprint = HostKey.parse(sshd.host_key(kind)).fingerprint
    with SshHost(
        replace(sshd.login(), expected_host_key=fingerprint), KnownHosts(sshd.folder / "no")
    ) as host:
        assert host.run(Command(("echo", "hi"))).stdout == b"hi\n"


def test_a_fingerprint_that_no_key_has_is_refused(sshd: Sshd) -> None:
    error = _error(
        replace(sshd.login(), expected_host_key="SHA256:" + "A" * 43), KnownHosts(sshd.folder / "no")
    )
    assert error.code is Code.SSH_HOST_KEY_CHANGED and error.params["expected"] == "SHA256:" + "A" * 43


def test_an_unknown_server_whose_key_is_on_file_under_other_names(sshd: Sshd, tmp_path: Path) -> None:
    key = sshd.host_key("ed25519")
    known = KnownHosts(tmp_path / "known", user_file=tmp_path / "user")
    known.accept("old.example.jp", 22, key)
    (tmp_path / "user").write_text(
        f"[gate.example.jp]:2222,10.0.0.9 {key} comment\n|1|c2FsdA==|aGFzaA== {key}\n"
    )
    error = _error(sshd.login(), known)
    assert error.code is Code.SSH_HOST_KEY_UNKNOWN
    assert error.params["known_as"] == "old.example.jp, [gate.example.jp]:2222, 10.0.0.9"
    assert "under another name: old.example.jp" in Texts("en").explain(error.code.value, error.params).why
    error = _error(sshd.login(), KnownHosts(tmp_path / "none", user_file=tmp_path / "none"))
    assert "another name" not in Texts("en").explain(error.code.value, error.params).why


def test_refused_unknown_and_silent(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each its own code."""
    assert _error(SshLogin("127.0.0.1", free_port()), sshd.known()).code is Code.SSH_REFUSED
    assert _error(SshLogin("no-such-host.invalid"), sshd.known()).code is Code.SSH_NAME_UNKNOWN
    monkeypatch.setattr("installer.hosts.ssh.transport.CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        login = SshLogin("127.0.0.1", silent.getsockname()[1])
        assert _error(login, sshd.known()).code is Code.SSH_TIMEOUT


def test_cancel_while_connecting(sshd: Sshd, relay: Relay) -> None:
    """Does not wait for a server that says nothing."""
    relay.stall()
    token = CancelToken()
    timer = threading.Timer(0.3, token.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        SshHost.connect(sshd.login(port=relay.port), sshd.known(port=relay.port), cancel=token)
    assert time.monotonic() - start < 2
    timer.join()


def test_jump_hosts(sshd: Sshd, start_server: StartSshd) -> None:
    """Through two servers, each key checked; the last knows only the jump's address."""
    inner = start_server()
    known = sshd.known(kind="ecdsa")
    known.accept("127.0.0.1", inner.port, inner.host_key("ed25519"))
    inner.folder.joinpath("authorized_keys").write_text(Path(f"{sshd.identity}.pub").read_text())
    login = replace(sshd.login(), port=inner.port, jump=f"root@127.0.0.1:{sshd.port}, 127.0.0.1:{sshd.port}")
    with SshHost.connect(login, known) as host:
        assert host.run(Command(("sh", "-c", "echo $SSH_CONNECTION"))).text.split()[3] == str(inner.port)
    unknown = KnownHosts(sshd.folder / "nothing", user_file=sshd.folder / "none")
    with pytest.raises(InstallError) as caught:
        SshHost.connect(login, unknown)
    assert caught.value.code is Code.SSH_HOST_KEY_UNKNOWN
    assert caught.value.params["port"] == str(sshd.port)


def test_a_jump_host_never_sees_the_target_s_password(
    sshd: Sshd, start_server: StartSshd, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own is asked for; without somebody to ask it is told as the jump host's matter."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    inner, user, other = start_server(), make_user(), make_user()
    known = sshd.known()
    known.accept("127.0.0.1", inner.port, inner.host_key("ed25519"))
    jump = f"{other.name}@127.0.0.1:{sshd.port}"
    login = replace(user.login(inner, by_password=True), jump=jump)
    with pytest.raises(InstallError) as caught:
        SshHost.connect(login, known)
    assert caught.value.code is Code.SSH_METHOD_NOT_ALLOWED
    assert caught.value.params["port"] == str(sshd.port)
    asked: list[Question] = []

    def ask(question: Question) -> tuple[Secret, ...]:
        asked.append(question)
        return (Secret(other.password),)

    with SshHost.connect(login, known, ask=ask) as host:
        assert host.run(_ID).text.strip() == user.name and host.new_password is None
    assert [question.user for question in asked] == [other.name]


def test_jump_host_that_forbids_it(start_server: StartSshd) -> None:
    """Told as what it is."""
    jump = start_server(["AllowTcpForwarding no"])
    login = replace(jump.login(), port=1, jump=f"127.0.0.1:{jump.port}")
    assert _error(login, jump.known()).code is Code.SSH_FORWARDING_REFUSED
