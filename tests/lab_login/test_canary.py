"""No password, passphrase or key byte where somebody else could read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, dump_answers
from tests.cli_runner import Cli, Ran
from tests.lab_apply.canary import WATCHER
from tests.lab_login.conftest import Site, password_of
from tests.lab_login.keys import PASSPHRASE
from tests.lab_login.rows import Row
from tests.lab_login.test_table import given, key_needles

_ROWS = (
    Row("password", "-", "-", "asks"),
    Row("ppk3", "rsa", "yes", "requiretty"),
    Row("prompts", "-", "-", "targetpw"),
)
_KEYS = (("openssh", "ed25519"), ("openssh", "rsa"), ("ppk3", "rsa"))
_WRONG = Row("password", "-", "-", "lecture")


def test_nothing_is_seen(site: Site, tmp_path: Path) -> None:
    """Processes here and there, output, what we save, what the server logs."""
    ready = [given(site, row) for row in (*_ROWS, _WRONG)]  # ssh-keygen itself takes passphrases in its argv
    files = [site.keys.file(*key, locked=locked) for key in _KEYS for locked in (True, False)]
    here, there = tmp_path / "seen-here", "/tmp/seen-there"
    script = tmp_path / "watch.py"
    script.write_text(WATCHER)
    site.server.write("/tmp/watch.py", WATCHER)
    site.server.run("setsid python3 /tmp/watch.py /tmp/seen-there >/dev/null 2>&1 &")
    watcher = subprocess.Popen([sys.executable, str(script), str(here)])
    try:
        ran = [_facts(site, tmp_path / str(n), *one) for n, one in enumerate(ready[:-1])]
        refused = _facts(site, tmp_path / "wrong", *ready[-1], wrong="Canary-wrong-one")
    finally:
        Path(f"{here}.stop").touch()
        site.server.run(f"touch {there}.stop")
        watcher.wait(10)
    assert [one.exit_code for one in ran] == [0] * len(_ROWS), ran
    assert refused.exit_code != 0 and "ssh.login_refused" in refused.stdout + refused.stderr
    haystacks = {
        "processes here": here.read_text(errors="replace"),
        "processes there": site.server.run(f"cat {there}").stdout,
        "output": "".join(one.stdout + one.stderr for one in [*ran, refused]),
        "the server's logs": site.server.run(
            "journalctl --no-pager 2>/dev/null | tail -n 20000; cat /var/log/*log 2>/dev/null; true"
        ).stdout,
        "what we saved": "".join(
            p.read_text(errors="replace") for p in site.home.folder.rglob("*") if p.is_file()
        ),
    }
    assert "installer facts" in haystacks["processes here"] and "sudo" in haystacks["processes there"]
    public = "".join(word for word in site.keys.authorized.split() if len(word) > 40)
    lines = [line for file in files for line in key_needles(file)]
    needles = ["Canary-", *(line for line in lines if line not in public)]
    assert len(needles) > 20
    leaks = [(where, n[:8]) for where, text in haystacks.items() for n in needles if n in text]
    assert not leaks


def _facts(site: Site, folder: Path, answers: Answers, secrets: Secrets, wrong: str = "") -> Ran:
    """``facts`` as a person's script calls it."""
    folder.mkdir()
    (folder / "answers.toml").write_text(dump_answers(answers))
    lines = []
    for table, key, secret in (
        ("ssh", "password", secrets.ssh_password),
        ("ssh", "passphrase", secrets.ssh_passphrase),
        ("sudo", "password", secrets.sudo_password),
    ):
        if secret is not None:
            value = wrong if wrong and table == "ssh" else secret.reveal()
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{table}.{key} = "{quoted}"')
    (folder / "secrets.toml").write_text("\n".join(lines) + "\n")
    (folder / "secrets.toml").chmod(0o600)
    cli = Cli(site.home.folder, folder / "answers.toml", folder / "secrets.toml")
    return cli.json("facts")


@pytest.mark.parametrize("row", _ROWS, ids=str)
def test_passwords_are_canaries(row: Row) -> None:
    """What the search looks for is really in what was given."""
    assert password_of(row.sudo).strip().startswith("Canary-") and PASSPHRASE.startswith("Canary-")
