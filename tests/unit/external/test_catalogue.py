"""What is known about services of one's own fits what the releases say."""

from __future__ import annotations

import pytest

from installer.answers.external_services import SECTIONS, belongs, entry_of, fields, is_placeholder, kinds
from installer.core.resources import table
from installer.texts import LANGUAGES, Texts
from installer.texts import table as texts
from tests.real_releases import PAIRS, every_release, newest_releases
from tests.releases import model_of

WAYS = {"postgresql", "mysql", "redis", "sentinel", "s3", "azure", "http", "reach", "smtp"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_meaning_and_place_for_files_has_its_text(language: str) -> None:
    known = texts(language, "external")
    meanings = {entry["text"] for entry in table("external")["meaning"]}
    meanings |= {entry["text"] for entry in table("external")["field"].values()}
    assert {*known["field"]} == {*meanings, "other"}
    assert {*known["storage"]} == {*table("external")["kind"]["storage"], "folder", "other"}
    assert all(entry["label"] and entry["help"] for entry in known["field"].values())
    assert Texts(language).storage("").name and Texts(language).storage("no-such").name == "no-such"


def test_every_kind_is_whole() -> None:
    for section, kinds_of_it in table("external")["kind"].items():
        for kind, entry in kinds_of_it.items():
            where = f"{section}.{kind}"
            assert entry["name"] and entry["check"] in WAYS, where
            if section == "mail":
                continue
            assert {*entry.get("required", ())} <= {n for n in entry["required"] if belongs(entry, n)}, where
            named = [v for k, v in entry["address"].items() if k in ("host", "url", "hosts")]
            assert all(belongs(entry, name) for name in named), where
            assert entry.get("least") is None or entry["source"], where


@newest_releases
def test_the_newest_release_knows_all_kinds_and_every_field_is_explained(version: str) -> None:
    model = model_of(version)
    for section in SECTIONS:
        assert kinds(model, section) == tuple(table("external")["kind"][section])
        for kind in kinds(model, section):
            found = fields(model, section, kind)
            needed = {f.name for f in found if f.required}
            wanted = {n for n in entry_of(section, kind)["required"] if model.knows(n)}
            assert needed == wanted, kind
            assert not any(is_placeholder(f.default) for f in found), kind
            # what is not explained is for few, and has the release's own default
            assert all(f.more for f in found if f.meaning == "other"), kind


@pytest.mark.parametrize("version", [older for older, _ in PAIRS])
def test_an_older_release_knows_less(version: str) -> None:
    model = model_of(version)
    assert "clickzetta-volume" not in kinds(model, "storage")
    assert {"huawei_cloud", "iris", "hologres"}.isdisjoint(kinds(model, "stores"))
    assert "REDIS_SSL_CA_CERTS" not in {f.name for f in fields(model, "redis", "single")}
    assert kinds(model, "database") == ("postgresql",)


@every_release
def test_secrets_have_no_default(version: str) -> None:
    model = model_of(version)
    for section in SECTIONS:
        for kind in kinds(model, section):
            for field in fields(model, section, kind):
                assert not (field.secret and field.default), field.name
