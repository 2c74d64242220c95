"""certbot's words and what they mean. Texts without a note were recorded in the lab with certbot 5.8 and
pebble; those of Let's Encrypt follow its server's source (letsencrypt/boulder)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.acme.explain import explain
from installer.acme.records import DnsRecord, records_of
from installer.apply.executor import complete_authority
from installer.core.errors import Code
from tests.unit.acme.situations import NAME, asked, made

HEAD = (
    "Saving debug log to /var/log/letsencrypt/letsencrypt.log\nRequesting a certificate for dify.example.jp\n"
)
TAIL = (
    "\nAsk for help or search for solutions at https://community.letsencrypt.org. See the logfile "
    "/var/log/letsencrypt/letsencrypt.log or re-run Certbot with -v for more details."
)


def challenge(kind: str, detail: str) -> str:
    return (
        f"{HEAD}\nCertbot failed to authenticate some domains (authenticator: webroot). The Certificate "
        "Authority reported these problems:\n  Identifier: dify.example.jp\n"
        f"  Type:   {kind}\n  Detail: {detail}\n\n"
        "Hint: The Certificate Authority failed to download the temporary challenge files created by "
        "Certbot. Ensure that the listed identifiers serve their content from the provided --webroot-path/-w "
        "and that files created there can be downloaded from the internet.\n\nSome challenges have failed."
        + TAIL
    )


def unexpected(text: str) -> str:
    return f"{HEAD}An unexpected error occurred:\n{text}{TAIL}"


TOKEN = "http://dify.example.jp/.well-known/acme-challenge/nvZ9HuWonWjb3wgjbpOa10WtHfvVQtx_cbcOw5a5l28"
LIMITED = (
    "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, "
    "retry after 2026-12-01 10:20:30 UTC: see https://letsencrypt.org/docs/rate-limits/"
)
POOL = (
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='ca.example.jp', port=443): Max retries "
)


@pytest.mark.parametrize(
    ("output", "code", "params"),
    [
        (
            challenge("connection", f'Get "{TOKEN}": dial tcp 10.95.0.10:80: connect: connection refused'),
            Code.TLS_PORT_CLOSED,
            {"met": "10.95.0.10", "reason": "refused"},
        ),
        (  # boulder, va/http.go
            challenge(
                "connection",
                f"203.0.113.9: Fetching {TOKEN}: Timeout during connect (likely firewall problem)",
            ),
            Code.TLS_PORT_CLOSED,
            {"met": "203.0.113.9", "reason": "timeout"},
        ),
        (  # boulder, va/va.go
            challenge("unauthorized", f"203.0.113.9: Invalid response from {TOKEN}: 404"),
            Code.TLS_CHALLENGE_OTHER,
            {"met": "203.0.113.9", "status": "404"},
        ),
        (
            challenge("unauthorized", f"2001:db8::5: Invalid response from {TOKEN}: 503"),
            Code.TLS_CHALLENGE_OTHER,
            {"met": "2001:db8::5", "status": "503"},
        ),
        (
            challenge(
                "dns",
                "DNS problem: NXDOMAIN looking up A for dify.example.jp - check that a DNS record exists",
            ),
            Code.TLS_DNS_MISSING,
            {"record": "A"},
        ),
        (
            challenge("dns", "no valid A records found for dify.example.jp; no valid AAAA records found"),
            Code.TLS_DNS_MISSING,
            {"record": "A"},
        ),
        (
            challenge("dns", "DNS problem: looking up A for dify.example.jp: DNSSEC: Bogus"),
            Code.TLS_CHALLENGE_FAILED,
            {},
        ),
        (  # boulder, va/caa.go
            challenge(
                "caa", "While processing CAA for dify.example.jp: CAA record for example.jp prevents issuance"
            ),
            Code.TLS_CAA,
            {},
        ),
        (unexpected(LIMITED), Code.TLS_RATE_LIMITED, {"until": "2026-12-01 10:20:30 UTC"}),
        (
            unexpected("Service busy; retry later."),
            Code.TLS_RATE_LIMITED,
            {"until": ""},
        ),
        (
            unexpected(
                POOL
                + "exceeded with url: /dir (Caused by NewConnectionError(\"HTTPSConnection(host='10.95.0.3', "
                'port=14999): Failed to establish a new connection: [Errno 111] Connection refused"))'
            ),
            Code.TLS_SERVER_UNREACHABLE,
            {"reason": "refused"},
        ),
        (
            unexpected(
                POOL
                + "exceeded with url: /dir (Caused by NameResolutionError(\"HTTPSConnection(host='nowhere"
                ".invalid', port=443): Failed to resolve 'nowhere.invalid' ([Errno -2] Name not known)\"))"
            ),
            Code.TLS_SERVER_UNREACHABLE,
            {"reason": "name"},
        ),
        (
            unexpected(
                "requests.exceptions.SSLError: HTTPSConnectionPool(host='ca.example.jp', port=443): Max "
                "retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_"
                "FAILED]')))"
            ),
            Code.TLS_SERVER_UNREACHABLE,
            {"reason": "trust"},
        ),
        (
            unexpected(
                'Order included an identifier for which issuance is forbidden by policy: "blocked.test"'
            ),
            Code.TLS_NAME_REFUSED,
            {},
        ),
        (  # boulder, policy/pa.go
            unexpected(
                'Invalid identifiers requested :: Cannot issue for "dify.local": Domain name does not end '
                "with a valid public suffix (TLD)"
            ),
            Code.TLS_NAME_REFUSED,
            {},
        ),
        (
            "usage:\n  certbot [SUBCOMMAND] [options]\n\n"
            "certbot: error: unrecognized arguments: --ip-address 10.0.0.1",
            Code.TLS_CERTBOT_OLD,
            {},
        ),
        ("Another instance of Certbot is already running.", Code.TLS_ISSUE_FAILED, {}),
    ],
)
def test_what_certbot_says(output: str, code: Code, params: dict[str, str]) -> None:
    error = explain(output)
    assert error.code is code
    assert {**error.params, **params} == error.params
    assert error.detail == output


def test_the_situation_adds_whose_certificate_it_was() -> None:
    error = explain(unexpected(LIMITED))
    complete_authority(error, made(asked()))
    assert error.params["address"] == NAME and error.params["server"] == "Let's Encrypt"
    assert error.params["said"].startswith("too many certificates")


def test_a_name_that_leads_nowhere_gets_the_record_that_is_right() -> None:
    said = "DNS problem: NXDOMAIN looking up A for dify.example.jp - check that a DNS record exists"
    error = explain(challenge("dns", said))
    situation = made(asked())
    inside = replace(situation.answers.tls, acme_server="https://ca.example.jp/directory")
    complete_authority(error, replace(situation, answers=replace(situation.answers, tls=inside)))
    assert records_of(error.params) == (DnsRecord("A", NAME, situation.answers.target.host),)
    assert error.params["server"] == "ca.example.jp" and error.detail.count("NXDOMAIN")
