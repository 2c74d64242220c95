"""Other forms of a line of a log, made by rule: what terminals, log drivers and other machines make of it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping


def coloured(line: str) -> str:
    head, blank, rest = line.partition(" ")
    return f"\x1b[1;31m{head}\x1b[0m{blank}\x1b[38;5;244m{rest}\x1b[K\x1b[m"


def of_compose(line: str) -> str:
    return f"\x1b[36mmy-dify-2-service-1  |\x1b[0m {line}"


def timed(line: str) -> str:
    return f"2026-10-03T07:41:09.123456789Z {line}"


def timed_by_compose(line: str) -> str:
    return f"service-1  | 2026-10-03T07:41:09.123456789Z {line}"


def in_json(line: str) -> str:
    return json.dumps({"log": line + "\n", "stream": "stderr", "time": "2026-10-03T07:41:09.1Z"})


def in_json_of_a_program(line: str) -> str:
    return json.dumps({"level": "error", "time": "2026-10-03T07:41:09Z", "msg": line}, ensure_ascii=False)


def in_logfmt(line: str) -> str:
    escaped = line.replace('"', '\\"')
    return f'time="2026-10-03T07:41:09+09:00" level=error msg="{escaped}"'


def typographic(line: str) -> str:
    return re.sub(r'"([^"]*)"', "\u201c\\1\u201d", re.sub(r"'([^']*)'", "\u2018\\1\u2019", line))


def other_machine(line: str) -> str:
    """Other addresses, paths, versions and names of projects."""
    line = re.sub(r"\b(?!0\.0\.0\.0|127\.0)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "172.29.8.31", line)
    line = re.sub(r"(?<![\d.:\w])[1-9]\.\d{1,2}(?:\.\d{1,2})?(?![\d.\w])", "7.31.2", line)
    line = line.replace("docker-db_postgres-1", "my-dify_2-db_postgres-1").replace("/opt/something", "/srv/a")
    return line.replace("…", "/srv/apps/dify")


def in_journal(line: str) -> str:
    return f"Nov 02 10:00:00 vps program[991]: {line}"


def broken_by_a_terminal(line: str) -> str:
    return "\n".join(line[n : n + 80] for n in range(0, len(line), 80))


def broken_between_words(line: str) -> str:
    return "\n".join(textwrap.wrap(line, 70, break_long_words=False, break_on_hyphens=False) or [line])


def on_windows(line: str) -> str:
    return line + "\r\n"


def after_progress(line: str) -> str:
    return f" 3f4c Downloading [==>   ]  12MB/90MB\r 3f4c Downloading [===>  ]  31MB/90MB\r{line}"


def among_others(line: str) -> str:
    return f"Starting\n\n{line}\nbye\n"


VARIANTS: Mapping[str, Callable[[str], str]] = {
    make.__name__: make
    for make in (
        coloured,
        of_compose,
        timed,
        timed_by_compose,
        in_json,
        in_json_of_a_program,
        in_logfmt,
        typographic,
        in_journal,
        other_machine,
        broken_by_a_terminal,
        broken_between_words,
        on_windows,
        after_progress,
        among_others,
    )
}
