"""known_hosts files in all their forms."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.ssh.host_keys import Expectation, HostKey, KnownHosts, entry_name

_ONE = HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519" + b"1" * 36)
_TWO = HostKey("ssh-ed25519", b"\0\0\0\x0bssh-ed25519" + b"2" * 36)
_RSA = HostKey("ssh-rsa", b"\0\0\0\x07ssh-rsa" + b"3" * 100)
#: a name hashed by OpenSSH, known from paramiko's own test data
_HASHED = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg="


def _known(tmp_path: Path, ours: str = "", users: str = "") -> KnownHosts:
    (tmp_path / "ours").write_text(ours)
    (tmp_path / "users").write_text(users)
    return KnownHosts(tmp_path / "ours", user_file=tmp_path / "users")


@pytest.mark.parametrize(
    ("field", "host", "port", "hit"),
    [
        ("example.org", "example.org", 22, True),
        ("example.org", "EXAMPLE.org", 22, True),
        ("example.org", "example.org", 2222, False),
        ("[example.org]:2222", "example.org", 2222, True),
        ("a,example.org,10.0.0.1", "10.0.0.1", 22, True),
        ("*.example.org", "www.example.org", 22, True),
        ("*.example.org,!www.example.org", "www.example.org", 22, False),
        ("10.0.0.?", "10.0.0.7", 22, True),
        ("10.0.0.?", "10.0.0.77", 22, False),
        (_HASHED, "192.168.1.61", 22, True),
        (_HASHED, "192.168.1.62", 22, False),
        ("|1|broken", "example.org", 22, False),
    ],
)
def test_names(tmp_path: Path, field: str, host: str, port: int, hit: bool) -> None:
    """Plain, other port, lists, patterns, exceptions, hashed."""
    known = _known(tmp_path, users=f"{field} {_ONE.text} comment\n")
    assert known.expectation(host, port).known == ((_ONE,) if hit else ())


def test_lines_that_do_not_count(tmp_path: Path) -> None:
    """Comments, CA keys, broken lines; a revoked key is refused even if it is listed."""
    lines = [
        "# h ssh-ed25519 AAAA",
        f"@cert-authority h {_TWO.text}",
        "h ssh-ed25519 not*base64",
        "h",
        "",
        f"@revoked h {_TWO.text}",
        f"h {_ONE.text}",
        f"h {_TWO.text}",
    ]
    expected = _known(tmp_path, users="\n".join(lines)).expectation("h", 22)
    assert expected.known == (_ONE, _TWO) and expected.revoked == (_TWO,)
    assert expected.authorities == ()  # a key on file is more than somebody's word for it
    expected.check(_ONE, "h", 22)
    with pytest.raises(InstallError) as caught:
        expected.check(_TWO, "h", 22)
    assert caught.value.code is Code.SSH_HOST_KEY_CHANGED


def test_a_revoked_key_is_refused_also_where_it_is_pinned(tmp_path: Path) -> None:
    known = _known(tmp_path, users=f"@revoked h {_ONE.text}\n")
    expected = known.expectation("h", 22, f"{_ONE.type} {_ONE.fingerprint}")
    with pytest.raises(InstallError) as caught:
        expected.check(_ONE, "h", 22)
    assert caught.value.params["expected"] == "@revoked"
    known.expectation("h", 22, f"{_TWO.type} {_TWO.fingerprint}").check(_TWO, "h", 22)


def test_revoked_anywhere_is_revoked(tmp_path: Path) -> None:
    """Also by the user's own file where ours has another key; accepting a key takes no such line away."""
    known = _known(
        tmp_path, ours=f"@revoked h {_RSA.text}\nh {_ONE.text}\n", users=f"@revoked h {_TWO.text}\n"
    )
    assert set(known.expectation("h", 22).revoked) == {_RSA, _TWO}
    known.accept("h", 22, _TWO)
    expected = known.expectation("h", 22)
    assert expected.known == (_TWO,) and set(expected.revoked) == {_RSA, _TWO}


def test_ours_comes_first(tmp_path: Path) -> None:
    """A key accepted here replaces what the user's own file says."""
    known = _known(tmp_path, ours=f"h {_ONE.text}\n", users=f"h {_TWO.text}\nother {_RSA.text}\n")
    assert known.expectation("h", 22).known == (_ONE,)
    assert known.expectation("other", 22).types == ("ssh-rsa",)


def test_unknown_and_changed() -> None:
    """With everything a person needs to compare."""
    with pytest.raises(InstallError) as caught:
        Expectation().check(_RSA, "h", 2222)
    assert caught.value.code is Code.SSH_HOST_KEY_UNKNOWN
    assert caught.value.params == {
        "host": "h",
        "port": "2222",
        "type": "ssh-rsa",
        "fingerprint": _RSA.fingerprint,
        "command": "ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub",
        "key": _RSA.text,
    }
    with pytest.raises(InstallError) as caught:
        Expectation(known=(_RSA, _ONE)).check(_TWO, "h", 22)
    assert caught.value.code is Code.SSH_HOST_KEY_CHANGED
    assert caught.value.params["expected"] == f"ssh-ed25519 {_ONE.fingerprint}"


def test_pinned(tmp_path: Path) -> None:
    """The answers file's key stands above the files."""
    known = _known(tmp_path, ours=f"h {_TWO.text}\n")
    expected = known.expectation("h", 22, f"  ssh-ed25519   {_ONE.fingerprint} ")
    assert expected.types == ("ssh-ed25519",)
    expected.check(_ONE, "h", 22)
    with pytest.raises(InstallError):
        expected.check(_TWO, "h", 22)


def test_accept(tmp_path: Path) -> None:
    """Makes the folder, replaces only this host's lines, keeps the rest, 0600, no draft left."""
    known = KnownHosts(tmp_path / "deep" / "ours", user_file=tmp_path / "none")
    known.accept("H", 22, _ONE)
    known.accept("other", 2222, _RSA.text)
    known.accept("h", 22, _TWO)
    assert known.path.read_text() == f"[other]:2222 {_RSA.text}\nh {_TWO.text}\n"
    if os.name == "posix":
        assert known.path.stat().st_mode & 0o777 == 0o600
    assert len(list(known.path.parent.iterdir())) == 1
    assert known.expectation("H", 22).known == (_TWO,)
    assert entry_name("H", 2222) == "[h]:2222"


def test_unreadable_key_text(tmp_path: Path) -> None:
    """Is no key."""
    with pytest.raises(ValueError, match="ssh-rsa"):
        KnownHosts(tmp_path / "ours").accept("h", 22, "ssh-rsa ***")


# ------------------------------------------------------------------- the file itself

REVOKED = f"@revoked * {_TWO.text}\n"


def _busy(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Another program has it open and shares nothing (Windows), or it is not ours to read."""
    for name in ("read_text", "read_bytes"):
        real = getattr(Path, name)

        def refuse(self: Path, *given: object, real: Any = real, **more: object) -> Any:
            if self == path:
                raise PermissionError(13, "in use by another process", str(path))
            return real(self, *given, **more)

        monkeypatch.setattr(Path, name, refuse)


def test_a_file_that_cannot_be_read_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = _known(tmp_path, f"{REVOKED}a.example {_ONE.text}\n")
    before = known.path.read_bytes()
    with monkeypatch.context() as patch:
        _busy(patch, known.path)
        with pytest.raises(InstallError) as caught:
            known.accept("b.example", 22, _TWO)
        assert caught.value.code is Code.HOST_FILE_FAILED and caught.value.params["path"] == str(known.path)
        with pytest.raises(InstallError):
            known.expectation("a.example", 22)
    assert known.path.read_bytes() == before and len([*tmp_path.iterdir()]) == 2


def test_the_person_s_own_file_may_be_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = _known(tmp_path, f"a.example {_ONE.text}\n", "x")
    _busy(monkeypatch, known.user_file)
    assert known.expectation("a.example", 22).known == (_ONE,)


def test_other_lines_stay_to_the_byte(tmp_path: Path) -> None:
    known = _known(tmp_path)
    odd = b"# caf\xe9\r\n@revoked * x\n\x0bb.example,c " + _ONE.text.encode()
    known.path.write_bytes(odd)
    known.accept("new.example", 22, _TWO)
    assert known.path.read_bytes() == odd + f"\nnew.example {_TWO.text}\n".encode()
    known.accept("new.example", 22, _RSA)
    assert known.path.read_bytes() == odd + f"\nnew.example {_RSA.text}\n".encode()


def test_two_programs_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "known_hosts"
    accept = KnownHosts(path, user_file=tmp_path / "none").accept
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(accept, f"h{n}.example", 22, _ONE if n % 2 else _TWO) for n in range(40)]:
            done.result()
        for done in [pool.submit(accept, f"h{n}.example", 22, _RSA) for n in range(0, 40, 3)]:
            done.result()
    names = sorted(line.split()[0] for line in path.read_text().splitlines())
    assert names == sorted(f"h{n}.example" for n in range(40))
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
