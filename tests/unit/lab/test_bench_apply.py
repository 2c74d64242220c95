"""What ``bench/apply`` makes of its figures."""

from __future__ import annotations

import pytest

from tests.bench_apply import Pair, median_ratio, table

PAIRS = [
    Pair(11.0, 10.0, "ours", {"pull": 8.0, "start": 2.0}, {"scp": 1.0, "pull": 8.0}),
    Pair(9.0, 10.0, "plain", {"pull": 6.0, "start": 1.0}, {"scp": 1.0, "pull": 8.5}),
    Pair(30.0, 10.0, "ours", {"pull": 9.0}, {"scp": 3.0, "pull": 9.0}),
]


def test_the_median_is_of_ratios_not_of_seconds() -> None:
    assert median_ratio(PAIRS) == pytest.approx(1.1)
    assert median_ratio([*PAIRS, Pair(10.0, 10.0, "plain")]) == pytest.approx(1.05)


def test_the_table_says_where_the_time_went() -> None:
    lines = list(table(PAIRS))
    assert "| 2 | plain | 9.0 s | 10.0 s | 0.90 |" in lines
    assert "Median of the ratios: 1.10" in lines
    assert "Ours, medians: pull 8.0 s, start 1.0 s" in lines
    assert "By hand, medians: scp 1.0 s, pull 8.5 s" in lines
