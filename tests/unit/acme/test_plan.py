"""What is planned for a certificate from an authority, and what stands in the files meanwhile."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers.model import Answers, Site
from installer.apply.plan import Plan, make_plan
from installer.config.acme import check_release, missing_parts
from installer.config.render import Configuration
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.facts.model import Facts, Record
from installer.https.acme_commands import issue_stages
from installer.release.model import ReleaseModel
from tests.real_releases import every_release
from tests.releases import model_of, tree_of
from tests.situations import VERSION
from tests.unit.acme.situations import DAY, HERE, NAME, asked, made, there

OWN = "https://ca.example.jp/acme/directory"


def steps(plan: Plan) -> list[str]:
    return [action.step for action in plan.actions]


def env(configuration: Configuration) -> dict[str, str]:
    keys = (
        "NGINX_HTTPS_ENABLED",
        "NGINX_ENABLE_CERTBOT_CHALLENGE",
        "CERTBOT_DOMAIN",
        "NGINX_SSL_CERT_FILENAME",
    )
    return {key: configuration.env.get(key, "") for key in (*keys, "CONSOLE_WEB_URL")}


def commands(answers: Answers, facts: Facts = HERE) -> list[str]:
    return [" ".join(stage.argv) for stage in issue_stages(made(answers, facts))]


def test_dify_runs_on_http_until_the_certificate_is_there() -> None:
    situation = made(asked())
    assert env(situation.configuration) == {
        "NGINX_HTTPS_ENABLED": "false",
        "NGINX_ENABLE_CERTBOT_CHALLENGE": "true",
        "CERTBOT_DOMAIN": env(situation.configuration)["CERTBOT_DOMAIN"],
        "NGINX_SSL_CERT_FILENAME": "dify.crt",
        "CONSOLE_WEB_URL": f"http://{NAME}",
    }
    assert env(situation.configuration)["CERTBOT_DOMAIN"] != NAME
    assert situation.configuration.base_url == f"http://{NAME}"
    plan = make_plan(situation)
    assert steps(plan)[-5:] == ["ready", "address", "certificate", "https", "renewal"]
    assert plan.planned_again and steps(plan.first)[-1] == "certificate"
    shown = {action.step: dict(action.params) for action in plan.actions}
    assert shown["https"] == {"url": f"https://{NAME}"}
    assert shown["certificate"] == {"address": NAME, "server": "Let's Encrypt"}


def test_https_is_on_once_it_is_there() -> None:
    situation = made(asked(), there())
    assert env(situation.configuration) == {
        "NGINX_HTTPS_ENABLED": "true",
        "NGINX_ENABLE_CERTBOT_CHALLENGE": "true",
        "CERTBOT_DOMAIN": NAME,
        "NGINX_SSL_CERT_FILENAME": "fullchain.pem",
        "CONSOLE_WEB_URL": f"https://{NAME}",
    }
    plan = make_plan(situation)
    assert not {"address", "certificate", "https"} & {*steps(plan)} and steps(plan)[-1] == "renewal"
    assert not plan.planned_again and plan.first == plan


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        (there(left=40 * DAY), False),
        (there(left=29 * DAY), True),
        (there(left=-DAY), True),
        (there(left=4 * DAY, lasts=6 * DAY), False),
        (there(left=2.9 * DAY, lasts=6 * DAY), True),
        (there(server="https://other.example/dir"), True),
        (there(server=""), False),
        (there("other.example.jp"), True),
    ],
)
def test_an_authority_is_asked_only_if_it_is_due(facts: Facts, wanted: bool) -> None:
    assert ("certificate" in steps(make_plan(made(asked(), facts)))) is wanted


def test_the_one_that_is_over_stays_in_use_until_there_is_another() -> None:
    assert env(made(asked(), there(left=-DAY)).configuration)["NGINX_HTTPS_ENABLED"] == "true"


def test_a_site_that_has_https_keeps_it_meanwhile() -> None:
    """Another kind of certificate, or another name: what serves now serves on."""
    before = made(asked("old.example.jp"), there("old.example.jp"))
    old = replace(there("old.example.jp"), env=Secret(str(before.configuration.env_text.reveal())))
    found = env(made(asked(), old).configuration)
    assert (found["NGINX_HTTPS_ENABLED"], found["CERTBOT_DOMAIN"]) == ("true", "old.example.jp")
    assert found["CONSOLE_WEB_URL"] == f"https://{NAME}"


def test_files_of_the_former_certificate_go_only_with_it() -> None:
    ours = ("nginx/ssl/dify.crt", "nginx/ssl/dify.key")
    text = '{"version": "99.0.0", "project": "dify", "ours": ["nginx/ssl/dify.crt", "nginx/ssl/dify.key"]}'
    facts = replace(
        HERE,
        record=Record.parse(text),
        files=dict.fromkeys(ours, "1"),
        env=Secret("NGINX_HTTPS_ENABLED=true\n"),
    )
    upload = next(a for a in make_plan(made(asked(), facts)).actions if a.step == "upload")
    assert upload.remove == ()
    now = replace(facts, certificates=there().certificates)
    upload = next(a for a in make_plan(made(asked(), now)).actions if a.step == "upload")
    assert upload.remove == ours


# ---------------------------------------------------------------- the commands


def test_the_trial_comes_first_and_only_where_there_is_one() -> None:
    trial, real = commands(asked())
    assert trial.endswith("--dry-run") and "--server" not in trial
    assert real.endswith(f"--domain {NAME} --cert-name {NAME} --keep-until-expiring")
    assert "run --rm --no-deps -T --entrypoint certbot certbot certonly --non-interactive --agree-tos" in real
    assert "--email admin@example.jp --no-eff-email" in real
    own = commands(asked(acme_server=OWN, email=""))
    assert len(own) == 1 and f"--server {OWN}" in own[0] and "--dry-run" not in own[0]
    assert "--register-unsafely-without-email" in own[0]


def test_an_ip_address_has_its_profile_and_is_renewed_early() -> None:
    trial, real, early = commands(asked("192.0.2.7"))
    for command in (trial, real):
        assert "--ip-address 192.0.2.7 --preferred-profile shortlived --cert-name 192.0.2.7" in command
        assert "--domain" not in command
    assert "renew_before_expiry = 80 hours" in early
    assert "/etc/letsencrypt/renewal/2001-db8--7.conf" in commands(asked("2001:db8::7"))[-1]


def test_one_that_is_due_is_asked_for_in_any_case_and_loaded() -> None:
    _, real, load = commands(asked(), there(left=DAY))
    assert real.endswith("--force-renewal") and load.endswith(
        "exec -T nginx sh -c nginx -t && nginx -s reload"
    )


def test_the_key_of_an_account_is_in_no_command() -> None:
    (only,) = issue_stages(made(asked(acme_server=OWN)))
    words = " ".join(only.argv)
    assert "--config /run/dify-installer/acme-account.ini" in words and "eab" not in words
    assert "rm -f -- /opt/dify/.dify-installer/acme-account.ini" in words


@pytest.mark.parametrize("ending", [0, 3, 143])
def test_the_key_s_file_goes_however_it_ends(tmp_path: Path, ending: int) -> None:
    target = replace(asked().target, directory=str(tmp_path / "my dify"))
    (only,) = issue_stages(made(replace(asked(acme_server=OWN), target=target)))
    key = tmp_path / "my dify" / ".dify-installer" / "acme-account.ini"
    key.parent.mkdir(parents=True)
    key.write_text("eab-kid = x\n")
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n" + ("kill -TERM $PPID\nsleep 0.2" if ending == 143 else f"exit {ending}"))
    docker.chmod(0o755)
    done = subprocess.run(only.argv, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert done.returncode == ending and not key.exists()


def test_an_authority_of_ones_own_is_trusted_as_the_machine_trusts_it() -> None:
    facts = replace(HERE, certificates=replace(HERE.certificates, authorities="/etc/ssl/certs/ca.crt"))
    assert (
        "--volume /etc/ssl/certs/ca.crt:/run/dify-installer/authorities.pem:ro"
        in commands(asked(acme_server=OWN), facts)[0]
    )
    assert "--volume" not in commands(asked(), facts)[0]


def test_where_we_are_not_root_the_certificate_is_kept_beside() -> None:
    facts = replace(HERE, system=replace(HERE.system, uid=1000))
    note = commands(asked(), facts)[-1]
    assert f"/etc/letsencrypt/live/{NAME}/fullchain.pem >/opt/dify/.dify-installer/renewal/{NAME}.pem" in note
    assert "privkey" not in note


def test_certbot_s_image_is_downloaded_and_pinned_like_the_others() -> None:
    config = made(asked()).configuration
    assert config.service_images["certbot"] == "certbot/certbot"
    assert "certbot" not in config.services
    assert (
        "certbot"
        not in made(
            replace(asked(), tls=replace(asked().tls, mode="off", email=""))
        ).configuration.service_images
    )


# ---------------------------------------------------------------- releases, other modes


@every_release
def test_every_release_at_hand_can(version: str) -> None:
    check_release(asked(), tree_of(version), model_of(version))


def test_a_release_that_cannot_says_so() -> None:
    model, tree = model_of(VERSION), tree_of(VERSION)
    without = {name: s for name, s in model.services.items() if name != "certbot"}
    poor: ReleaseModel = replace(model, compose=replace(model.compose, services=without))
    assert missing_parts(tree, poor) == ("services.certbot",)
    with pytest.raises(InstallError) as caught:
        check_release(asked(), tree, poor)
    assert caught.value.code is Code.TLS_RELEASE_CANNOT and caught.value.params["what"] == "services.certbot"
    files = tuple(f for f in tree.files if f.path != "nginx/conf.d/default.conf.template")
    assert missing_parts(replace(tree, files=files), model) == (
        "nginx/conf.d/default.conf.template: ACME_CHALLENGE_LOCATION",
    )


def test_another_mode_takes_back_what_was_set() -> None:
    before = made(asked(), there()).configuration.env_text
    off = replace(asked(), tls=replace(asked().tls, mode="off", email=""), site=Site(NAME))
    config = made(off, replace(HERE, env=before)).configuration
    assert config.env["NGINX_HTTPS_ENABLED"] == "false"
    assert config.env.get("NGINX_ENABLE_CERTBOT_CHALLENGE") != "true"
    assert config.env.get("CERTBOT_DOMAIN") != NAME


def test_the_redirect_spares_the_proof() -> None:
    config = made(asked(), there()).configuration
    template = next(f.data.decode() for f in config.files if f.path.endswith("redirect.conf.template"))
    assert "acme-challenge" in template and "return 301" in template
    assert not any(f.path.endswith("redirect.conf.template") for f in made(asked()).configuration.files)


def test_the_timer_goes_with_the_mode() -> None:
    text = '{"version": "99.0.0", "project": "dify", "renewal": {"unit": "u", "scheduler": "systemd"}}'
    off = replace(asked(), tls=replace(asked().tls, mode="off", email=""))
    facts = replace(HERE, record=Record.parse(text))
    assert "renewal_off" in steps(make_plan(made(off, facts)))
    assert "renewal_off" not in steps(make_plan(made(off))) + steps(make_plan(made(asked(), facts)))
