"""How Dify is encrypted, what is said of its certificate, and renewing it at a wish."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from installer.answers import Answers, Target
from installer.certificates.model import CertificateInfo, Link
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.https.https_now import HttpsNow, judge, read_https
from installer.https.renew import renew_now
from installer.https.site_certificate import CertificateState, Renewed
from tests.certificates import SITE_NAME, issue, pem, site
from tests.fakes.host import Expected, FakeHost, failed, ok

NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
ANSWERS = Answers(target=Target(host="203.0.113.5", user="u", directory="/opt/dify"))
STATE = "/opt/dify/.dify-installer"
SCRIPT = f"{STATE}/renewal/renew.sh"
WELL = Renewed(NOW - timedelta(hours=2), "kept", NOW + timedelta(hours=10))


def record(url: str, *, tls: bool) -> bytes:
    web = {"address": "127.0.0.1", "port": 443, "name": SITE_NAME, "tls": tls}
    return json.dumps({"version": "1.16.1", "project": "dify", "url": url, "web": web}).encode()


def state(kind: str, days: float, renewal: Renewed | None = WELL, lasts: int = 90) -> CertificateState:
    after = NOW + timedelta(days=days)
    info = CertificateInfo(
        names=(SITE_NAME,),
        subject=SITE_NAME,
        issuer="CA",
        not_before=after - timedelta(days=lasts),
        not_after=after,
        chain=(Link(SITE_NAME, "CA", after),),
        key="EC secp256r1",
        self_signed=kind == "self-signed",
        trust="unknown",
        fingerprint="AB",
        judged=NOW,
    )
    return CertificateState(kind, info, renewal if kind == "letsencrypt" else None)


@pytest.mark.parametrize(
    ("there", "how"),
    [
        (None, "absent"),
        (record(f"http://{SITE_NAME}", tls=False), "off"),
        (record(f"https://{SITE_NAME}", tls=False), "front"),
        (record(f"https://{SITE_NAME}", tls=True), "unreadable"),
    ],
)
def test_who_encrypts(there: bytes | None, how: str) -> None:
    files = {f"{STATE}/installation.json": there} if there else {}
    assert read_https(FakeHost(files=files), ANSWERS).how == how


def test_the_certificate_in_use() -> None:
    chain = pem(site(issue("Company Root", ca=True, days=4000)))
    files = {
        f"{STATE}/installation.json": record(f"https://{SITE_NAME}", tls=True),
        "/opt/dify/docker/nginx/ssl/dify.crt": chain,
    }
    found = read_https(FakeHost(files=files), ANSWERS)
    assert (found.how, found.url) == ("there", f"https://{SITE_NAME}")
    assert found.certificate is not None and SITE_NAME in found.certificate.info.names
    assert HttpsNow("off").certificate is None


@pytest.mark.parametrize(
    ("there", "word"),
    [
        (state("own", 61), "fine"),
        (state("own", 29), "soon"),
        (state("own", -1), "over"),
        (state("own", 91), "early"),
        (state("self-signed", 61), "self_signed"),
        (state("self-signed", -1), "over"),
        (state("letsencrypt", 61), "fine"),
        (state("letsencrypt", 20), "fine"),
        (state("letsencrypt", 14), "late"),
        (state("letsencrypt", 4, lasts=6), "fine"),
        (state("letsencrypt", 1, lasts=6), "late"),
        (state("letsencrypt", 61, None), "unrenewed"),
        (state("letsencrypt", 61, Renewed()), "never"),
        (state("letsencrypt", 61, Renewed(WELL.at, "failed", WELL.next)), "failed"),
        (state("letsencrypt", 61, Renewed(WELL.at, "reload_failed", WELL.next)), "reload_failed"),
        (
            state("letsencrypt", 61, Renewed(NOW - timedelta(days=3), "kept", NOW - timedelta(days=2.5))),
            "idle",
        ),
        (state("letsencrypt", -1, Renewed(WELL.at, "failed", WELL.next)), "over"),
    ],
)
def test_one_word_for_it(there: CertificateState, word: str) -> None:
    assert judge(there, NOW) == word


# ---------------------------------------------------------------------------------- renewing


def renew(host: FakeHost) -> None:
    renew_now(host, ANSWERS, SITE_NAME, "R13", CancelToken())


def test_what_the_timer_runs_is_run() -> None:
    with FakeHost([Expected(("/bin/sh", SCRIPT), ok("kept"))]) as host:
        renew(host)


def test_the_authoritys_own_words_are_said() -> None:
    until = "retry after 2026-09-21 10:00:00 UTC"
    said = f"An unexpected error occurred:\ntoo many certificates already issued: {until}"
    host = FakeHost([Expected(("/bin/sh", SCRIPT), failed(1, stdout=said))])
    with pytest.raises(InstallError) as caught:
        renew(host)
    error = caught.value
    assert error.code is Code.TLS_RATE_LIMITED
    assert (error.params["address"], error.params["server"]) == (SITE_NAME, "R13")


def test_what_nobody_knows_is_shown_as_it_is() -> None:
    host = FakeHost([Expected(("/bin/sh", SCRIPT), failed(127, "sh: not found"))])
    with pytest.raises(InstallError) as caught:
        renew(host)
    assert (caught.value.code, caught.value.params["script"]) == (Code.TLS_RENEWAL_FAILED, SCRIPT)
    assert "sh: not found" in caught.value.detail
