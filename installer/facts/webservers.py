"""Web servers of the machine itself, which may stand in front of Dify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WebServers:
    """*nginx*, *apache*, *caddy*: paths of the programs, empty where there is none. *running*: which of these
    names run, not counting containers as far as that is known (nginx by its pid file).

    *includes*: what nginx's main file includes, absolute patterns. *places*: folders and files there that
    hold sites. *ours*: path → SHA-256 of what stands there under the name that our own file has.
    *certificates*: names for which certbot has one; empty for users who may not look.
    """

    nginx: str = ""
    apache: str = ""
    caddy: str = ""
    running: frozenset[str] = frozenset()
    includes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    ours: Mapping[str, str] = field(default_factory=dict)
    certificates: frozenset[str] = frozenset()
