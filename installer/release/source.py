"""Which release, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from installer.core.addresses import base_url, is_loopback

_ARCHIVES = (".tar.gz", ".tgz", ".zip")


@dataclass(frozen=True)
class Release:
    """Which Dify, and from where: a base URL in GitHub's layout or the path of an archive."""

    version: str = "latest"
    source: str = "https://github.com"

    @property
    def is_archive(self) -> bool:
        """Whether *source* is the path of an archive file instead of a URL."""
        return "://" not in self.source


def source_problem(value: str) -> str | None:
    """What was expected instead of *value*; None for the base URL of a release list or an archive's path.
    What comes from there becomes containers: by https alone, but from this computer itself."""
    if "://" not in value:
        return None if value.lower().endswith(_ARCHIVES) else "https://HOST | PATH.tar.gz | PATH.zip"
    good = base_url(value) is None and (value.startswith("https://") or is_loopback(urlsplit(value).hostname))
    return None if good else "https://HOST | http://127.0.0.1"
