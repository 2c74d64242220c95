"""The variables that follow from the one address that people type (``resources/urls.toml``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from installer.answers import Answers
from installer.core.resources import table
from installer.release.model import ReleaseModel


def address_values(
    answers: Answers, model: ReleaseModel, existing: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Key → value; *existing*: the ``.env`` in use, which may name the address, too."""
    base = answers.base_url
    fields = {"base": base, "ws": base.replace("http", "ws", 1), "host": answers.site_address}
    for entry in table("urls")["url"]:
        if model.knows(entry["key"]):
            yield entry["key"], entry["value"].format(**fields)
    yield from _origins(base, existing)
    yield from _cookies(answers.site_address, existing)


def _origins(base: str, existing: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    former = _former(existing) - {base}
    for key in table("urls")["origins"]["keys"]:
        before = [origin.strip() for origin in existing.get(key, "").split(",")]
        after = [base if origin.rstrip("/") in former else origin for origin in before]
        if after != before:
            yield key, ",".join(dict.fromkeys(after))


def _cookies(host: str, existing: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Only where the former address lay in the domain: else a web server is in front."""
    known = table("urls")["cookies"]
    domain = existing.get(known["domain"], "").strip().lstrip(".").lower()
    left = any(_inside(urlsplit(base).hostname or "", domain) for base in _former(existing))
    if domain and left and not _inside(host, domain):
        yield from ((key, "") for key in known["keys"] if existing.get(key))


def _former(existing: Mapping[str, str]) -> set[str]:
    """The addresses that *existing* has."""
    return {existing.get(key, "").rstrip("/") for key in table("urls")["origins"]["former"]} - {""}


def _inside(host: str, domain: str) -> bool:
    return host.lower() == domain or host.lower().endswith(f".{domain}")
