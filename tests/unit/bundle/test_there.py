"""Which values on the target are secrets."""

from __future__ import annotations

from installer.bundle.secrets_there import env_values, values_there
from tests.fakes.host import Expected, FakeHost, ok
from tests.situations import ANSWERS


def test_of_an_env() -> None:
    found = set(
        env_values(
            "A=1\nDB_PASSWORD='two words'\nSECRET_KEY=\nURL=redis://:inurl@h/1\nX_TOKEN=${DB_PASSWORD}!\n"
        )
    )
    assert {"two words", "inurl", "two words!"} <= found
    assert "1" not in found


def test_of_one_that_nobody_can_read() -> None:
    assert {"it's \"x"} <= set(env_values("DB_PASSWORD=it's \"x\nOPEN='\n"))


def test_earlier_ones_and_keys_count_too() -> None:
    earlier = Expected(lambda c: "env-*" in (c.stdin or b"").decode(), ok("DB_PASSWORD=former1\n"))
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----\n"
    keys = Expected(lambda c: "nginx/ssl" in (c.stdin or b"").decode(), ok(key))
    env = {f"{ANSWERS.docker_folder}/.env": b"REDIS_PASSWORD=present1\n"}
    with FakeHost([earlier, keys], files=env) as host:
        assert set(values_there(host, ANSWERS, None)) == {"present1", "former1", "MIIEvQIBADANBgkqhkiG9w0"}
