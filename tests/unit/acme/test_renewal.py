"""The script that renews, the timer and the crontab that run it, and what is read of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from installer.answers.model import Target
from installer.core.resources import read_text
from installer.facts.certificates import certificates
from installer.facts.model import Certificates, Facts, Renewal
from installer.https.renewal import Wanted, cron_command, in_place, noted_folder, scheduler_of, wanted_renewal
from installer.state.desired import checksum
from tests.shells import SHELLS
from tests.unit.acme.situations import DAY, HERE, NAME, asked, made, there

CRON = replace(HERE, certificates=Certificates(renewal=Renewal(cron=True)))
USER = replace(HERE.system, uid=1000)


@pytest.mark.parametrize(
    ("facts", "scheduler"),
    [
        (HERE, "systemd"),
        (CRON, "cron"),
        (replace(HERE, system=USER), ""),
        (replace(CRON, system=USER), "cron"),
        (replace(HERE, certificates=Certificates()), ""),
    ],
)
def test_who_can_run_it(facts: Facts, scheduler: str) -> None:
    assert scheduler_of(facts) == scheduler
    wanted = wanted_renewal(made(asked(), facts))
    assert (wanted.scheduler if wanted else "") == scheduler


@pytest.mark.parametrize(("lasts", "hours"), [(90 * DAY, 12), (160 * 3600, 12), (2 * DAY, 1)])
def test_how_often_follows_from_how_long_it_lasts(lasts: float, hours: int) -> None:
    wanted = wanted_renewal(made(asked(), there(left=lasts * 0.9, lasts=lasts)))
    assert wanted is not None and wanted.hours == hours
    assert f"OnCalendar=*-*-* 00/{hours}:00:00\n" in wanted.timer


def test_every_field_of_the_script_is_filled_and_it_is_shell() -> None:
    wanted = wanted_renewal(made(asked(acme_server="https://ca.example.jp/dir"), there()))
    assert wanted is not None and not re.search("@[A-Z]+@", wanted.script)
    subprocess.run(["sh", "-n"], input=wanted.script.encode(), check=True)
    assert f"\nlineage={NAME}\n" in wanted.script


def test_a_folder_with_all_kinds_of_characters() -> None:
    answers = replace(asked(), target=Target(host="192.0.2.1", user="root", directory="/opt/my $dify 100%"))
    wanted = wanted_renewal(made(answers, there()))
    assert wanted is not None
    subprocess.run(["sh", "-n"], input=wanted.script.encode(), check=True)
    assert 'ExecStart=/bin/sh "/var/lib/dify-installer/renewal/mydify100/renew.sh"' in wanted.service
    user = replace(CRON, system=USER, certificates=replace(there().certificates, renewal=Renewal(cron=True)))
    by_a_user = wanted_renewal(made(answers, user))
    assert by_a_user is not None
    assert r"/bin/sh '/opt/my $dify 100\%/.dify-installer/renewal/renew.sh'" in by_a_user.line
    assert '"/opt/my $$dify 100%%/.dify-installer/renewal/renew.sh"' in by_a_user.service


def test_nothing_to_do_where_it_is_in_place() -> None:
    wanted = wanted_renewal(made(asked(), there()))
    assert wanted is not None
    found = Renewal(systemd=True, active=True, checksum=checksum(wanted.script.encode()))
    facts = replace(there(), certificates=replace(there().certificates, renewal=found))
    assert in_place(made(asked(), facts), wanted)
    for other in (replace(found, active=False), replace(found, checksum="1")):
        facts = replace(there(), certificates=replace(there().certificates, renewal=other))
        assert not in_place(made(asked(), facts), wanted)


def test_the_record_holds_all_that_it_takes() -> None:
    wanted = wanted_renewal(made(asked(), there()))
    assert wanted is not None
    note = json.loads(json.dumps(wanted.as_note(NAME)))
    assert Wanted.of_note(note, asked(), root=True) == wanted and note["lineage"] == NAME
    assert (
        Wanted.of_note({"unit": "u", "scheduler": "systemd"}, asked(), root=True) is None
    )  # of an earlier version


# ---------------------------------------------------------------- carried out


#: BusyBox' shell takes its own crontab else.
PLAYED = b'crontab() { "${PATH%%:*}/crontab" "$@"; }\n'


def crontab(folder: Path) -> dict[str, str]:
    """An environment whose crontab is a file in *folder*."""
    tool = folder / "bin" / "crontab"
    tool.parent.mkdir()
    tab = folder / "tab"
    tool.write_text(f'#!/bin/sh\n[ "$1" = -l ] && exec cat "{tab}"\nexec cat -- "$1" >"{tab}"\n')
    tool.chmod(0o755)
    return {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"}


def earlier(before: Path | None) -> list[str]:
    return ["", ""] if before is None else [cron_command(str(before)), str(before.parent)]


def install(
    environment: dict[str, str],
    script: Path,
    before: Path | None = None,
    *,
    shell: str = "sh",
    within: Sequence[str] = (),
) -> subprocess.CompletedProcess[bytes]:
    command = cron_command(str(script))
    words = [*within, *SHELLS[shell], "-s", "--", "cron", "unit", str(script), f"7 */12 * * * {command}"]
    words += [command, *earlier(before)]
    text = PLAYED + (read_text("scripts/crontab.sh") + read_text("scripts/renewal-install.sh")).encode()
    return subprocess.run(words, input=text, env=environment, capture_output=True, check=False)


def remove(
    environment: dict[str, str], script: Path, before: Path | None = None, *, shell: str = "sh"
) -> None:
    words = [*SHELLS[shell], "-s", "--", "cron", "unit", cron_command(str(script)), str(script.parent)]
    text = PLAYED + (read_text("scripts/crontab.sh") + read_text("scripts/renewal-remove.sh")).encode()
    subprocess.run([*words, *earlier(before)], input=text, env=environment, check=True)


def test_a_crontab_keeps_what_others_wrote(tmp_path: Path) -> None:
    environment, script = crontab(tmp_path), tmp_path / "my notes 100%" / "renew.sh"
    script.parent.mkdir()
    script.write_text(f"touch {tmp_path}/ran\n")
    command = cron_command(str(script))
    # another installation's, whose path ends like ours, and one that somebody wrote around ours
    theirs = f"0 1 * * * theirs\n5 */12 * * * {cron_command(f'/srv{script}')}\n0 3 * * * {command} && mail\n"
    (tmp_path / "tab").write_text(theirs)
    for _ in range(2):  # the second time nothing comes twice
        assert install(environment, script).returncode == 0
    assert (tmp_path / "tab").read_text() == f"{theirs}7 */12 * * * {command}\n"
    assert (tmp_path / "ran").exists()
    for _ in range(2):
        remove(environment, script)
        assert (tmp_path / "tab").read_text() == theirs
    assert not script.parent.exists()


def test_a_crontab_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    environment, script = crontab(tmp_path), tmp_path / "notes" / "renew.sh"
    script.parent.mkdir()
    script.write_text("exit 0\n")
    assert install(environment, script).returncode == 0  # there is none yet
    assert (tmp_path / "tab").read_text() == f"7 */12 * * * {cron_command(str(script))}\n"
    tool = tmp_path / "bin" / "crontab"
    tool.write_text(tool.read_text().replace("exec cat", "{ echo 'allowed users only' >&2; exit 1; } #"))
    (tmp_path / "tab").write_text("0 1 * * * theirs\n")
    done = install(environment, script)
    assert done.returncode == 1 and b"allowed users only" in done.stderr
    remove(environment, script)
    assert (tmp_path / "tab").read_text() == "0 1 * * * theirs\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_crontab_needs_no_other_tool_to_stay_whole(tmp_path: Path, shell: str) -> None:
    """awk may be missing, or be ended for want of memory."""
    environment, script = crontab(tmp_path), tmp_path / "notes" / "renew.sh"
    script.parent.mkdir()
    script.write_text("exit 0\n")
    for name in ("awk", "sed", "grep"):
        tool = tmp_path / "bin" / name
        tool.write_text("#!/bin/sh\nkill -9 $$\n")
        tool.chmod(0o755)
    theirs = "0 1 * * * theirs\n\n# 100% \\ 'x' $HOME *\n  2 2 * * * x\n"
    (tmp_path / "tab").write_text(theirs)
    assert install(environment, script, shell=shell).returncode == 0
    assert (tmp_path / "tab").read_text() == f"{theirs}7 */12 * * * {cron_command(str(script))}\n"
    assert (script.parent / "crontab.before").read_text() == theirs
    remove(environment, script, shell=shell)
    assert (tmp_path / "tab").read_text() == theirs


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="mounts a small disk")
@pytest.mark.parametrize("shell", SHELLS)
def test_a_crontab_is_not_cut_off_where_there_is_no_room(tmp_path: Path, shell: str) -> None:
    environment, script = crontab(tmp_path), tmp_path / "notes" / "renew.sh"
    script.parent.mkdir()
    theirs = "".join(f"0 1 * * * theirs {n}\n" for n in range(2000))
    (tmp_path / "tab").write_text(theirs)
    words = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=64k none "$1" && shift && exec "$@"', "sh"]
    words += [str(script.parent), "sh", "-c", 'echo exit 0 >"$1" && shift && exec "$@"', "sh", str(script)]
    if subprocess.run([*words[:7], "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounts are not allowed here")
    assert install(environment, script, shell=shell, within=words).returncode != 0
    assert (tmp_path / "tab").read_text() == theirs


@pytest.mark.parametrize("shell", SHELLS)
def test_one_of_an_earlier_version_is_replaced_and_can_be_removed(tmp_path: Path, shell: str) -> None:
    """Its line and its folder go, whatever else the installation's folder holds."""
    environment, before = crontab(tmp_path), tmp_path / "dify/.dify-installer/renewal/renew.sh"
    for path in (before, script := tmp_path / "lib/dify-installer/renewal/dify/renew.sh"):
        path.parent.mkdir(parents=True)
        path.write_text(f"touch {tmp_path}/ran\n")
    former = f"5 */12 * * * {cron_command(str(before))}\n"
    (tmp_path / "tab").write_text(f"0 1 * * * theirs\n{former}")
    assert install(environment, script, before, shell=shell).returncode == 0
    ours = f"7 */12 * * * {cron_command(str(script))}\n"
    assert (tmp_path / "tab").read_text() == f"0 1 * * * theirs\n{ours}"
    assert not before.parent.exists() and before.parents[1].is_dir() and (tmp_path / "ran").exists()
    # cut off before the earlier one was taken away: both are there
    before.parent.mkdir()
    (tmp_path / "tab").write_text(f"{former}0 1 * * * theirs\n{ours}")
    remove(environment, script, before, shell=shell)
    assert (tmp_path / "tab").read_text() == "0 1 * * * theirs\n"
    assert not before.parent.exists() and not (tmp_path / "lib/dify-installer").exists()


def test_an_earlier_script_is_set_again_in_the_place_of_now() -> None:
    """An undo that leads back to a record of an earlier version."""
    old = "/opt/dify/.dify-installer/renewal"
    note = {"scheduler": "systemd", "unit": "u", "hours": 12, "delay": 60}
    wanted = Wanted.of_note({**note, "script": f"umask 077\nnotes={old}\ncd x\n"}, asked(), root=True)
    assert wanted is not None
    assert wanted.path == "/var/lib/dify-installer/renewal/dify/renew.sh"
    assert wanted.script == "umask 077\nnotes=/var/lib/dify-installer/renewal/dify\ncd x\n"
    assert noted_folder(asked(), note) == old
    assert noted_folder(asked(), {**note, "folder": "/etc"}) == old
    assert noted_folder(asked(), wanted.as_note("x")) == "/var/lib/dify-installer/renewal/dify"


DOCKER = """#!/bin/sh
# $FOLDER/chain is what the web server has; certbot renews it if $FOLDER/due is there
case "$*" in
*" renew "*)
    [ -e "$FOLDER/broken" ] && { echo "it said no"; exit 1; }
    [ -e "$FOLDER/due" ] && { date +%N >"$FOLDER/chain"; rm "$FOLDER/due"; }
    echo "asked: $*" ;;
*"exec -T nginx cat "*) cat "$FOLDER/chain" ;;
*"ps --quiet"*) echo id ;;
*"nginx -t"*) [ ! -e "$FOLDER/bad-nginx" ] ;;
*"nginx -s reload"*) echo reload >>"$FOLDER/reloads" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder with a Docker that plays certbot and the web server, and our script beside it."""
    target = Target(host="192.0.2.1", user="root", directory=str(tmp_path / "dify"))
    user = replace(
        there(), system=USER, certificates=replace(there().certificates, renewal=Renewal(cron=True))
    )
    wanted = wanted_renewal(made(replace(asked(), target=target), user))
    assert wanted is not None
    script = Path(wanted.path)
    assert tmp_path in script.parents
    script.parent.mkdir(parents=True)
    script.write_text(wanted.script)
    (tmp_path / "dify" / "docker").mkdir()
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    (tmp_path / "chain").write_text("first\n")
    return tmp_path


def renew(machine: Path) -> tuple[int, dict[str, str], int]:
    """The script's exit code, what it noted, how often the web server was told to load."""
    notes = machine / "dify" / ".dify-installer" / "renewal"
    environment = {"PATH": f"{machine}/bin:/usr/bin:/bin", "FOLDER": str(machine)}
    done = subprocess.run(["sh", str(notes / "renew.sh")], env=environment, capture_output=True, check=False)
    status = dict(line.split("=", 1) for line in (notes / "status").read_text().splitlines())
    reloads = machine / "reloads"
    return done.returncode, status, len(reloads.read_text().splitlines()) if reloads.exists() else 0


def test_the_web_server_loads_only_what_is_new(machine: Path) -> None:
    code, status, reloads = renew(machine)
    assert (code, status["result"], reloads) == (0, "kept", 1)  # whatever it had before
    code, status, reloads = renew(machine)
    assert (code, status["result"], reloads) == (0, "kept", 1)
    (machine / "due").touch()
    code, status, reloads = renew(machine)
    assert (code, status["result"], reloads) == (0, "renewed", 2)
    assert int(status["next"]) - int(status["at"]) == 12 * 3600


def test_a_web_server_that_is_not_well_is_told_later(machine: Path) -> None:
    renew(machine)
    (machine / "due").touch()
    (machine / "bad-nginx").touch()
    code, status, reloads = renew(machine)
    assert (code, status["result"], reloads) == (1, "reload_failed", 1)
    (machine / "bad-nginx").unlink()
    code, status, reloads = renew(machine)
    assert (code, status["result"], reloads) == (0, "renewed", 2)


def test_a_refusal_is_noted(machine: Path) -> None:
    (machine / "broken").touch()
    code, status, _ = renew(machine)
    assert (code, status["result"], status["exit"]) == (1, "failed", "1")


def serve(machine: Path, *, since: float, left: float) -> None:
    """The web server has a certificate that began so many days ago, with so many left."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=since))
    made_one = builder.not_valid_after(now + timedelta(days=left)).sign(key, hashes.SHA256())
    (machine / "chain").write_bytes(made_one.public_bytes(Encoding.PEM))


def forced(machine: Path) -> bool:
    """Whether a run renews whatever certbot thinks of it."""
    renew(machine)
    log = (machine / "dify" / ".dify-installer" / "renewal" / "log").read_text()
    return "--force-renewal" in log


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize(
    ("since", "left", "is_forced"),
    [
        (0.1, 89.9, False),
        (74.9, 15.2, False),  # a third is left: certbot's own turn
        (75.3, 14.7, True),
        (0.1, 6.5, False),  # 160 hours
        (4.9, 1.76, False),
        (5.1, 1.56, True),
        (0.1, 3.0, False),
        (80, -0.1, True),  # over
    ],
)
def test_one_that_is_nearly_over_is_renewed_whatever_the_authority_proposes(
    machine: Path, since: float, left: float, is_forced: bool
) -> None:
    """By its own dates, whatever the one lasted for which the script was made."""
    serve(machine, since=since, left=left)
    assert forced(machine) is is_forced


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_what_was_forced_is_not_forced_at_each_run(machine: Path) -> None:
    """The web server may go on with the former one: an authority gives five a week."""
    notes = machine / "dify" / ".dify-installer" / "renewal"
    serve(machine, since=5.5, left=1.1)
    assert [forced(machine), forced(machine), forced(machine)] == [True, False, False]
    (notes / "forced").write_text(f"{int(time.time() - 41 * 3600)}\n")  # a quarter of its time
    assert forced(machine)


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_what_failed_is_tried_again(machine: Path) -> None:
    docker = machine / "bin" / "docker"
    docker.write_text(
        docker.read_text().replace(
            '*" renew "*)', '*--force-renewal*) echo "asked: $*"; exit 1 ;;\n*" renew "*)'
        )
    )
    serve(machine, since=5.5, left=1.1)
    assert [forced(machine), forced(machine)] == [True, True]


def test_what_the_probe_says(tmp_path: Path) -> None:
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=x",
        "-days",
        "2",
        "-addext",
        "subjectAltName=DNS:a.example.jp",
    ]
    pem = tmp_path / "pem"
    made_one = ["openssl", *words, "-keyout", "/dev/null", "-out", str(pem)]
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    subprocess.run(made_one, check=True, capture_output=True)
    text = (
        "authorities=/etc/ssl/certs/ca-certificates.crt\nsystemd=yes\nscript=abc\ntimer=active\nstatus_result=kept\n"
        f"name=a.example.jp\nserver=https://ca.example.jp/dir\n{pem.read_text()}name=broken\nnothing\n"
    )
    found = certificates(text)
    (one,) = found.issued
    assert (one.lineage, one.names, one.server) == (
        "a.example.jp",
        ("a.example.jp",),
        "https://ca.example.jp/dir",
    )
    assert 1.9 * DAY < one.not_after - one.not_before < 2.1 * DAY
    assert found.readable and found.authorities.endswith(".crt")
    assert found.renewal == Renewal(systemd=True, active=True, checksum="abc", status={"result": "kept"})
    assert not certificates("readable=no").readable and certificates("") == Certificates()
