"""Answers that are not finished yet: ``draft.toml`` in the program's folder, so that a closed window costs
nothing.

What was typed may be half a value. The file holds what is usable, each field for itself: one bad field
never takes the others with it. Passwords are no answers, and an answer that hides one (a login in a URL,
a secret variable) is not valid and so not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from installer.answers import Answers, dump_answers
from installer.answers.answers_file import SECTIONS
from installer.answers.external_checks import holds_login
from installer.answers.external_services import is_secret, known
from installer.answers.optional import NO_SETTINGS
from installer.answers.owned import env_problem
from installer.answers.problems import CHECKS, toml_text
from installer.core.app_files import as_seconds, read_tables, write_private
from installer.core.app_folder import DRAFT, Home
from installer.core.errors import Code, InstallError

NAME = DRAFT
LOGINS = ("password", "key", "agent", "ask")


@dataclass(frozen=True)
class Draft:
    """*page* is the wizard's page that was open, *login* ``password``, ``key``, ``agent``, ``ask`` or empty,
    *saved_at* seconds since the epoch."""

    answers: Answers
    page: str
    login: str
    saved_at: float


def save_draft(home: Home, draft: Draft) -> None:
    """Write *draft*'s usable fields. Raises ``InstallError(HOST_FILE_FAILED)``."""
    lines = [
        "[draft]",
        f"page = {toml_text(draft.page)}",
        f"login = {toml_text(_login(draft.login))}",
        f"saved_at = {as_seconds(draft.saved_at)!r}",
    ]
    write_private(home, NAME, "\n".join(lines) + "\n\n" + dump_answers(usable(draft.answers)))


def load_draft(home: Home) -> Draft | None:
    """The draft; fields that are not valid have their defaults. None if there is none. Never raises.

    What contradicts something else (two equal ports, no host yet) stays as it was typed: ask
    ``answer_problems``.
    """
    try:
        tables = read_tables(home.folder / NAME)
    except (OSError, ValueError):
        return None
    head = tables.get("draft")
    if not isinstance(head, dict) or not isinstance(head.get("page"), str):
        return None
    return Draft(
        answers=answers_of(tables),
        page=head["page"],
        login=_login(head.get("login")),
        saved_at=as_seconds(head.get("saved_at")),
    )


def clear_draft(home: Home) -> None:
    """Forget the draft, if there is one. Raises ``InstallError(HOST_FILE_FAILED)``."""
    path = home.folder / NAME
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return  # a file in the folder's place: there is no draft
    except OSError as exc:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(exc)) from exc


def answers_of(tables: Mapping[str, Any]) -> Answers:
    """The usable fields of *tables*, which may be written by hand; all others have their
    defaults."""
    return usable(_typed_answers(tables))


def usable(answers: Answers) -> Answers:
    """*answers* with the default instead of each field that is not valid for itself."""
    read: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        section, defaults = getattr(answers, name), kind()
        bad = {
            f.name: getattr(defaults, f.name)
            for f in fields(kind)
            if not _valid(f"{name}.{f.name}", getattr(section, f.name))
        }
        if hasattr(section, "settings"):
            bad["settings"] = _pairs(name, dict(section.settings))
        read[name] = replace(section, **bad)
    env = {k: v for k, v in answers.env.items() if env_problem(k, v) is None and _writable(v)}
    return Answers(**read, env=MappingProxyType(env))


def _valid(key: str, value: Any) -> bool:
    check = CHECKS.get(key)
    try:
        good = check is None or check(value) is None
    except (RuntimeError, ValueError):  # e.g. "~" of an account that does not exist
        return False
    return good and _writable(value)


def _writable(value: Any) -> bool:
    """File names that are not UTF-8 reach us with halves of surrogate pairs: our files cannot hold them."""
    return not isinstance(value, str) or not any("\ud800" <= c <= "\udfff" for c in value)


def _typed_answers(tables: Mapping[str, Any]) -> Answers:
    """The tables as dataclasses; what has another type than the default is left out."""
    read: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        given = tables.get(name)
        defaults = kind()
        values: dict[str, Any] = {}
        for f in fields(kind):
            value = given.get(f.name) if isinstance(given, dict) else None
            default = getattr(defaults, f.name)
            if isinstance(default, tuple):
                value = _texts(value)
            if isinstance(default, Mapping):
                values[f.name] = _pairs(name, value)
                continue
            if type(value) is type(default):
                values[f.name] = value
        read[name] = kind(**values)
    env = tables.get("env")
    pairs = env.items() if isinstance(env, dict) else ()
    return Answers(**read, env=MappingProxyType({k: v for k, v in pairs if isinstance(v, str)}))


def _pairs(section: str, value: Any) -> Mapping[str, str]:
    """A table of texts as the dataclasses hold it; what is no text, or must not stand there, is left out."""
    pairs = value.items() if isinstance(value, dict) else ()
    texts = ((k, v) for k, v in pairs if isinstance(v, str) and _writable(v))
    good = {k: v for k, v in texts if known(section, k) and not is_secret(k) and not holds_login(v)}
    return MappingProxyType(good) if good else NO_SETTINGS


def _texts(value: Any) -> tuple[str, ...] | None:
    """A list of texts as the dataclasses hold it."""
    good = isinstance(value, list) and all(isinstance(v, str) for v in value)
    return tuple(value) if good else None


def _login(value: object) -> str:
    return value if isinstance(value, str) and value in LOGINS else ""
