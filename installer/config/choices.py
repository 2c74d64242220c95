"""The values of ``.env`` that follow from the optional answers: size, uploads, language, mail, proxy.

What an answer leaves to the release is not written, so what stands in the ``.env`` in use stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from installer.release.model import ReleaseModel
from installer.resources import table
from installer.settings import Answers, Secrets
from installer.settings.decided import decided
from installer.settings.optional import AS_RELEASED, AUTOMATIC

_GIB = 1024**3
#: MB in nginx' sizes (nginx.org/en/docs/syntax.html); without a letter they are bytes.
_UNITS: Mapping[str, float] = {"": 1 / 1024**2, "k": 1 / 1024, "m": 1, "g": 1024}


def choice_values(
    answers: Answers, model: ReleaseModel, existing: Mapping[str, str], memory: int
) -> dict[str, str]:
    """Key → value. *existing*: the ``.env`` in use; *memory*: bytes of the machine that runs the containers,
    0 = not known."""
    values = capacity_values(answers.capacity.preset, model, existing, memory)
    values |= {k: v for k, v in decided(answers).items() if model.knows(k)}
    values |= _body_size(answers, model, existing, values)
    return values


# ------------------------------------------------------------------------------ size


def preset_of(name: str, memory: int) -> Mapping[str, Any] | None:
    """The preset that answers' *name* means with *memory* bytes; None: the release's own values."""
    presets: list[Mapping[str, Any]] = table("presets")["preset"]
    if name == AUTOMATIC:
        fitting = (p for p in presets if memory < p.get("below", float("inf")) * _GIB)
        return next(fitting) if memory > 0 else None
    return next((p for p in presets if p["name"] == name), None)


def capacity_values(
    name: str, model: ReleaseModel, existing: Mapping[str, str], memory: int
) -> dict[str, str]:
    """The preset's variables. The automatic one, and the release's own, only take the place of values that
    nobody wrote: the release's defaults and those of presets. Without *memory* "automatic" says nothing."""
    if name == AUTOMATIC and memory <= 0:
        return {}
    preset = preset_of(name, memory)
    ours: dict[str, set[str]] = {}
    for entry in table("presets")["preset"]:
        for key, value in entry["set"].items():
            ours.setdefault(key, set()).add(value)
    defaults = {key: model.env_keys[key].default for key in ours if model.knows(key)}
    wanted = {**defaults, **{k: v for k, v in (preset["set"] if preset else {}).items() if k in defaults}}
    free = name in (AUTOMATIC, AS_RELEASED)
    found = {k: v for k, v in wanted.items() if not free or _nobodys(k, existing, defaults, ours)}
    in_file = {*model.env_file.keys, *existing}
    return {k: v for k, v in found.items() if v != defaults[k] or k in in_file}


def _nobodys(
    key: str, existing: Mapping[str, str], defaults: Mapping[str, str], ours: Mapping[str, set[str]]
) -> bool:
    value = existing.get(key, "")
    return value in ("", defaults[key]) or value in ours[key]


def memory_limits(answers: Answers, memory: int) -> Mapping[str, int]:
    """Role → MiB that a service of it may use."""
    preset = preset_of(answers.capacity.preset, memory)
    return dict(preset["limits"]) if preset else {}


# -------------------------------------------------------------------- uploads, mail


def choice_secrets(answers: Answers, secrets: Secrets) -> dict[str, str]:
    """Key → value that holds a password: the mail server's, and addresses of a proxy."""
    found = proxy_values(answers, secrets)
    if answers.mail.kind and secrets.mail_password is not None:
        found[table("choices")["mail_secret"]["variable"]] = secrets.mail_password.reveal()
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

    largest = max(_number(in_force(name)) for name in known["uploads"].values())
    through = megabytes(in_force(key))
    if not model.knows(key) or key in answers.env or through is None or through >= largest:
        return {}
    return {key: f"{largest + int(known['uploads_body']['spare'])}M"}


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def megabytes(size: str) -> float | None:
    """nginx' *size* in MB; None for what has no limit (``0``) or is none."""
    match = re.fullmatch(r"(\d+)([kmg]?)", size.strip().lower())
    if match is None or not int(match[1]):
        return None
    return int(match[1]) * _UNITS[match[2]]


# ----------------------------------------------------------------------------- proxy


def proxy_values(answers: Answers, secrets: Secrets) -> dict[str, str]:
    """Our own variables with the containers' proxy, which the override file hands to them."""
    proxy, known = answers.proxy, table("choices")["proxy"]
    if not proxy.http and not proxy.https:
        return {}
    http, https = proxy.http or proxy.https, proxy.https or proxy.http
    return {
        known["http"]: _with_login(http, proxy.user, secrets),
        known["https"]: _with_login(https, proxy.user, secrets),
    }


def _with_login(address: str, user: str, secrets: Secrets) -> str:
    if not user:
        return address
    password = secrets.proxy_password
    login = quote(user, safe="") + (f":{quote(password.reveal(), safe='')}" if password else "")
    return address.replace("://", f"://{login}@", 1)


def no_proxy(answers: Answers, services: tuple[str, ...]) -> str:
    """What is reached without the proxy, by commas: the stack's own services before all."""
    always = table("choices")["proxy"]["always"]
    return ",".join(dict.fromkeys((*always, *services, answers.site_address, *answers.proxy.exceptions)))
