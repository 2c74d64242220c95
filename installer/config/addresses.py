"""The variables that follow from the one address that people type (``resources/urls.toml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from installer.release.model import ReleaseModel
from installer.resources import table
from installer.settings import Answers


def address_values(
    answers: Answers, model: ReleaseModel, existing: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Key → value; *existing*: the ``.env`` in use, where somebody may have named the address, too."""
    base = answers.base_url
    fields = {"base": base, "ws": base.replace("http", "ws", 1), "host": answers.site_address}
    for entry in table("urls")["url"]:
        if model.knows(entry["key"]):
            yield entry["key"], entry["value"].format(**fields)
    yield from _origins(base, existing)
    yield from _cookies(answers.site_address, existing)


def _origins(base: str, existing: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = table("urls")["origins"]
    former = {existing.get(key, "").rstrip("/") for key in known["former"]} - {"", base}
    for key in known["keys"]:
        before = [origin.strip() for origin in existing.get(key, "").split(",")]
        after = [base if origin.rstrip("/") in former else origin for origin in before]
        if after != before:
            yield key, ",".join(dict.fromkeys(after))


def _cookies(host: str, existing: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = table("urls")["cookies"]
    domain = existing.get(known["domain"], "").strip().lstrip(".").lower()
    if domain and host.lower() != domain and not host.lower().endswith(f".{domain}"):
        yield from ((key, "") for key in known["keys"] if existing.get(key))
