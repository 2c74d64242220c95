"""What is said about the certificate that browsers are shown."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Ports, Site, Target, Tls
from installer.cli.show import certificate_lines
from installer.facts.model import Record
from installer.hosts.kinds import DESKTOP, LINUX, HostKind
from installer.hosts.local.host import LocalHost
from installer.https.site_certificate import CertificateState, read_certificate
from installer.operations.status import Status
from installer.texts import Texts
from tests.certificates import SITE_NAME, issue, key_pem, pem, site
from tests.fakes.host import FakeHost

ROOT = issue("Company Root", ca=True, days=4000)
ISSUED = site(ROOT)
OWN = pem(ISSUED, ROOT)
SELF = site(None)
AT, NEXT = 1_790_000_000, 1_790_043_200
DOCKER = "/opt/dify/docker"
NOTES = "/opt/dify/.dify-installer/renewal"


def answers(mode: str) -> Answers:
    target = Target(host="203.0.113.5", user="u", directory="/opt/dify")
    return Answers(target=target, site=Site(SITE_NAME), ports=Ports(https=443), tls=Tls(mode))


def record(*, tls: bool = True, renewal: bool = False, ours: tuple[str, ...] = ()) -> Record:
    web = {"address": "127.0.0.1", "port": 443, "name": SITE_NAME, "tls": tls}
    note = {"renewal": {"lineage": SITE_NAME, "unit": "u", "scheduler": "systemd"}} if renewal else {}
    found = Record.parse(
        json.dumps({"version": "1.16.1", "project": "dify", "web": web, "ours": ours, **note})
    )
    assert found is not None
    return found


def look(mode: str, files: dict[str, bytes], **more: Any) -> CertificateState | None:
    return read_certificate(FakeHost(files=files), answers(mode), record(**more))


def lines(state: CertificateState) -> list[str]:
    return [*certificate_lines(Status("1", "u", "running", (), certificate=state), Texts("en"))]


@pytest.mark.parametrize(
    ("mode", "path", "data"),
    [
        ("own", f"{DOCKER}/nginx/ssl/dify.crt", OWN),
        ("self-signed", f"{DOCKER}/nginx/ssl/self-signed.crt", pem(SELF)),
        # no scheduler there: nothing renews it, and it is shown all the same
        ("letsencrypt", f"{DOCKER}/volumes/certbot/conf/live/{SITE_NAME}/fullchain.pem", OWN),
        ("letsencrypt", f"{NOTES}/{SITE_NAME}.pem", OWN),
    ],
)
def test_the_one_in_use(mode: str, path: str, data: bytes) -> None:
    found = look(mode, {path: data})
    assert found is not None and (found.kind, found.renewal) == (mode, None)
    told = found.as_json()
    assert SITE_NAME in told["names"] and told["renewal"] is None and told["kind"] == mode
    assert len(told["chain"]) == (1 if mode == "self-signed" else 2)
    assert told["days_left"] > 0 and datetime.fromisoformat(told["not_after"]).tzinfo is not None
    assert [line for line in lines(found) if SITE_NAME in line and "days left" in line]


def test_the_former_one_serves_until_the_authority_has_issued() -> None:
    found = look("letsencrypt", {f"{DOCKER}/nginx/ssl/dify.crt": OWN})
    assert found is not None and found.kind == "own"


def test_after_an_undo_it_is_the_records_though_the_answers_want_another() -> None:
    """Certificates of an authority stay where they are."""
    files = {
        f"{DOCKER}/nginx/ssl/dify.crt": OWN,
        f"{DOCKER}/volumes/certbot/conf/live/{SITE_NAME}/fullchain.pem": OWN,
    }
    own = look("letsencrypt", files, ours=("nginx/ssl/dify.crt", "nginx/ssl/dify.key"))
    assert own is not None and own.kind == "own"
    other = look("letsencrypt", files, ours=(".env",))
    assert other is not None and other.kind == "letsencrypt"


def test_without_https_here_nothing_is_said() -> None:
    files = {f"{DOCKER}/nginx/ssl/dify.crt": OWN}
    assert look("off", files, tls=False) is None and look("proxy", files, tls=False) is None
    assert look("own", {}) is None


def test_what_cannot_be_read_is_not_guessed() -> None:
    for data in (b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        assert look("own", {f"{DOCKER}/nginx/ssl/dify.crt": data}) is None


def test_a_key_in_the_file_is_not_told() -> None:
    found = look("own", {f"{DOCKER}/nginx/ssl/dify.crt": OWN + key_pem(ISSUED.key)})
    assert found is not None and "PRIVATE" not in json.dumps(found.as_json())


@pytest.mark.parametrize(
    ("status", "told", "said"),
    [
        (f"at={AT}\nresult=kept\nexit=0\nnext={NEXT}\n", ("kept", AT, NEXT), "renews it by itself"),
        (f"at={AT}\nresult=failed\nexit=1\nnext={NEXT}\n", ("failed", AT, NEXT), "Renewing it failed"),
        ("", ("", None, None), "has not tried yet"),
        ("at=soon\nnext=99999999999999999999\n", ("", None, None), "has not tried yet"),
    ],
)
def test_the_last_run_of_the_renewal_and_the_next(
    status: str, told: tuple[str, int | None, int | None], said: str
) -> None:
    found = look(
        "letsencrypt", {f"{NOTES}/{SITE_NAME}.pem": OWN, f"{NOTES}/status": status.encode()}, renewal=True
    )
    assert found is not None and found.renewal is not None
    result, at, then = told
    when = [datetime.fromtimestamp(t, UTC).isoformat() if t else None for t in (at, then)]
    assert found.as_json()["renewal"] == {"at": when[0], "result": result, "next": when[1]}
    assert said in lines(found)[1]


def test_one_that_is_over_says_so() -> None:
    files = {f"{DOCKER}/nginx/ssl/dify.crt": OWN}
    later = datetime.now(UTC) + timedelta(days=4000)
    found = read_certificate(FakeHost(files=files), answers("own"), record(), now=later)
    assert found is not None and found.info.days_left == 0
    assert "it ended on" in lines(found)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
@pytest.mark.parametrize("kind", [LINUX, DESKTOP])
@pytest.mark.parametrize("mode", ["own", "letsencrypt"])
def test_a_link_that_a_container_placed_is_no_certificate(tmp_path: Path, mode: str, kind: HostKind) -> None:
    asked = replace(answers(mode), target=Target(kind="local", directory=str(tmp_path)))
    name = {"own": "nginx/ssl/dify.crt"}.get(mode, f"volumes/certbot/conf/live/{SITE_NAME}/fullchain.pem")
    file = tmp_path / "docker" / name
    file.parent.mkdir(parents=True)
    (tmp_path / "elsewhere.pem").write_bytes(OWN)
    host, noted = LocalHost(kind=kind), record()
    file.write_bytes(OWN)
    found = read_certificate(host, asked, noted)
    assert found is not None and found.kind == mode
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere.pem")
    assert read_certificate(host, asked, noted) is None
