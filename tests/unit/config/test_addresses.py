"""Another address: what else in the ``.env`` in use named the former one follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Answers, Secrets, Site, Target
from installer.config import Configuration, render
from installer.config.in_use import InUse
from tests.real_releases import every_release
from tests.releases import model_of, tree_of

HERE = Answers(target=Target(host="203.0.113.5", user="admin"), site=Site("old.example.jp"))


def moved(version: str, to: str, **by_hand: str) -> Configuration:
    """Set up at old.example.jp, edited by hand, then given the address *to*."""
    first = render(HERE, Secrets(), tree_of(version), model_of(version))
    lines = first.env_text.reveal().splitlines()
    kept = [line for line in lines if line.partition("=")[0] not in by_hand]
    text = "\n".join([*kept, *(f"{key}={value}" for key, value in by_hand.items())]) + "\n"
    answers = replace(HERE, site=Site(to))
    return render(answers, Secrets(), tree_of(version), model_of(version), InUse(text))


@every_release
def test_every_variable_with_the_former_address_has_the_new_one(version: str) -> None:
    env = moved(version, "new.example.jp").env
    assert not {key: value for key, value in env.items() if "old.example.jp" in value}


@every_release
def test_origins_follow(version: str) -> None:
    origins = "http://old.example.jp, https://partner.example.com"
    env = moved(version, "new.example.jp", CONSOLE_CORS_ALLOW_ORIGINS=origins).env
    assert env["CONSOLE_CORS_ALLOW_ORIGINS"] == "http://new.example.jp,https://partner.example.com"
    assert env.get("WEB_API_CORS_ALLOW_ORIGINS", "*") == "*"  # any stays any


@pytest.mark.parametrize(
    ("domain", "to", "kept"),
    [
        ("example.jp", "new.example.jp", True),
        (".example.jp", "example.jp", True),
        ("example.jp", "dify.other.jp", False),
        ("example.jp", "badexample.jp", False),
        ("old.example.jp", "new.example.jp", False),
        ("", "dify.other.jp", False),
    ],
)
def test_a_domain_of_cookies_that_does_not_fit_goes(domain: str, to: str, kept: bool) -> None:
    env = moved("99.0.0", to, COOKIE_DOMAIN=domain, NEXT_PUBLIC_COOKIE_DOMAIN="1" if domain else "").env
    assert bool(env["COOKIE_DOMAIN"]) is kept
    assert bool(env["NEXT_PUBLIC_COOKIE_DOMAIN"]) is kept


def test_a_domain_of_cookies_for_a_web_server_in_front_stays() -> None:
    """The address is the machine's own; the domain was never its."""
    env = moved("99.0.0", "old.example.jp", COOKIE_DOMAIN="dify.other.jp").env
    assert env["COOKIE_DOMAIN"] == "dify.other.jp"


def test_origins_of_others_stay_as_they_are() -> None:
    before = moved("99.0.0", "old.example.jp", CONSOLE_CORS_ALLOW_ORIGINS="https://a.jp,  https://b.jp")
    assert before.env["CONSOLE_CORS_ALLOW_ORIGINS"] == "https://a.jp,  https://b.jp"
