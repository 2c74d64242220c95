"""No secret is left, in whatever form it stands; and what is none stays readable."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.redaction.scrub import ORDINARY, Scrubber
from installer.redaction.shapes import named_secret

#: At least one character that no mask and no other word of the test has.
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24FF, exclude_categories=("Cs", "Zs", "Cc", "Cn")),
    min_size=8,
    max_size=40,
).filter(lambda s: len(set(s)) > 3 and "*" not in s and s.lower() not in ORDINARY)


def basic(secret: str, user: str) -> str:
    return base64.b64encode(f"{user}:{secret}".encode()).decode()


FORMS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda s: f"connecting with {s} now",
    "env": lambda s: f"UNSUSPECTED={s}",
    "env quoted": lambda s: "UNSUSPECTED='" + s.replace("'", "'\\''") + "'",
    "shell": lambda s: f"run --with {shlex.quote(s)}",
    "url encoded": lambda s: f"postgresql://u:{quote(s, safe='')}@db/dify",
    "url encoded in lower case": lambda s: (
        "x " + "".join(f"%{b:02x}" if not chr(b).isalnum() or b > 127 else chr(b) for b in s.encode())
    ),
    "form": lambda s: f"q={quote_plus(s)}&x=1",
    "json": lambda s: json.dumps({"deep": [s]}),
    "json, not only ascii": lambda s: json.dumps({"deep": [s]}, ensure_ascii=False),
    "json in json": lambda s: json.dumps({"log": json.dumps({"x": s})}),
    "python": lambda s: repr({"x": s}),
    "yaml": lambda s: yaml.safe_dump({"x": {"y": s}}, width=10_000, allow_unicode=True),
    "yaml single": lambda s: "x: '" + s.replace("'", "''") + "'",
    "yaml of several lines": lambda s: f"x: |-\n  first\n  {s}\n  last",
    "compose": lambda s: s.replace("$", "$$"),
    "html": lambda s: f"<p>{html.escape(s)}</p>",
    "hexadecimal": lambda s: s.encode().hex(),
    "basic login": lambda s: f"sent {basic(s, 'u')}",
    "basic login, longer name": lambda s: f"sent {basic(s, 'us')} and {basic(s, 'use')}",
    "url-safe base64": lambda s: base64.urlsafe_b64encode(f"ab{s}cd".encode()).decode(),
}


def traces(secret: str) -> list[str]:
    """Texts that would give the secret away."""
    return [
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        secret.encode().hex(),
        html.escape(secret),
    ]


@pytest.mark.parametrize("form", FORMS)
@given(secret=SECRETS)
@settings(max_examples=25, deadline=None)
def test_every_form(form: str, secret: str) -> None:
    clean = Scrubber([secret]).text(FORMS[form](secret))
    assert not [t for t in traces(secret) if t in clean], clean
    for word in clean.replace('"', " ").split():  # decoded, too
        with suppress(ValueError):
            decoded = base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4))
            assert secret.encode() not in decoded, clean


@given(
    secret=SECRETS,
    at=st.integers(1, 7),
    break_=st.sampled_from(["\n", "\r\n", "\n    ", "\napi-1  | ", "\n2026-11-24T08:00:00.123456789Z "]),
)
@settings(max_examples=80, deadline=None)
def test_broken_over_lines(secret: str, at: int, break_: str) -> None:
    text = f"before {secret[:at]}{break_}{secret[at:]} after"
    clean = Scrubber([secret]).text(text)
    assert clean.startswith("before ") and clean.endswith(" after")
    assert secret[at:] not in clean


@given(secrets=st.lists(SECRETS, min_size=1, max_size=5), data=st.data())
@settings(max_examples=25, deadline=None)
def test_data(secrets: list[str], data: st.DataObject) -> None:
    leaves = st.sampled_from([*secrets, "word", 3, None, True])
    value = data.draw(
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["a", "b", *secrets]), inner, max_size=3)
            ),
            max_leaves=12,
        )
    )
    text = json.dumps(Scrubber(secrets).data(value), ensure_ascii=False)
    assert not [s for s in secrets if s in text or json.dumps(s, ensure_ascii=False)[1:-1] in text]


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\nabcdefgh\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("DB_PASSWORD=opensesame", "opensesame"),
        ("POSTGRES_PASSWORD: a,b;c}d", "b;c"),
        ("export SECRET_KEY='two words'", "words"),
        ('{"apiKey": "abcd-efgh"}', "abcd-efgh"),
        ('{\\"password\\": \\"abcd efgh\\"}', "efgh"),
        ("redis://:opensesame@redis:6379/1", "opensesame"),
        ("postgresql://u:open/ses@me@db:5432/x", "me@db"),
        ("https://h/cb?access_token=abcdefgh&x=1", "abcdefgh"),
        ("Authorization: Bearer abcdefghij.klm", "abcdefghij"),
        ("> authorization: Basic dXNlcjpvcGVu", "dXNlcjpvcGVu"),
        ("Cookie: session=abcdefgh; other=ijklmnop", "ijklmnop"),
        (f"key:\n{KEY}\nend", "MIIEpAIBAAKCAQEA7bq"),
        (json.dumps({"k": KEY}), "abcdefgh"),
        (KEY[:60], "MIIEpAIBAAKCAQEA7bq"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("using sk-abcdefghijklmnopqrstuv", "abcdefghijklmnop"),
        ("token ghp_abcdefghijklmnopqrstuvwxyz012345", "abcdefghijklmnop"),
        ("mail from jane.doe@example.com", "jane.doe"),
        ("requirepass: hunter22", "hunter22"),
    ],
)
def test_what_looks_like_a_secret(text: str, gone: str) -> None:
    clean = Scrubber().text(text)
    assert gone not in clean and "***" in clean, clean


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=500",
        "TOKEN_EXPIRE_MINUTES=60",
        "GET http://10.0.0.3:80/console/api/setup HTTP/1.1",
        "ssh difyadmin@203.0.113.5 -p 22",
        'password authentication failed for user "postgres"',
        "postgresql://db_postgres:5432/dify",
        "sha256:4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796",
        "dial tcp 10.165.0.10:5432: connect: connection refused",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert Scrubber(["some-long-secret"]).text(text) == text


def test_ordinary_words_are_not_blanked_out() -> None:
    assert Scrubber(["dify", "abc"]).text("dify runs abc") == "dify runs abc"


def test_env_keeps_its_keys() -> None:
    env = "# words\nDB_PASSWORD=a b c\nSECRET_KEY=\nLOG_LEVEL=INFO\nURL=redis://:xyzxyz@h/1\nPW_COPY='hunter2hunter2'\n"
    clean = Scrubber(["hunter2hunter2"]).env(env)
    assert (
        clean
        == "# words\nDB_PASSWORD=***\nSECRET_KEY=\nLOG_LEVEL=INFO\nURL=redis://:***@h/1\nPW_COPY='***'\n"
    )


def test_names() -> None:
    for name in (
        "DB_PASSWORD",
        "secretKey",
        "api-key",
        "X_TOKEN",
        "REDIS_PASSWD",
        "credentials",
        "clientSecret",
    ):
        assert named_secret(name), name
    for name in ("max_tokens", "LOG_LEVEL", "TOKEN_LIMIT", "author", "passed", "keyboard", "https"):
        assert not named_secret(name), name


def test_it_is_fast_enough_for_a_whole_report() -> None:
    import time

    scrubber = Scrubber([f"secret-number-{n}-$'\"" for n in range(60)])
    text = "".join(
        f"2026-11-24T08:00:00Z api {n} INFO [a.py:1] - key=value {'x' * 80} http://h:80/p\n"
        for n in range(10_000)
    )
    began = time.process_time()
    assert scrubber.text(text) == text
    assert time.process_time() - began < 8, "1.5 MB"
