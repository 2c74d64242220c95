"""The registry front's counting and fault rules."""

from __future__ import annotations

from tests.lab.registry_front import Board


def test_counters_of_a_repository() -> None:
    board = Board()
    board.seen("GET", "registry-1.docker.io", "/v2/a/b/manifests/1")
    board.seen("HEAD", "registry-1.docker.io", "/v2/a/b/manifests/1")
    board.seen("GET", "registry-1.docker.io", "/v2/a/b/blobs/sha256:0")
    board.sent("a/b", 10)
    assert board.state()["repositories"] == {"a/b": {"manifests": 1, "blobs": 1, "bytes": 10}}


def test_a_status_so_many_times() -> None:
    board = Board()
    board.faults = {"status": {"a/b": [503, 2]}, "only": "blobs"}
    path = "/v2/a/b/blobs/x"
    assert [board.status_for(path, True) for _ in range(3)] == [503, 503, 0]
    assert board.status_for("/v2/a/b/manifests/1", False) == 0


def test_a_moved_tag_leads_elsewhere_and_digests_are_looked_for_in_both() -> None:
    board = Board()
    board.faults = {"moved": {"a/b": "c/d"}}
    assert board.paths_for("/v2/a/b/manifests/latest") == ("/v2/c/d/manifests/latest",)
    assert board.paths_for("/v2/a/b/blobs/sha256:0") == ("/v2/a/b/blobs/sha256:0", "/v2/c/d/blobs/sha256:0")
    assert board.paths_for("/v2/c/d/manifests/1") == ("/v2/c/d/manifests/1",)


def test_cuts_never_count_below_zero() -> None:
    board = Board()
    board.faults = {"cut_times": 1}
    assert [board.take_cut() for _ in range(3)] == [True, False, False]
    board.faults = {}
    assert [board.take_cut() for _ in range(2)] == [True, True]
