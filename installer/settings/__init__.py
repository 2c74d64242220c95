"""The answers file and the secrets file: what is asked and answered, without asking a target."""

from installer.settings.answers_file import (
    answer_problems,
    dump_answers,
    load_answers,
    parse_answers,
)
from installer.settings.model import (
    Admin,
    Answers,
    Ports,
    Release,
    Repairs,
    Site,
    Stores,
    Target,
    Tls,
    default_directory,
    project_name,
)
from installer.settings.secrets_file import Secrets, check_together, load_secrets, parse_secrets

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
    "default_directory",
    "dump_answers",
    "load_answers",
    "load_secrets",
    "parse_answers",
    "parse_secrets",
    "project_name",
]
