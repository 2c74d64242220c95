"""Which addresses a certificate is for."""

from __future__ import annotations

import pytest

from installer.certificates.names import covers, is_ip, written


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Dify.Example.COM.", "dify.example.com"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ｄｉｆｙ.example.com", "dify.example.com"),
        ("straße.example", "xn--strae-oqa.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("dify_1.example", "dify_1.example"),
        ("203.0.113.5", "203.0.113.5"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_as_certificates_write_it(address: str, expected: str) -> None:
    assert written(address) == expected


@pytest.mark.parametrize(
    ("address", "is_covered"),
    [
        ("dify.example.com", True),
        ("DIFY.example.com.", True),
        ("a.dify.example.com", True),
        ("a.b.dify.example.com", False),
        ("example.com", False),
        ("other.example.com", False),
        ("203.0.113.5", True),
        ("203.0.113.6", False),
        ("2001:db8::1", True),
        ("2001:0db8:0:0::1", True),
        ("2001:db8::2", False),
        ("例え.jp", True),
        ("www.例え.jp", False),
        ("localhost", False),
        ("com", False),
        ("..", False),
    ],
)
def test_covers(address: str, is_covered: bool) -> None:
    names = ("dify.example.com", "*.dify.example.com", "203.0.113.5", "2001:db8::1", "xn--r8jz45g.jp")
    assert covers(names, address) == is_covered


def test_a_wildcard_is_for_names_alone_and_never_for_a_whole_top_level() -> None:
    assert not covers(("*.0.113.5", "*.com", "*"), "203.0.113.5")
    assert not covers(("*.com", "*"), "example.com")
    assert covers(("*.xn--r8jz45g.jp",), "dify.例え.jp")
    assert is_ip("::1") and is_ip("fe80::1%1") and not is_ip("1.example")
