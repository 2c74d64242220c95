"""The command with which a person opens a shell in a container from a terminal of their own. Pure."""

from __future__ import annotations

import re
import shlex

from installer.answers import Answers
from installer.answers.model import Target

#: Of these a word needs no quotes, in any shell of any system.
_PLAIN = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")


def shell_command(answers: Answers, container: str, *, sudo: bool = False) -> str:
    """For *container*'s name. *sudo*: Docker is used through it there."""
    target = answers.target
    if not target.host_kind.needs_login:
        return " ".join([*_local(target), "exec", "-it", _quoted(container), "sh"])
    inner = f"{'sudo ' if sudo else ''}docker exec -it {container} sh"
    return f"{' '.join(_ssh(target))} {inner}"


def _local(target: Target) -> list[str]:
    if "://" in target.docker:
        return ["docker", "-H", _quoted(target.docker)]
    return ["docker", "--context", _quoted(target.docker)] if target.docker else ["docker"]


def _ssh(target: Target) -> list[str]:
    words = ["ssh", "-t"]
    if target.port != 22:
        words += ["-p", str(target.port)]
    if target.identity_file:
        words += ["-i", _quoted(target.identity_file)]
    if target.jump:
        words += ["-J", _quoted(target.jump)]
    return [*words, _quoted(f"{target.user}@{target.host}" if target.user else target.host)]


def _quoted(word: str) -> str:
    r"""*word* for a POSIX shell; for PowerShell and cmd, too, where it has a blank or ``\`` at most."""
    if _PLAIN.fullmatch(word):
        return word
    if re.fullmatch(r"[A-Za-z0-9@%+=:,./_\\ ~-]+", word):
        return f'"{word}"' if not word.startswith("~") else word
    return shlex.quote(word)
