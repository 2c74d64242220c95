"""Values that are never seen."""

import pickle
import re

import pytest

from installer.core.secrets import MASK, Redactor, Secret, random_base64url32, random_text, redact_data


def test_a_secret_shows_as_a_mask() -> None:
    secret = Secret("hunter2hunter2")
    shown = f"{secret} {secret!r} {secret:>30} {[secret]} { ({'a': secret}) }" + str(secret)
    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2hunter2"
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_redactor_takes_the_longest_first_and_leaves_short_words() -> None:
    redact = Redactor([Secret("abcd"), Secret("abcdef"), Secret("to")])
    assert redact("abcdef abcd to") == f"{MASK} {MASK} to"
    redact.learn(Secret("a.c+"))
    assert redact("a.c+ abc+") == f"{MASK} abc+"


def test_data_is_redacted_in_its_texts_only() -> None:
    redact = Redactor([Secret("1234"), Secret('a"b\\c'), Secret("admin")])
    data = {
        "event": "line",
        "step": "admin",
        "at": 1795.1234,
        "text": 'say a"b\\c',
        "list": ["1234"],
        "n": None,
    }
    safe = redact_data(data, redact)
    assert safe == {**data, "text": f"say {MASK}", "list": [MASK]}


def test_random_secrets() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{32}", random_text(32).reveal())
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", random_base64url32().reveal())
    assert random_text(32) != random_text(32)
