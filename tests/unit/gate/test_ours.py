"""Whose containers an installation waits for."""

from __future__ import annotations

from typing import Any, cast

from docker import APIClient

from installer.docker.containers import read_containers


class Engine:
    """Docker's API with containers of one project."""

    def containers(self, **_options: Any) -> list[dict[str, Any]]:
        return [{"Id": service, "Labels": {}} for service in ("api", "planted")]

    def inspect_container(self, service: str) -> dict[str, Any]:
        return {"Id": service, "Config": {"Labels": {"com.docker.compose.service": service}}}


def test_a_container_of_another_service_neither_fails_nor_delays_it() -> None:
    client = cast("APIClient", Engine())
    assert [c.service for c in read_containers(client, "dify", frozenset({"api", "web"}))] == ["api"]
    assert len(read_containers(client, "dify")) == 2
