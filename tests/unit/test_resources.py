"""The tables: ranges, and that they speak of things that exist."""

from __future__ import annotations

import pytest

from installer.core.resources import entries, holds, table
from installer.core.version import Version
from tests.real_releases import REAL_VERSIONS, needs_real
from tests.releases import NEW, OLD, SYNTHETIC_VERSIONS, model_of


@pytest.mark.parametrize(
    ("entry", "version", "expected"),
    [
        ({}, "1.0.0", True),
        ({"from": "1.0.0"}, "1.0.0", True),
        ({"from": "1.0.0"}, "0.15.3", False),
        ({"until": "1.0.0"}, "1.0.0", False),
        ({"until": "1.0.0"}, "1.0.0-rc1", True),
        ({"from": "1.10.1", "until": "1.11.0"}, "1.10.1-fix.1", True),
    ],
)
def test_ranges(entry: dict[str, str], version: str, expected: bool) -> None:
    assert holds(entry, Version.parse(version)) is expected


def test_secrets_table_is_well_formed() -> None:
    for entry in table("secrets")["secret"]:
        assert entry["keys"] and entry["source"]
        assert entry["format"] in ("text", "mixed", "strong", "base64url32")
        assert entry["format"] == "base64url32" or entry["length"] >= 20
        assert entry.get("store", "weaviate") in table("stores")["store"]
    assert entries("secrets", "secret", Version.parse("0.15.3"))


def test_probes_hold_no_secret_and_no_variable() -> None:
    for name, service in table("services")["service"].items():
        assert {"role", "order"} <= set(service), name
        assert not any("$" in word or "pass" in word.lower() for word in service.get("probe", ()))


def test_every_database_and_cache_has_a_probe() -> None:
    for name, service in table("services")["service"].items():
        if service["role"] in ("database", "cache"):
            assert service["probe"], name


def test_tables_know_every_service_of_the_releases() -> None:
    known = set(table("services")["service"])
    for version in (*REAL_VERSIONS, *SYNTHETIC_VERSIONS):
        assert set(model_of(version).services) <= known, version


def test_redis_probe_needs_no_password_in_any_release() -> None:
    for version in (*REAL_VERSIONS, *SYNTHETIC_VERSIONS):
        assert "REDISCLI_AUTH" in model_of(version).services["redis"].environment, version


@pytest.mark.parametrize("versions", [(OLD, NEW), pytest.param(REAL_VERSIONS, marks=needs_real)])
def test_tables_name_only_variables_and_networks_that_some_release_has(versions: tuple[str, ...]) -> None:
    models = [model_of(v) for v in versions]
    keys = {key for m in models for key in m.env_keys}
    networks = {n for m in models for n in m.compose.networks}
    for store in table("stores")["store"].values():
        assert set(store.get("set", ())) <= keys
        assert set(store.get("attach", ())) <= networks
        assert all(any(k.startswith(p) for k in keys) for p in store["prefixes"])
    assert {entry["key"] for entry in table("urls")["url"]} <= keys
    later = {"DIFY_AGENT_LOCAL_SANDBOX_AUTH_TOKEN"}  # known from upstream's main branch only
    secrets = [entry for entry in table("secrets")["secret"] if not entry.get("own")]
    assert {k for entry in secrets for k in entry["keys"]} - keys <= later
