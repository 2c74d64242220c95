"""What ``.env`` says while certificates come by ACME, and whether a release can have them at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installer.acme.certificates import CHAIN_FILE, KEY_FILE, lineage_of
from installer.answers.model import Answers
from installer.config.acme_awaited import Awaited
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.release.archive import ReleaseTree
from installer.release.model import ReleaseModel

_CHALLENGE, _DOMAIN, _EMAIL = "NGINX_ENABLE_CERTBOT_CHALLENGE", "CERTBOT_DOMAIN", "CERTBOT_EMAIL"


def acme_services(answers: Answers) -> tuple[str, ...]:
    """Services of the Compose file that do not run, and whose image is needed."""
    return (str(table("acme")["release"]["service"]),) if answers.tls.way.acme else ()


def check_release(answers: Answers, tree: ReleaseTree, model: ReleaseModel) -> None:
    """Raises ``InstallError(TLS_RELEASE_CANNOT)`` for a release whose files have no place for it."""
    if answers.tls.way.acme and (missing := missing_parts(tree, model)):
        params = {"version": model.version, "what": missing[0]}
        raise InstallError(Code.TLS_RELEASE_CANNOT, params, detail=", ".join(missing))


def acme_values(answers: Answers, model: ReleaseModel) -> dict[str, str]:
    """Key → value."""
    values = {_CHALLENGE: "true", "NGINX_HTTPS_ENABLED": str(answers.tls.on).lower()}
    if model.knows(_EMAIL):
        values[_EMAIL] = answers.tls.email
    if isinstance(answers.tls, Awaited):  # still without the certificate
        return values
    return {
        **values,
        _DOMAIN: lineage_of(answers),
        "NGINX_SSL_CERT_FILENAME": CHAIN_FILE,
        "NGINX_SSL_CERT_KEY_FILENAME": KEY_FILE,
    }


def no_acme_values(model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    """With another mode the variables of certbot are as the release has them, if they are there at all."""
    stated = model.env_file.values()
    return {k: stated.get(k, "") for k in (_CHALLENGE, _DOMAIN, _EMAIL) if existing.get(k)}


def missing_parts(tree: ReleaseTree, model: ReleaseModel) -> tuple[str, ...]:
    """What a release lacks for it, in the words of its own files; empty if it has all."""
    known: Mapping[str, Any] = table("acme")["release"]
    found = []
    for name, targets in (
        (known["service"], (known["conf"], known["webroot"])),
        (known["web"], (known["conf"], known["webroot"])),
    ):
        service = model.services.get(name)
        if service is None:
            found.append(f"services.{name}")
            continue
        there = {mount.target.rstrip("/") for mount in service.mounts}
        found += [f"services.{name}.volumes: {t}" for t in targets if t not in there]
    found += [name for name in known["variables"] if not model.knows(name)]
    template = str(known["template"])
    if tree.get(template) is None or known["placeholder"] not in tree.text(template):
        found.append(f"{template}: {known['placeholder']}")
    return tuple(found)
