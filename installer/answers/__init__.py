"""The answers file and the secrets file: what is asked and answered, without asking a target.

The dataclasses come at once; what reads, writes and judges files is imported when it is first used, because
the window shows its first page from the dataclasses alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from installer.answers.model import (
    Answers,
    Ports,
    Repairs,
    Secrets,
    Site,
    Stores,
    Target,
    Tls,
    project_name,
)
from installer.answers.optional import Admin
from installer.release.source import Release

if TYPE_CHECKING:
    from installer.answers.answers_file import (
        answer_problems,
        dump_answers,
        load_answers,
        parse_answers,
    )
    from installer.answers.secrets_file import check_together, load_secrets, parse_secrets

_LATER = {
    **dict.fromkeys(("answer_problems", "dump_answers", "load_answers", "parse_answers"), "answers_file"),
    **dict.fromkeys(("check_together", "load_secrets", "parse_secrets"), "secrets_file"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


__all__ = [
    "Admin",
    "Answers",
    "Ports",
    "Release",
    "Repairs",
    "Secrets",
    "Site",
    "Stores",
    "Target",
    "Tls",
    "answer_problems",
    "check_together",
    "dump_answers",
    "load_answers",
    "load_secrets",
    "parse_answers",
    "parse_secrets",
    "project_name",
]
