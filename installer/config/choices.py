"""The values of ``.env`` that follow from the optional answers: size, uploads, language, mail, proxy.

What an answer leaves to the release is not written, so what stands in the ``.env`` in use stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from installer.answers import Answers, Secrets
from installer.answers.decided import decided
from installer.config.capacity import capacity_values
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.release.model import ReleaseModel
from installer.untrusted.values import whole

#: MB in nginx' sizes (nginx.org/en/docs/syntax.html); without a letter they are bytes.
_UNITS: Mapping[str, float] = {"": 1 / 1024**2, "k": 1 / 1024, "m": 1, "g": 1024}


def choice_values(
    answers: Answers, model: ReleaseModel, existing: Mapping[str, str], memory: int
) -> dict[str, str]:
    """Key → value. *existing*: the ``.env`` in use; *memory*: bytes of the machine that runs the containers,
    0 = not known. Raises ``InstallError(EXTERNAL_FIELD_UNKNOWN)`` for a way of sending mail."""
    key = table("choices")["mail_keys"].get(answers.mail.kind)
    if key and not model.knows(key):
        params = {"key": f'mail.kind = "{answers.mail.kind}"', "version": model.version}
        raise InstallError(Code.EXTERNAL_FIELD_UNKNOWN, params, detail=key)
    values = capacity_values(answers.capacity.preset, model, existing, memory)
    values |= {k: v for k, v in decided(answers).items() if model.knows(k)}
    values |= _body_size(answers, model, existing, values)
    return values


# -------------------------------------------------------------------- uploads, mail


def choice_secrets(answers: Answers, secrets: Secrets, existing: Mapping[str, str]) -> dict[str, str]:
    """Key → value that holds a password: the mail server's, and addresses of a proxy. A password that is not
    given stays as the ``.env`` in use, *existing*, has it for this user."""
    found = proxy_values(answers, secrets, existing)
    known = table("choices")
    if answers.mail.kind == "smtp" and secrets.mail_password is not None:
        found[known["mail_secret"]["variable"]] = secrets.mail_password.reveal()
    if answers.mail.kind in known["mail_keys"] and secrets.mail_api_key is not None:
        found[known["mail_keys"][answers.mail.kind]] = secrets.mail_api_key.reveal()
    return found


def _body_size(
    answers: Answers, model: ReleaseModel, existing: Mapping[str, str], values: Mapping[str, str]
) -> dict[str, str]:
    """What nginx lets through, if that is less than the largest file that Dify takes."""
    known = table("choices")
    key = known["uploads_body"]["variable"]

    def in_force(name: str) -> str:
        default = model.env_keys[name].default if model.knows(name) else ""
        return answers.env.get(name) or values.get(name) or existing.get(name) or default

    stated = model.env_keys[key].default if model.knows(key) else ""
    if existing.get(key, stated) != stated and not any(n in values for n in known["uploads"].values()):
        return {}  # written by hand, and no answer asks for larger files
    largest = max(whole(in_force(name)) for name in known["uploads"].values())
    through = megabytes(in_force(key))
    if not model.knows(key) or key in answers.env or through is None or through >= largest:
        return {}
    return {key: f"{largest + int(known['uploads_body']['spare'])}M"}


def megabytes(size: str) -> float | None:
    """nginx' *size* in MB; None for what has no limit (``0``) or is none."""
    match = re.fullmatch(r"(\d+)([kmg]?)", size.strip().lower())
    number = whole(match[1]) if match else 0
    return number * _UNITS[match[2]] if match and number else None


# ----------------------------------------------------------------------------- proxy


def kept_passwords(answers: Answers, existing: Mapping[str, str]) -> frozenset[str]:
    """``mail``, ``proxy``: for whose user *existing* has a password."""
    known, wanted, found = table("choices"), decided(answers), set()
    mail = known["mail_secret"]
    if existing.get(mail["variable"]) and all(existing.get(key) == wanted.get(key) for key in mail["of"]):
        found.add("mail")
    proxy = answers.proxy
    if _kept_login(existing.get(known["proxy"]["http"], ""), proxy.http or proxy.https, proxy.user):
        found.add("proxy")
    return frozenset(found)


def proxy_values(answers: Answers, secrets: Secrets, existing: Mapping[str, str]) -> dict[str, str]:
    """Our own variables with the containers' proxy, which the override file hands to them."""
    proxy, known = answers.proxy, table("choices")["proxy"]
    if not proxy.http and not proxy.https:
        return {}
    http, https = proxy.http or proxy.https, proxy.https or proxy.http
    found = {known["http"]: http, known["https"]: https}
    if not proxy.user:
        return found
    login = _kept_login(existing.get(known["http"], ""), http, proxy.user) or quote(proxy.user, safe="")
    if secrets.proxy_password is not None:
        login = f"{quote(proxy.user, safe='')}:{quote(secrets.proxy_password.reveal(), safe='')}"
    return {key: address.replace("://", f"://{login}@", 1) for key, address in found.items()}


def _kept_login(address: str, wanted: str, user: str) -> str:
    """``user:password`` as *address* has it for *user*; empty without one, and if *wanted* is another proxy:
    that one must not get it."""
    scheme, _, rest = address.partition("://")
    login, _, place = rest.rpartition("@")
    name, _, password = login.partition(":")
    same = f"{scheme}://{place}" == wanted and name == quote(user, safe="")
    return login if user and same and password else ""


def no_proxy(answers: Answers, services: tuple[str, ...]) -> str:
    """What is reached without the proxy, by commas: the stack's own services before all."""
    always = table("choices")["proxy"]["always"]
    return ",".join(dict.fromkeys((*always, *services, answers.site_address, *answers.proxy.exceptions)))
