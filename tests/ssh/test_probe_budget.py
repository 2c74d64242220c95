"""Finding out everything about a server costs two exec requests and little time."""

from __future__ import annotations

from dataclasses import replace

from tests.bench_probe import ask_everything, measure, own_server, slow_line


def test_two_requests_and_not_much_time() -> None:
    """The number exactly; the time loosely, because machines that run tests are busy (``bench/probe``
    measures)."""
    with own_server() as place:
        figures = measure(place, "direct", runs=2)
    assert figures.requests == 2
    assert figures.more < 10 * 0.6


def test_a_slow_line_costs_few_round_trips() -> None:
    """With 200 ms for each the log-in takes most of them; more requests would show here."""
    with own_server() as place, slow_line(place.host, place.port) as port:
        assert ask_everything(replace(place, host="127.0.0.1", port=port)) == 2
