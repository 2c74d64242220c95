"""Words about providers and about what is seen from outside."""

from __future__ import annotations

import pytest

from installer.network.parse import providers
from installer.texts import LANGUAGES, Texts, table


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_provider_has_its_hint(language: str) -> None:
    assert set(table(language, "network")["provider"]) == {*providers(), "other"}
    for name in (*providers(), "", "nobody"):
        title, hint = Texts(language).provider(name, port="8443")
        assert title and "8443" in hint, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_has_its_reason(language: str) -> None:
    texts = Texts(language)
    for reason in ("local", "loopback", "docker", "image", "port", "not_running", "gone"):
        assert texts.reach(f"unknown_{reason}", url="u") != texts.reach("unknown", url="u"), reason
    assert "http://x" in texts.reach("open", url="http://x")
    assert "http://x" in texts.reach("unknown_what", url="http://x")
