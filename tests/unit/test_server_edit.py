"""Changing and copying entries of the list of known servers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Target
from installer.appdata.known_server_edit import changing, copying, problem, result
from installer.appdata.known_servers import KnownServer

SHOP = KnownServer(
    "a1",
    "Shop",
    Target(host="203.0.113.24", user="me"),
    "http://203.0.113.24:8080",
    "1.16.1",
    5.0,
    3.0,
    "key",
)
HERE = KnownServer("c3", "", Target(kind="local", directory="/home/me/Dify"), "", "", 0.0)
KNOWN = (SHOP, HERE)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({"host": ""}, ("target.host", "host")),
        ({"host": "203.0.113."}, ("target.host", "address")),
        ({"user": ""}, ("target.user", "user")),
        ({"user": "a b"}, ("target.user", "user_wrong")),
        ({"port": 0}, ("target.port", "port_range")),
        ({"directory": "dify"}, ("target.directory", "folder")),
        ({"directory": "/srv/dify"}, None),
    ],
)
def test_what_keeps_an_entry_from_being_saved(values: dict[str, object], found: object) -> None:
    assert problem(changing(SHOP).with_target(**values), KNOWN) == found


def test_a_pinned_host_key_is_of_one_address() -> None:
    pinned = replace(SHOP, target=replace(SHOP.target, host_key="SHA256:old"))
    for values, key in (
        ({"host": "b.example.jp"}, ""),
        ({"port": 2222}, ""),
        ({"user": "you"}, "SHA256:old"),
    ):
        assert changing(pinned).with_target(**values).server.target.host_key == key


def test_two_entries_are_not_at_one_place() -> None:
    copy = copying(SHOP, "Copy")
    assert problem(copy, KNOWN) == ("target.directory", "place_known")
    assert problem(copy.with_target(directory="/opt/dify/"), KNOWN) == ("target.directory", "place_known")
    assert problem(copy.with_target(directory="/srv/dify"), KNOWN) is None
    other = replace(SHOP, id="b2", target=replace(SHOP.target, host="b.example.jp"))
    onto = changing(other).with_target(host="203.0.113.24")
    assert problem(onto, (*KNOWN, other)) == ("target.directory", "place_known")
    assert problem(changing(HERE), KNOWN) is None


def test_a_copy_knows_nothing_of_what_was_seen_at_the_old_place() -> None:
    new = result(copying(SHOP, "Copy ").with_target(host="b.example.jp"))
    assert new == KnownServer("", "Copy", Target(host="b.example.jp", user="me"), "", "", 0.0, 0.0, "key")


@pytest.mark.parametrize(
    ("url", "host", "moved"),
    [
        ("http://203.0.113.24:8080", "b.example.jp", "http://b.example.jp:8080"),
        ("http://203.0.113.24", "2001:db8::7", "http://[2001:db8::7]"),
        ("https://dify.example.jp", "b.example.jp", "https://dify.example.jp"),
        ("http://203.0.113.24", "203.0.113.24", "http://203.0.113.24"),
        ("http://[", "b.example.jp", "http://["),
    ],
)
def test_an_address_that_moved_takes_the_url_along(url: str, host: str, moved: str) -> None:
    found = result(changing(replace(SHOP, url=url)).with_target(host=host))
    assert (found.url, found.id, found.version, found.installing_since) == (moved, "a1", "1.16.1", 3.0)


def test_an_emptied_name_becomes_the_usual_one() -> None:
    assert result(changing(SHOP).named("  ")).name == "203.0.113.24"
