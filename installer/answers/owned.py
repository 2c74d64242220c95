"""Which variables may stand in the answers file's ``[env]`` table."""

from __future__ import annotations

import re

from installer.core.errors import Code, InstallError
from installer.core.resources import table

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def owner_of(name: str) -> str | None:
    """The answers file's field that decides variable *name*, or ``secrets`` for the secrets file, or None."""
    for field, names in table("fields")["owned"].items():
        if name in names:
            return str(field)
    return "secrets" if is_secret_name(name) else None


def is_secret_name(name: str) -> bool:
    """Whether the variable holds a secret: one that we generate, or one that says so by its name."""
    if any(name in entry["keys"] for entry in table("secrets")["secret"]):
        return True
    return name.upper().endswith(tuple(table("fields")["secret"]["endings"]))


def env_problem(name: str, value: str) -> InstallError | None:
    """What is wrong with ``[env] name = value``."""
    if not _NAME.fullmatch(name):
        expected = "[A-Za-z_][A-Za-z0-9_]*"
        return InstallError(Code.ANSWERS_BAD_VALUE, {"key": "env", "value": name, "expected": expected})
    owner = owner_of(name)
    if owner == "secrets" and value:
        return InstallError(Code.ANSWERS_OWNED_KEY, {"key": name, "owner": "secrets [env]"}, detail=name)
    if owner not in (None, "secrets"):
        return InstallError(Code.ANSWERS_OWNED_KEY, {"key": name, "owner": str(owner)}, detail=name)
    if re.search(r"[\x00\r\n]", value):
        params = {"key": f"env.{name}", "value": value[:100], "expected": "one line"}
        return InstallError(Code.ANSWERS_BAD_VALUE, params, detail=name)
    return None
