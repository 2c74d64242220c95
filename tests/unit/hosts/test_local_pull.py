"""Fetching images of this computer: whatever is wrong with its logins, public images come."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest

from installer.docker.pulls import PullImage
from installer.hosts.local import pull

IMAGE = PullImage("nginx:1", "nginx", "1")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, str]]:
    """The headers of what docker-py asks an Engine that has all; Docker's settings are in *tmp_path*."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(pull, "PAUSES", ())
    headers: list[dict[str, str]] = []

    @contextmanager
    def client(_stream: object) -> Iterator[docker.APIClient]:
        made: Any = docker.APIClient(base_url="tcp://127.0.0.1:1", version="1.44")

        def post(_url: str, **how: Any) -> None:
            headers.append(how["headers"])

        made._post, made._raise_for_status = post, lambda _response: None
        made._stream_helper = lambda _response, decode: iter([{"status": "Status: Downloaded"}])
        yield made
        made.close()

    monkeypatch.setattr(pull, "api_client", client)
    return headers


def pulled(lines: list[str]) -> int:
    return pull.pull([IMAGE], dict(os.environ), lines.append)


@pytest.mark.filterwarnings("ignore:docker-credential-nowhere not installed")
def test_a_helper_that_is_not_there(asked: list[Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"credsStore": "nowhere"}')
    lines: list[str] = []
    assert pulled(lines) == 0, lines
    assert "nginx:1 done" in lines and len(asked) == 1
    assert json.loads(base64.urlsafe_b64decode(asked[0]["X-Registry-Auth"])) == {}


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_helper_that_fails(asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-broken"
    helper.write_text("#!/bin/sh\necho 'the keyring is locked'\nexit 1\n")
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "config.json").write_text('{"credsStore": "broken"}')
    assert pulled([]) == 0 and len(asked) == 1


def test_a_login_is_used(asked: list[Any], tmp_path: Path) -> None:
    token = base64.b64encode(b"me:secret").decode()
    auths = {"auths": {"https://index.docker.io/v1/": {"auth": token}}}
    (tmp_path / "config.json").write_text(json.dumps(auths))
    assert pulled([]) == 0
    assert json.loads(base64.urlsafe_b64decode(asked[0]["X-Registry-Auth"]))["password"] == "secret"
