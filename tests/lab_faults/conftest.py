"""The lab and its targets."""

from __future__ import annotations

from tests.lab_apply.conftest import Maker, bench, lab

__all__ = ["Maker", "bench", "lab"]
