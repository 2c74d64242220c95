"""Why an image did not come: the words of Engines, most of them recorded."""

from __future__ import annotations

import re

import pytest

from installer.core.errors import Code, catalogue_of
from installer.core.formatting import moment
from installer.docker.pull_errors import pull_error
from installer.docker.pulls import final_texts

WEB = "langgenius/dify-web:1.16.1"
HUB = "https://registry-1.docker.io/v2/"
SAID = [
    ("toomanyrequests: You have reached your pull rate limit.", Code.PULL_RATE_LIMITED, True),
    (
        "received unexpected HTTP status: 429 Too Many Requests - Server message: wait",
        Code.PULL_RATE_LIMITED,
        True,
    ),
    (
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        Code.PULL_NO_PLATFORM,
        True,
    ),
    (
        "failed to register layer: write /usr/lib/x: no space left on device",
        Code.PULL_DISK_FULL,
        True,
    ),
    ("manifest for a/b:1 not found: manifest unknown: manifest unknown", Code.PULL_IMAGE_UNKNOWN, True),
    (
        "pull access denied for a/b, repository does not exist or may require 'docker login'",
        Code.PULL_REFUSED,
        True,
    ),
    (f'Head "{HUB}x": unauthorized: incorrect username or password', Code.PULL_REFUSED, True),
    (
        f'Get "{HUB}": dial tcp: lookup registry-1.docker.io on 127.0.0.1:53: no such host',
        Code.PULL_NAME_UNKNOWN,
        False,
    ),
    (f'Get "{HUB}": dial tcp 66.220.147.11:443: i/o timeout', Code.PULL_REGISTRY_CLOSED, False),
    (f'Get "{HUB}": net/http: TLS handshake timeout', Code.PULL_REGISTRY_CLOSED, False),
    (f'Get "{HUB}": EOF', Code.PULL_REGISTRY_CLOSED, False),
    ("received unexpected HTTP status: 503 Service Unavailable", Code.PULL_FAILED, False),
    ("", Code.PULL_FAILED, False),
]


@pytest.mark.parametrize(("text", "code", "final"), SAID)
def test_codes(text: str, code: Code, final: bool) -> None:
    error = pull_error(WEB, text, 1, detail=text)
    assert (error.code, error.params["image"], error.detail) == (code, WEB, text)
    assert any(words in text for words in final_texts()) is final
    assert code is Code.PULL_FAILED or re.fullmatch(r"(PULL|HOST)-\d\d", catalogue_of(code))


def test_what_the_texts_are_filled_with() -> None:
    closed = pull_error(WEB, f'Get "{HUB}": dial tcp 1.2.3.4:443: i/o timeout', 1, detail="").params
    assert (closed["host"], closed["reason"]) == ("registry-1.docker.io", "timeout")
    refused = pull_error(WEB, "dial tcp 1.2.3.4:443: connect: connection refused", 1, detail="").params
    assert (refused["host"], refused["reason"]) == ("1.2.3.4", "refused")
    arm = pull_error(WEB, "no matching manifest for linux/arm64/v8 in the manifest", 1, detail="")
    assert (arm.params["platform"], arm.params["host"]) == ("linux/arm64/v8", "docker.io")
    assert pull_error("ghcr.io/a/b:1", "", 1, detail="").params["host"] == "ghcr.io"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("toomanyrequests: retry-after: 90", 90), ("429 Too Many Requests, retry after 2 hours", 7200)],
)
def test_when_a_registry_says_that_it_answers_again(text: str, seconds: int) -> None:
    assert pull_error(WEB, text, 1, detail="", now=1e9).params["reset"] == moment(1e9 + seconds)
    assert pull_error(WEB, "toomanyrequests: limit", 1, detail="", now=1e9).params["reset"] == ""
