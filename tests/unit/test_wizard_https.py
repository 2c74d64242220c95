"""How HTTPS is chosen: what goes with each way, what is lacking, and what suits a new installation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Answers, Ports, Secrets, Site, Target, Tls
from installer.answers.answers_file import answer_problems
from installer.core.resources import table
from installer.core.secrets import Secret
from installer.facts.certificates import Certificates, Issued, Renewal
from installer.facts.model import Facts, Listener
from installer.views.wizard import (
    ChecksState,
    PageId,
    WizardState,
    effective,
    effective_secrets,
    field_problems,
    missing,
)
from installer.views.wizard.https import Reach, behind, choose_https, fitting_https, open_to_all

PUBLIC = Answers(target=Target(kind="ssh", host="8.8.4.4", user="root"))
NGINX = Listener("0.0.0.0", 80, "nginx", 812)
READY = Facts(certificates=Certificates(renewal=Renewal(cron=True)))
ZEROSSL = "https://acme.zerossl.com/v2/DV90"


def state(tls: Tls, answers: Answers = PUBLIC, **changes: object) -> WizardState:
    ports = replace(answers.ports, https=443)
    return WizardState(answers=replace(answers, tls=tls, ports=ports), **changes)  # type: ignore[arg-type]


def wrong(there: WizardState) -> dict[str, str]:
    return {name: found.key for name, found in field_problems(there, PageId.SETTINGS).items()}


class TestChoosing:
    @pytest.mark.parametrize("mode", ["own", "self-signed", "letsencrypt"])
    def test_our_own_web_server_gets_its_port(self, mode: str) -> None:
        found = choose_https(WizardState(answers=PUBLIC), mode).answers
        assert (found.tls.mode, found.ports.https, found.ports.http) == (mode, 443, 80)

    def test_an_unknown_way_changes_nothing(self) -> None:
        there = WizardState(answers=PUBLIC)
        assert choose_https(there, "magic") is there

    def test_behind_a_web_server_the_machine_alone_reaches_dify(self) -> None:
        there = WizardState(answers=PUBLIC, checks=ChecksState(facts=Facts(listeners=(NGINX,))))
        put = behind(there)
        assert put == Reach("127.0.0.1", 8080)
        found = choose_https(there, "proxy", put).answers
        assert (found.site.bind, found.ports.http) == ("127.0.0.1", 8080)
        assert effective(WizardState(answers=found)).ports.https == 0

    def test_an_address_and_a_port_of_ones_own_stay_behind_a_web_server(self) -> None:
        answers = replace(PUBLIC, site=Site(bind="10.0.0.5"), ports=Ports(http=9000))
        assert behind(WizardState(answers=answers)) == Reach("10.0.0.5", 9000)

    def test_an_authority_gets_the_port_that_it_asks(self) -> None:
        answers = replace(PUBLIC, site=Site(bind="127.0.0.1"), ports=Ports(http=8080))
        there = state(Tls(mode="letsencrypt"), answers)
        assert wrong(there) == {"ports.http": "acme_port"}
        opened = open_to_all(there)
        assert (opened.answers.site.bind, opened.answers.ports.http) == ("0.0.0.0", 8080)
        assert wrong(opened) == {"ports.http": "acme_port"}
        assert field_problems(opened, PageId.SETTINGS)["ports.http"].params["free"] == "80"
        on_80 = replace(opened.answers, ports=replace(opened.answers.ports, http=80))
        assert wrong(replace(opened, answers=on_80)) == {}

    def test_without_an_authority_the_port_stays(self) -> None:
        answers = replace(PUBLIC, site=Site(bind="127.0.0.1"), ports=Ports(http=8080))
        found = open_to_all(WizardState(answers=answers)).answers
        assert (found.site.bind, found.ports.http) == ("0.0.0.0", 8080)


class TestWhatCounts:
    def test_what_is_for_an_authority_counts_with_it_alone(self) -> None:
        tls = Tls(mode="own", certificate="/a.pem", email="a@example.jp", acme_server="https://ca.example.jp")
        there = state(tls, secrets=Secrets(tls_eab_kid=Secret("kid"), tls_eab_hmac=Secret("hmac")))
        assert (effective(there).tls.email, effective(there).tls.acme_server) == ("", "")
        assert not list(answer_problems(effective(there)))
        assert effective_secrets(there).tls_eab_kid is None
        again = choose_https(there, "letsencrypt")
        assert effective(again).tls.acme_server == "https://ca.example.jp"
        assert effective_secrets(again).tls_eab_hmac == Secret("hmac")

    def test_lets_encrypt_binds_no_account(self) -> None:
        given = Secrets(tls_eab_kid=Secret("kid"))
        there = state(Tls(mode="letsencrypt"), secrets=given)
        assert effective_secrets(there).tls_eab_kid is None and wrong(there) == {}


class TestLacking:
    def test_a_name_that_no_authority_knows(self) -> None:
        answers = replace(PUBLIC, site=Site(address="dify.internal"))
        assert wrong(state(Tls(mode="letsencrypt"), answers)) == {"site.address": "acme_address"}

    def test_a_company_has_names_of_its_own(self) -> None:
        answers = replace(PUBLIC, site=Site(address="dify.internal"))
        own = Tls(mode="letsencrypt", acme_server="https://ca.internal/acme")
        assert wrong(state(own, answers)) == {}

    def test_an_address_that_is_only_begun(self) -> None:
        assert wrong(state(Tls(mode="letsencrypt", acme_server="https://"))) == {
            "tls.acme_server": "acme_server"
        }

    @pytest.mark.parametrize(
        ("given", "lacking"),
        [
            (Secrets(), {"tls_eab_kid", "tls_eab_hmac"}),
            (Secrets(tls_eab_kid=Secret("kid")), {"tls_eab_hmac"}),
            (Secrets(tls_eab_kid=Secret("kid"), tls_eab_hmac=Secret("hmac")), set()),
        ],
    )
    def test_zerossl_wants_both_keys(self, given: Secrets, lacking: set[str]) -> None:
        there = state(Tls(mode="letsencrypt", acme_server=ZEROSSL), secrets=given)
        assert set(wrong(there)) == {f"secrets.{name}" for name in lacking}

    def test_an_account_that_is_bound_already_needs_no_keys(self) -> None:
        """Whoever changes something else of an installation has used them once."""
        issued = Issued("8.8.4.4", ("8.8.4.4",), 0.0, 1.0, ZEROSSL)
        facts = Facts(certificates=Certificates((issued,)))
        tls = Tls(mode="letsencrypt", acme_server=ZEROSSL)
        assert wrong(state(tls, checks=ChecksState(facts))) == {}
        other = replace(issued, server="https://ca.example.jp/acme")
        facts = Facts(certificates=Certificates((other,)))
        assert len(wrong(state(tls, checks=ChecksState(facts)))) == 2

    def test_half_a_key_is_none_for_any_authority(self) -> None:
        tls = Tls(mode="letsencrypt", acme_server="https://ca.example.jp/acme")
        assert wrong(state(tls)) == {}
        assert wrong(state(tls, secrets=Secrets(tls_eab_hmac=Secret("x")))) == {"secrets.tls_eab_kid": "eab"}

    def test_a_taken_port_offers_no_other_one_to_an_authority(self) -> None:
        there = state(Tls(mode="letsencrypt"), checks=ChecksState(facts=Facts(listeners=(NGINX,))))
        lacking = missing(there, PageId.SETTINGS)[0]
        assert (lacking.key, "free" in lacking.params) == ("acme_port_taken", False)

    def test_hsts_needs_a_name(self) -> None:
        assert wrong(state(Tls(mode="letsencrypt", hsts=True))) == {"tls.hsts": "hsts"}

    def test_the_known_authorities_are_addresses(self) -> None:
        for entry in table("acme")["authority"]:
            tls = Tls(mode="letsencrypt", acme_server=entry["directory"])
            assert "tls.acme_server" not in wrong(state(tls))


class TestFitting:
    def test_a_server_on_the_internet_gets_a_certificate(self) -> None:
        found = fitting_https(PUBLIC, READY)
        assert (found.tls, found.ports) == (Tls(mode="letsencrypt"), Ports(https=443))

    @pytest.mark.parametrize(
        "answers",
        [
            replace(PUBLIC, target=replace(PUBLIC.target, host="10.0.0.5")),
            replace(PUBLIC, target=replace(PUBLIC.target, host="vps")),
            replace(PUBLIC, target=Target(kind="local")),
            replace(PUBLIC, site=Site(bind="127.0.0.1")),
            replace(PUBLIC, ports=Ports(http=8080)),
            replace(PUBLIC, tls=Tls(mode="self-signed")),
        ],
    )
    def test_where_it_cannot_work_or_somebody_chose_nothing_changes(self, answers: Answers) -> None:
        assert fitting_https(answers, READY) == answers

    @pytest.mark.parametrize("port", [80, 443])
    def test_another_web_server_keeps_its_ports(self, port: int) -> None:
        facts = replace(READY, listeners=(replace(NGINX, port=port),))
        assert fitting_https(PUBLIC, facts) == PUBLIC

    def test_what_nothing_would_renew_is_not_proposed(self) -> None:
        assert fitting_https(PUBLIC, Facts()) == PUBLIC
