"""Real releases of Dify, where this machine has them (``DIFY_RELEASES``), beside the made-up ones.

Tests of a module that imports this, itself or through other modules, may differ with and without real ones.
``./test`` runs those modules a second time without (``--releases-only``, ``tests/conftest.py``).
"""

from __future__ import annotations

import pytest

from tests.releases import NEW, OLD, REAL, SYNTHETIC_VERSIONS, versions

REAL_VERSIONS = versions(REAL)

#: The real ones that every run looks at: both ends of the list and the middle. ``./test --all`` has all.
USUAL_VERSIONS = {*REAL_VERSIONS[:1], *REAL_VERSIONS[len(REAL_VERSIONS) // 2 :][:1], *REAL_VERSIONS[-1:]}

#: Those with everything that today's releases have, the newest real one last.
NEWEST = (NEW, *REAL_VERSIONS[-1:])

#: (an older one, the newest one): the older one knows fewer stores, services and variables.
PAIRS = ((OLD, NEW), *zip(REAL_VERSIONS[:1], REAL_VERSIONS[-1:], strict=True))


def of_release(version: str) -> object:
    """A ``pytest.param`` about *version*, slow unless every run looks at the release."""
    usual = version in SYNTHETIC_VERSIONS or version in USUAL_VERSIONS
    return pytest.param(version, marks=[] if usual else [pytest.mark.slow])


every_release = pytest.mark.parametrize(
    "version", [of_release(v) for v in (*SYNTHETIC_VERSIONS, *REAL_VERSIONS)]
)
#: Of each layout the one that has all stores and services elsewhere, and all real ones.
every_whole_release = pytest.mark.parametrize("version", [of_release(v) for v in (OLD, NEW, *REAL_VERSIONS)])
newest_releases = pytest.mark.parametrize("version", NEWEST)
old_and_new = pytest.mark.parametrize(("older", "newest"), PAIRS)

#: The reason that is allowed where there are none (``tests/skips.toml``).
NO_REAL = "no real releases of Dify here (DIFY_RELEASES)"
needs_real = pytest.mark.skipif(not REAL_VERSIONS, reason=NO_REAL)
