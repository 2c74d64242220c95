"""Addresses as people paste them."""

from __future__ import annotations

from typing import Any

import pytest

from installer.answers.address import address_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ssh root@203.0.113.24 -p 22", {"host": "203.0.113.24", "user": "root", "port": 22}),
        ("ssh -p2222 -l me vps.example.jp", {"host": "vps.example.jp", "user": "me", "port": 2222}),
        (
            "ssh -i '~/.ssh/my key' me@vps.example.jp",
            {"host": "vps.example.jp", "user": "me", "identity_file": "~/.ssh/my key"},
        ),
        ("root@vps.example.jp", {"host": "vps.example.jp", "user": "root"}),
        (" root@vps.example.jp:2222 ", {"host": "vps.example.jp", "user": "root", "port": 2222}),
        ("vps.example.jp:2222", {"host": "vps.example.jp", "port": 2222}),
        ("[2001:db8::1]:2222", {"host": "2001:db8::1", "port": 2222}),
        ("ssh://me@vps.example.jp:2222/", {"host": "vps.example.jp", "user": "me", "port": 2222}),
    ],
)
def test_what_is_taken_apart(text: str, parts: dict[str, Any]) -> None:
    assert address_parts(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        *("", "vps.example.jp", "203.0.113.24", "2001:db8::1", "ssh", "ssh ", "ssh -p 22", "ssh host -p"),
        *("ssh host -p x", "ssh host -p 70000", "ssh host uname", "ssh -o ProxyCommand=x host", "a@b c"),
        *("ssh://me:secret@host", "root@host:99999", "ssh 'open", "http://host@x/y", "root@"),
    ],
)
def test_what_stays_as_it_was_typed(text: str) -> None:
    assert address_parts(text) is None
