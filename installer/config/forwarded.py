"""What the release's own web server says to Dify's services, where another one in front does the encryption.

Its templates name the scheme and the port that it sees itself: plain HTTP behind the other one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from installer.answers import Answers
from installer.core.resources import table
from installer.hosts.base import FileContent
from installer.release.archive import ReleaseTree


def forwarded_files(answers: Answers, tree: ReleaseTree) -> Iterator[FileContent]:
    """The templates of ours that take the place of the release's, as they are in *tree*."""
    if answers.tls.way.in_front:
        for entry in table("webserver")["forwarded"]:
            yield FileContent(entry["ours"], behind(tree.text(entry["path"])).encode(), 0o644)


def forwarded_mounts(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Where they are mounted: file of ours → path in the container."""
    known = table("webserver")["forwarded"] if answers.tls.way.in_front else ()
    return tuple((f"./{entry['ours']}", entry["mounted"]) for entry in known)


def behind(template: str) -> str:
    """*template* with what people's browsers see in the place of what the inner web server sees."""
    values: Mapping[str, str] = table("webserver")["forwarded_values"]
    for variable, value in values.items():
        template = template.replace(variable, value)
    return template
