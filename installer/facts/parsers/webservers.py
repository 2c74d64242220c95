"""Pure parser of what the probe says about web servers."""

from __future__ import annotations

from collections.abc import Iterable

from installer.facts.lines import lists, pairs
from installer.facts.machine import WebServers
from installer.facts.packages import Process

_APACHE = ("apache2", "httpd")


def webservers(body: str, processes: Iterable[Process]) -> WebServers:
    """The ``webservers`` section; *processes* that run."""
    v, many = pairs(body), lists(body)
    names = {p.name for p in processes}
    running = {"apache"} if names & {*_APACHE} else set()
    running |= names & {"caddy"}
    running |= {"nginx"} if v.get("nginx_running") == "yes" else set()
    sums = (text.partition(" ") for text in many.get("ours", ()))
    return WebServers(
        nginx=v.get("nginx", ""),
        apache=v.get("apache", ""),
        caddy=v.get("caddy", ""),
        running=frozenset(running),
        includes=tuple(_absolute(text) for text in many.get("nginx_include", ())),
        places=tuple(many.get("place", ())),
        ours={path: digest for digest, _, path in sums},
        certificates=frozenset(many.get("certificate", ())),
    )


def _absolute(pattern: str) -> str:
    """*pattern* as nginx takes it: from the folder of its main file."""
    return pattern if pattern.startswith("/") else f"/etc/nginx/{pattern}"
