"""Images that a job fetches: its arguments and its log. Shared by both kinds of jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from installer.core.resources import read_text, script, table

#: Images asked for at once: all that a Dify has. The Engine downloads three layers at a time of everything
#: that it is asked for. An image that waits until another one is unpacked leaves the line idle: with six at
#: once 8 of 32 seconds on a busy machine (Engine 26.1.5). Each costs a process of Docker's client.
PARALLEL_PULLS = 16
#: Seconds between one try and the next, for one image: the Engine takes up a download that was cut by
#: itself, but does not repeat a question that a registry answers with 503.
PAUSES = (2, 5, 15)
#: Digits of a digest by which the Engine names a layer.
SHORT = 12
#: A line that is written at least every second.
TICK = "tick"


@dataclass(frozen=True)
class PullImage:
    """An image to fetch: *name* as it is written in the Compose files, *repository* with its registry, *tag*
    (or digest). *login*: under what Docker's client keeps a login for that registry. *parts*: (digest, bytes)
    of each blob, empty if not known."""

    name: str
    repository: str
    tag: str
    login: str = ""
    parts: tuple[tuple[str, int], ...] = ()

    @property
    def query(self) -> str:
        """For ``POST /images/create`` of the Engine API."""
        return urlencode({"fromImage": self.repository, "tag": self.tag})


def plan_line(images: Sequence[PullImage]) -> str:
    """First line of the log: a reader needs nothing else to count. Image → [short id, bytes] of each
    part; no parts = not known."""
    parts = {i.name: [[short(digest), size] for digest, size in i.parts] for i in images}
    return json.dumps({"images": parts}, separators=(",", ":"))


def short(digest: str) -> str:
    """The Engine's name of the layer with *digest*."""
    return digest.rpartition(":")[2][:SHORT]


@cache
def final_texts() -> tuple[str, ...]:
    """Parts of errors after which the same question is not asked again."""
    return tuple(
        text for entry in table("pull")["error"].values() if entry["final"] for text in entry["texts"]
    )


def pull_script() -> str:
    """For a server: Docker's client and POSIX sh."""
    return script(read_text("scripts/pull.sh"), {"FINAL": "\n".join(final_texts())})


def pull_words(images: Sequence[PullImage]) -> list[str]:
    """The arguments of ``pull_script`` after its folder."""
    each = [word for i in images for word in (i.name, i.query, i.login)]
    return [plan_line(images), str(PARALLEL_PULLS), " ".join(map(str, PAUSES)), *each]
