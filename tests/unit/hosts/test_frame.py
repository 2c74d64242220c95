"""What is sent to unknown login shells, and what is kept of their answers."""

from __future__ import annotations

import itertools
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command
from installer.hosts.framing import Gate, carry, command_script, in_place, new_token, sudo_script
from installer.hosts.lines import Collector, Lines
from installer.hosts.ssh.sudo import SudoDialog

_SHELLS = [
    name for name in ("sh", "dash", "bash", "fish", "csh", "tcsh", "zsh", "busybox") if shutil.which(name)
]


def test_line_is_plain() -> None:
    """One pair of single quotes; nothing that fish or csh would read otherwise."""
    script = command_script(Command(("it's", "!", "\n", "\\", "`", '"', "日本")))
    for by_input in (False, True):
        line = carry(script, new_token(), by_input=by_input).line
        assert line.startswith("/bin/sh -c '") and line.endswith("'") and line.count("'") == 2
        assert line.isascii() and line.isprintable() and "!" not in line


def test_short_scripts_are_in_the_line() -> None:
    """Long ones are not: a csh could not read the line."""
    assert carry("true", new_token()).script == b""
    long = carry("true;" * 200, new_token())
    assert long.script == b"true;" * 200 and len(long.line) < 220


@pytest.mark.parametrize("by_input", [False, True])
@pytest.mark.parametrize("shell", _SHELLS)
def test_line_runs_in_every_shell(shell: str, by_input: bool) -> None:
    """Fed as sshd would: the script, then the command's own input."""
    awkward = 'it\'s !x %s \\n \\\\ `y` $(z) $HOME "q" 日本 *'
    script = f"printf %s {shlex.quote(awkward)}; " + command_script(Command(("cat",)))
    carrier = carry(script, new_token(), by_input=by_input)
    argv = ["busybox", "sh", "-c"] if shell == "busybox" else [shell, "-c"]
    done = subprocess.run(
        [*argv, carrier.line], input=carrier.script + b"rest", capture_output=True, check=True
    )
    out, err = Gate(carrier.token), Gate(carrier.token)
    assert out.feed(done.stdout).decode() == awkward + "rest" and err.feed(done.stderr) == b""
    assert out.pid and out.open and err.open


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_arguments_arrive_as_they_are(arguments: list[str]) -> None:
    """Whatever they hold."""
    script = command_script(Command(("printf", "%s\\0", *arguments)))
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    assert done.stdout.decode() == "".join(f"{a}\0" for a in arguments)


@pytest.mark.parametrize("began", ["", "4711"])
@given(st.binary(max_size=40), st.binary(max_size=40), st.lists(st.integers(0, 130)))
def test_gate_with_any_pieces(began: str, noise: bytes, output: bytes, cuts: list[int]) -> None:
    """Noise before the marker is dropped, however the bytes arrive."""
    gate = Gate("0123abcd")
    data = noise + f"READY-0123abcd 77 {began}\n".encode() + output
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    got = b"".join(gate.feed(data[a:b]) for a, b in itertools.pairwise(edges))
    assert (got, gate.noise, gate.pid, gate.began) == (output, noise, 77, began)


def test_sudo_script_is_posix_and_holds_no_secret() -> None:
    """Root skips sudo; the marker is the prompt."""
    inner = carry("true", "inner", by_input=True)
    script = sudo_script(inner, "ASK-1")
    for each in (script, sudo_script(inner, "ASK-1", tty=True)):
        subprocess.run(["sh", "-n", "-c", each], check=True)
    assert script.endswith('exec sudo -S -k -p ASK-1 "$@"')
    assert carry(script, new_token()).script == b""


def test_options_in_disguise() -> None:
    """Paths that begin with a dash."""
    assert in_place("-rf") == "./-rf" and in_place("/x") == "/x"


def _dialog(password: str | None) -> SudoDialog:
    return SudoDialog(Secret(password) if password else None, "h", "u")


def test_password_only_after_the_prompt_and_once() -> None:
    """A second prompt means it was wrong."""
    dialog = _dialog("pw")
    assert dialog.answer(b"lecture: [sudo] password for u: ") is None
    prompt = b"lecture\n" + dialog.ask.encode()
    assert dialog.answer(prompt) == b"pw\n" and dialog.password_used
    assert dialog.answer(prompt) is None
    with pytest.raises(InstallError) as caught:
        dialog.answer(prompt + b"\nSorry, try again.\n" + dialog.ask.encode())
    assert caught.value.code is Code.SUDO_PASSWORD_WRONG


def test_whose_password() -> None:
    """sudo says whose it asks for (``%p``); the texts name that user."""
    for shown in ("root", "u"):
        dialog = _dialog(None)
        with pytest.raises(InstallError) as caught:
            dialog.answer(dialog.ask.replace("%p", shown).encode())
        assert caught.value.params["owner"] == shown and caught.value.params["user"] == "u"


def test_no_password_to_give() -> None:
    """Told as soon as it is asked for; an empty one is none."""
    for dialog in (_dialog(None), SudoDialog(Secret(""), "h", "u")):
        with pytest.raises(InstallError) as caught:
            dialog.answer(dialog.ask.encode())
        assert caught.value.code is Code.SUDO_PASSWORD_NEEDED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sudo: 1 incorrect password attempt", Code.SUDO_PASSWORD_WRONG),
        ("sudo: a password is required", Code.SUDO_PASSWORD_NEEDED),
        ("u is not in the sudoers file.", Code.SUDO_NOT_ALLOWED),
        ("Sorry, user u is not allowed to execute '/bin/sh' as root on h.", Code.SUDO_NOT_ALLOWED),
        ("sudo: sorry, you must have a tty to run sudo", Code.SUDO_NOT_ALLOWED),
        ("sudo: not installed", Code.SUDO_NOT_ALLOWED),
    ],
)
def test_refusals(text: str, code: Code) -> None:
    """sudo's words, without our marker in them."""
    dialog = _dialog("pw")
    error = dialog.refusal(f"{dialog.ask}{text}\n")
    assert (error.code, error.detail) == (code, text)


@given(st.lists(st.binary(max_size=8)))
def test_lines(pieces: list[bytes]) -> None:
    """The same lines, however the bytes arrive."""
    lines = Lines()
    got = [line for piece in pieces for line in lines.feed(piece)] + list(lines.end())
    whole = b"".join(pieces)
    expected = whole.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert got == [line.removesuffix(b"\r").decode("utf-8", "replace") for line in expected]


def test_collector_keeps_and_tells() -> None:
    """Both streams, unfinished lines at the end; what was handed out line by line is not kept."""
    seen: list[tuple[str, str]] = []
    collector = Collector(lambda stream, text: seen.append((stream, text)))
    collector.add(b"a\nb", b"x")
    collector.add(b"c", b"")
    result = collector.result(1)
    assert (result.stdout, result.stderr, result.exit_code) == (b"", b"x", 1)
    assert seen == [("stdout", "a"), ("stdout", "bc"), ("stderr", "x")]
