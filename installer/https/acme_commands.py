"""The commands that ask an authority: certbot in the release's own container. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from installer.acme.certificates import CHAIN_FILE, address_of, issued, lineage_of, server_of
from installer.acme.stages import DRY_RUN, ISSUE, STEP
from installer.certificates.names import is_ip
from installer.core.paths import pure_path
from installer.core.resources import table
from installer.docker.compose import compose
from installer.hosts.base import Stage
from installer.state.plan_input import Situation

BINDING_FILE = "acme-account.ini"
_INSIDE = "/run/dify-installer"
#: In the container, the authorities that the machine trusts.
AUTHORITIES = f"{_INSIDE}/authorities.pem"


def known() -> Mapping[str, Any]:
    """``resources/acme.toml``."""
    return table("acme")


def binding_path(situation: Situation) -> str:
    """The file with the key that binds an account, for as long as certbot is asked; it never stands in a
    command."""
    return str(pure_path(situation.answers.state_folder) / BINDING_FILE)


def container(situation: Situation, *, program: str = "certbot", bound: bool = False) -> tuple[str, ...]:
    """``docker compose run`` of *program* in certbot's container, which need not run. An authority of one's
    own is trusted if the machine trusts it. *bound*: with the file that binds an account."""
    mounts = list(own_authorities(situation))
    if bound:
        mounts += ["--volume", f"{binding_path(situation)}:{_INSIDE}/{BINDING_FILE}:ro"]
    service = str(known()["release"]["service"])
    return compose("run", "--rm", "--no-deps", "-T", *mounts, "--entrypoint", program, service)


def own_authorities(situation: Situation) -> tuple[str, ...]:
    """What has certbot trust the authorities that the machine trusts, for a server that is not public."""
    authorities = own_authorities_file(situation)
    if not authorities:
        return ()
    return ("--volume", f"{authorities}:{AUTHORITIES}:ro", "--env", f"REQUESTS_CA_BUNDLE={AUTHORITIES}")


def own_authorities_file(situation: Situation) -> str:
    """The machine's file of authorities, where the certificate comes from a server that is not public; else
    empty."""
    return situation.facts.certificates.authorities if situation.answers.tls.acme_server else ""


def issue_stages(situation: Situation) -> tuple[Stage, ...]:
    """Before the real authority is asked, its trial is: a mistake costs nothing there. Let's Encrypt has one,
    others are asked at once."""
    trial = not situation.answers.tls.acme_server
    stages = [Stage(DRY_RUN, _certonly(situation, "--dry-run"))] if trial else []
    stages.append(Stage(ISSUE, _certonly(situation) if trial else _bound(situation)))
    return (*stages, *_early(situation), *_noted(situation), *_loaded(situation))


def _bound(situation: Situation) -> tuple[str, ...]:
    """The same with the key, whose file is gone afterwards, however it ended, also by a cancel."""
    words = shlex.join(_certonly(situation, bound=True))
    away = shlex.quote(f"rm -f -- {shlex.quote(binding_path(situation))}")
    return ("sh", "-c", f"trap {away} EXIT\ntrap 'exit 143' HUP INT TERM\n{words}\nexit $?")


def _certonly(situation: Situation, *more: str, bound: bool = False) -> tuple[str, ...]:
    answers = situation.answers
    address, webroot = address_of(answers), str(known()["release"]["webroot"])
    words = ["certonly", "--non-interactive", "--agree-tos", "--webroot", "--webroot-path", webroot]
    if bound:
        words = ["--config", f"{_INSIDE}/{BINDING_FILE}", *words]
    if answers.tls.email:
        words += ["--email", answers.tls.email, "--no-eff-email"]
    else:
        words.append("--register-unsafely-without-email")
    if answers.tls.acme_server:
        words += ["--server", answers.tls.acme_server]
    if is_ip(address):
        words += ["--ip-address", address, "--preferred-profile", str(known()["address"]["profile"])]
    else:
        words += ["--domain", address]
    words += ["--cert-name", lineage_of(answers), *more]
    if not more:
        # one that is there is due by our own rule, or from another authority
        again = issued(answers, situation.facts) is not None
        words.append("--force-renewal" if again else "--keep-until-expiring")
    return (*container(situation, bound=bound), *words)


def _early(situation: Situation) -> tuple[Stage, ...]:
    """A certificate for an IP address lasts for days: half of them are left when it is renewed, whatever the
    authority proposes."""
    if not is_ip(address_of(situation.answers)):
        return ()
    hours = round(known()["address"]["hours"] * known()["due"]["short"])
    lines = ("-e", f"1i renew_before_expiry = {hours} hours", "-e", "/^renew_before_expiry/d")
    file = f"{known()['release']['conf']}/renewal/{lineage_of(situation.answers)}.conf"
    return (Stage(f"{STEP}:early", (*container(situation, program="sed"), "-i", *lines, file)),)


def _loaded(situation: Situation) -> tuple[Stage, ...]:
    """The web server that has the former one in use takes the new one without a pause."""
    if not issued(situation.answers, situation.facts):
        return ()
    web = str(known()["release"]["web"])
    argv = compose("exec", "-T", web, "sh", "-c", "nginx -t && nginx -s reload")
    return (Stage(f"{STEP}:load", argv),)


def _noted(situation: Situation) -> tuple[Stage, ...]:
    """Where we are not root certbot's folder may not be read: what nginx shows (no key) is kept beside it."""
    if situation.facts.system.uid == 0:
        return ()
    lineage = lineage_of(situation.answers)
    folder = pure_path(situation.answers.state_folder) / "renewal"
    copy = shlex.join(
        (*container(situation, program="cat"), f"{known()['release']['conf']}/live/{lineage}/{CHAIN_FILE}")
    )
    path, server = shlex.quote(str(folder / lineage)), shlex.quote(server_of(situation.answers))
    text = (
        f"mkdir -p {shlex.quote(str(folder))} && {copy} >{path}.pem && printf '%s\\n' {server} >{path}.server"
    )
    return (Stage(f"{STEP}:note", ("sh", "-c", text)),)
