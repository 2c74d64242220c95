"""Which stores are told how to cut Japanese text, in which release."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, Stores, Target
from installer.config import render
from installer.config.japanese import japanese_values
from installer.core.resources import table
from installer.release.model import ReleaseModel
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release, every_whole_release, newest_releases
from tests.releases import NEW, model_of, tree_of

STORES = table("stores")["store"]
GSE = {"WEAVIATE_TOKENIZATION": "gse", "WEAVIATE_ENABLE_TOKENIZER_GSE": "true"}
KAGOME = {"WEAVIATE_TOKENIZATION": "kagome_ja", "WEAVIATE_ENABLE_TOKENIZER_KAGOME_JA": "true"}


def with_image(version: str, service: str, image: str) -> ReleaseModel:
    """The release with another image for *service*."""
    model = model_of(version)
    services = {**model.services, service: replace(model.services[service], image=image)}
    return replace(model, compose=replace(model.compose, services=services))


@every_release
def test_weaviate_as_the_release_starts_it(version: str) -> None:
    """1.27.0 knows gse and no kagome_ja; older releases cannot switch it on, or choose it."""
    expected = GSE if model_of(version).knows("WEAVIATE_ENABLE_TOKENIZER_GSE") else {}
    assert japanese_values("weaviate", model_of(version)) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("semitechnologies/weaviate:1.28.0", KAGOME),
        ("registry.example:5000/weaviate:1.35.2", KAGOME),
        ("semitechnologies/weaviate:1.27.9", GSE),
        ("semitechnologies/weaviate:1.19.0", {}),
        ("semitechnologies/weaviate:latest", {}),
        ("semitechnologies/weaviate", {}),
    ],
)
def test_the_server_decides(image: str, expected: dict[str, str]) -> None:
    assert japanese_values("weaviate", with_image(NEW, "weaviate", image)) == expected


@every_whole_release
def test_milvus_from_2_6_on(version: str) -> None:
    found = japanese_values("milvus", model_of(version))
    if ":v2.6" not in model_of(version).services["milvus-standalone"].image:
        assert found == {}
        return
    assert found["MILVUS_ENABLE_HYBRID_SEARCH"] == "True"
    assert json.loads(found["MILVUS_ANALYZER_PARAMS"])["tokenizer"] == {
        "type": "lindera",
        "dict_kind": "ipadic",
    }


@every_release
def test_of_the_others_nothing_is_known(version: str) -> None:
    for store in STORES.keys() - {"weaviate", "milvus"}:
        assert japanese_values(store, model_of(version)) == {}
    assert japanese_values("nosuch", model_of(version)) == {}


@newest_releases
def test_where_data_may_be_nothing_changes(version: str) -> None:
    stock = {**model_of(version).env_file.values(), "VECTOR_STORE": "weaviate"}
    kept = japanese_values("weaviate", model_of(version), stock)
    assert kept["WEAVIATE_TOKENIZATION"] == "word"
    assert all(stock[key] == value for key, value in kept.items())
    # made with it: it stays, also when the release's own files say otherwise
    assert GSE.items() <= japanese_values("weaviate", model_of(version), {**stock, **GSE}).items()
    # another server later: collections that were made with gse need it on
    newer = with_image(version, "weaviate", "semitechnologies/weaviate:1.30.0")
    assert GSE.items() <= japanese_values("weaviate", newer, {**stock, **GSE}).items()
    # a store that comes new
    assert japanese_values("weaviate", model_of(version), {**stock, "VECTOR_STORE": "qdrant"}) == GSE


@needs_compose
@newest_releases
@pytest.mark.parametrize("store", ["weaviate", "milvus"])
def test_both_sides_get_it(version: str, store: str, tmp_path: Path) -> None:
    """As values of one's own for now; quotes and braces of JSON survive ``.env`` and Compose."""
    values = japanese_values(store, model_of(version))
    answers = Answers(target=Target(host="203.0.113.5"), stores=Stores(store), env=values)
    made = render(answers, Secrets(), tree_of(version), model_of(version))
    files = {f.path: f.data for f in (*tree_of(version).files, *made.files)}
    services = compose_config(tmp_path, files)["services"]
    assert values.items() <= services["api"]["environment"].items()
    if store == "weaviate":
        assert services["weaviate"]["environment"]["ENABLE_TOKENIZER_GSE"] == "true"


def test_each_entry_has_its_source() -> None:
    for store in STORES.values():
        for entry in store.get("japanese", ()):
            assert entry["source"] and entry["set"] and entry["server"] and entry["service"]
