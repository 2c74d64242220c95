"""A web server that asks for others where they were before.

It looks up their addresses once, when it begins (``resources/services.toml``: restart_after). One of them
that ended and was started again may have another address: then every request is a 502 for ever (catalogue
NGX-01).
"""

from __future__ import annotations

from collections.abc import Iterable

from installer.docker.containers import Container
from installer.docker.short_forms import docker_time
from installer.release.services import fronts, service

#: What a web server says that gets no answer from whom it asks (RFC 9110, 15.6.3 and 15.6.5).
GATEWAY = frozenset({502, 504})


def after_the_front(containers: Iterable[Container]) -> tuple[Container, ...]:
    """Containers that started after the web server. It is started last, so they have restarted since."""
    running = [c for c in containers if c.state == "running"]
    names = {*fronts(c.service for c in running)}
    last = max((docker_time(c.started_at) or 0.0 for c in running if c.service in names), default=0.0)
    return tuple(c for c in running if (docker_time(c.started_at) or 0.0) > last)


def outdated(containers: Iterable[Container]) -> Container | None:
    """The web server that began before one of those whose addresses it looks up."""
    running = {c.service: c for c in containers if c.state == "running"}
    for name in fronts(running):
        began = docker_time(running[name].started_at)
        for asked in service(name).get("restart_after", ()):
            later = docker_time(running[asked].started_at) if asked in running else None
            if began is not None and later is not None and later > began:
                return running[name]
    return None
