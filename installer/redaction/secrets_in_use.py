"""The values on the target that must not be in a report: of the ``.env`` in use, of earlier ones, of keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from installer.answers import Answers
from installer.core.errors import InstallError
from installer.core.resources import read_text
from installer.core.secrets import Secret
from installer.facts.model import Facts
from installer.hosts.base import Command, Host
from installer.redaction.scrub import ORDINARY
from installer.redaction.shapes import known_names, named_secret
from installer.release.envfile import EnvFile

#: Earlier files that are read, and bytes of all of them.
_EARLIER, _BYTES = 20, 2_000_000
_SECONDS = 30.0
_ASSIGNED = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_]\w*)[ \t]*=(?P<value>[^\n]*)$", re.MULTILINE
)
_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s/@]{4,})@")
#: Prints every earlier ``.env`` of the folder, newest first, and the web server's keys.
_SCRIPT = """
cd "$1" 2>/dev/null || exit 0
for file in $(ls -t env-* backups/*/.env backups/*/env backups/*/docker/.env 2>/dev/null | head -n "$2"); do
    echo; cat "$file" 2>/dev/null
done | head -c "$3"
"""
#: After ``below.sh``: containers may write there, so that neither a link nor a FIFO is read, and a file up to
#: ``_KEY`` bytes.
_KEYS = """
base=$(cd -P -- "$1" 2>/dev/null && pwd -P) || exit 0
inside nginx/ssl/- || exit 0
count=0
for file in ./*; do
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    count=$((count + 1))
    [ "$count" -le 100 ] || break
    text=$(limit head -c "$3" "$file" 2>/dev/null | tr -d '\\000')
    case $text in *"PRIVATE KEY"*) printf '%s\\n' "$text" ;; esac
done | head -c "$2"
"""
_KEY = 64 << 10


def values_there(host: Host, answers: Answers, facts: Facts | None) -> Iterator[str]:
    """Each value. What the target does not let us read holds none that it could tell us.

    Raises what losing the host raises.
    """
    now = host.read_file(f"{answers.docker_folder}/.env")
    if now:
        yield from env_values(now.decode("utf-8", "replace"))
    if facts is not None and facts.env:
        yield from env_values(facts.env.reveal())
    if not host.kind.runs_scripts:
        return
    earlier = Command.script(_SCRIPT, answers.state_folder, str(_EARLIER), str(_BYTES))
    for line in host.run(earlier, timeout=_SECONDS).text.splitlines():
        yield from env_values(line)
    keys = host.run(keys_command(answers.docker_folder), timeout=_SECONDS)
    for line in keys.text.splitlines():
        if len(line.strip()) >= 16 and not line.startswith("-----"):
            yield line.strip()


def keys_command(docker_folder: str) -> Command:
    """Prints the private keys of the web server."""
    return Command.script(read_text("scripts/below.sh") + _KEYS, docker_folder, str(_BYTES), str(_KEY))


def env_values(text: str) -> Iterator[str]:
    """The secret values of a ``.env``: by their names, and passwords in URLs."""
    pairs: list[tuple[str, str]] = [(m["key"], m["value"].strip()) for m in _ASSIGNED.finditer(text)]
    with suppress(InstallError):  # one that Compose cannot read, either, is read by lines alone
        file = EnvFile.parse(text)
        pairs += file.raw().items()
        with suppress(InstallError):
            pairs += file.values().items()
    known = set(known_names())
    for key, value in pairs:
        if value and (key in known or named_secret(key)):
            yield value
            yield value.strip("\"'")
        yield from _PASSWORD.findall(value)


def env_secrets(text: str) -> tuple[Secret, ...]:
    """The same for a redactor: without words that stand everywhere."""
    return tuple(Secret(v) for v in dict.fromkeys(env_values(text)) if v.lower() not in ORDINARY)
