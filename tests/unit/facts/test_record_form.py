"""What of a record is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from installer.facts.model import Record

BASE: dict[str, Any] = {"version": "1.16.1", "project": "dify"}


def parsed(**changes: object) -> Record | None:
    return Record.parse(json.dumps({**BASE, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        *({"version": v} for v in ("", "../1.0.0", "1.0.0 x", None, 7, "1" * 5000, "1.0.0/../x", "latest")),
        *({"project": p} for p in ("", "A", "a b", "../a", "-a", None, 7, ["a"], "a\n", "a" * 300)),
    ],
)
def test_without_a_version_and_a_project_it_is_none(changes: dict[str, object]) -> None:
    assert parsed(**changes) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "[1]", "[" * 200_000, '{"version":1e999}', '{"a":' * 9000, "\x00"]
)
def test_what_is_no_object_is_none(text: str) -> None:
    assert Record.parse(text) is None


@pytest.mark.parametrize(
    "url", ["javascript:x", "file:///etc/passwd", "http://[", "http://u@x", "http://x\n", 7, None]
)
def test_an_address_is_one_of_the_web(url: object) -> None:
    found = parsed(url=url)
    assert found is not None and found.url == ""


@pytest.mark.parametrize("at", [-1, 1e300, "nan", True, None, [], 1e12])
def test_a_point_in_time_can_be_shown(at: object) -> None:
    found = parsed(created_at=at)
    assert found is not None and found.created_at == 0


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("services", ["api", {"api": 1}, [1], ["a\nb"], ["x" * 5000], 7, None, [["a"]]]),
        ("ours", [[None], "nginx"]),
        ("backups", [["../x"], ["a/b"], ["a\\b"], [".."], [""], "x"]),
        ("installed", [1, "true", None, []]),
        ("files", [{"a": 1}, ["a"], {"a\nb": "x"}]),
        ("applied", [{"job": "x"}, {"job": 1, "fingerprint": "y"}, "x"]),
        (
            "web",
            [
                {"address": "127.0.0.1", "port": 0, "name": "x", "tls": True},
                {"address": "127.0.0.1", "port": 80, "name": "x\r\nX: y", "tls": True},
                {"address": "127.0.0.1", "port": True, "name": "x", "tls": True},
                ["web"],
            ],
        ),
        ("webserver", [{"path": "/etc/x"}, {"sums": []}, {"path": 1, "sums": []}, "x"]),
        ("renewal", ["x", {"unit": 7}, {"unit": "a\nb"}]),
        ("answers", [[], "x", 7]),
        ("workers", ["2", 2.0, True]),
    ],
)
def test_what_has_another_form_is_not_there(key: str, values: list[object]) -> None:
    for value in values:
        found = parsed(**{key: value})
        assert found is not None and key not in found.data, value


def test_what_later_programs_write_stays() -> None:
    found = parsed(later={"a": [1, None]}, services=["api"], installed=True)
    assert found is not None and found.data == {
        **BASE,
        "later": {"a": [1, None]},
        "services": ["api"],
        "installed": True,
    }
