"""The store of lines: numbers, blocks, forgetting, and that nothing is left behind."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.logs import store as module
from installer.logs.line import HEAD, MARK, TIME, stamp, tag
from installer.logs.store import Store
from tests.unit.logs.lines import at, head


@given(
    st.lists(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=9), max_size=20)
)
def test_every_line_is_found_again(batches: list[list[bytes]]) -> None:
    before, module.BLOCK = module.BLOCK, 60
    try:
        store = Store()
        wanted: list[tuple[bytes, bytes]] = []
        for batch in batches:
            heads = [head(len(wanted) + n) for n in range(len(batch))]
            store.append(heads, [text + b"\n" for text in batch])
            wanted += [(h, t.rstrip(b"\r")) for h, t in zip(heads, batch, strict=True)]
        assert len(store) == len(wanted)
        assert [store.line(n) for n in range(store.end)] == wanted
        assert list(store.lines(0, store.end)) == wanted
        assert list(store.lines(3, 7)) == wanted[3:7]
        assert [store.head(n) for n in range(store.end)] == [h for h, _ in wanted]
        store.close()
    finally:
        module.BLOCK = before


def test_a_time_is_found_by_halving(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 50)
    store = Store()
    for second in range(0, 100, 2):
        store.append([head(second)], [b"x\n"])
    assert store.at_time(at(0)) == 0
    assert store.at_time(at(40)) == 20
    assert store.at_time(at(41)) == 21
    assert store.at_time(at(1000)) == store.end
    store.close()


def test_the_oldest_lines_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 100)
    monkeypatch.setattr(module, "FILE", 1000)
    store = Store(most=3000)
    for n in range(200):
        store.append([head(n)], [b"%039d\n" % n])
    assert store.end == 200
    assert 0 < store.first < 200
    first = store.first + 1
    assert store.line(first)[1] == b"%039d" % first
    mark, text = store.line(store.first)
    assert text == b"dropped" and mark == store.head(store.first)
    assert mark[:TIME] == store.head(first)[:TIME] and mark[TIME] == MARK
    assert [text for _, text in store.lines(0, first + 1)] == [b"dropped", b"%039d" % first]
    assert store.at_time(mark[:TIME]) == store.first
    with pytest.raises(IndexError):
        store.line(store.first - 1)
    with pytest.raises(IndexError):
        store.line(200)
    assert store.blocks()[0].first == store.first
    store.close()


def test_a_block_that_was_forgotten_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 10)
    store = Store()
    store.append([head(1)], [b"some text here\n"])
    (block,) = store.blocks()
    store.close()
    assert block.texts() == b"" and block.heads() == b""
    store.append([head(2)], [b"late\n"])
    assert len(store) == 0


def test_an_end_within_a_line_does_not_shift_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 10)
    store = Store()
    store.append([head(1), head(2)], [b"one\nmore\n", b"two of them\n"])
    assert [store.line(n)[1] for n in (0, 1)] == [b"one more", b"two of them"]
    store.close()


def test_no_file_can_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "BLOCK", 10)
    store = Store()
    store.append([head(1)], [b"a secret, maybe\n"])
    assert list(tmp_path.iterdir()) == []
    file = store.blocks()[0].file
    assert file is not None and os.fstat(file._file.fileno()).st_mode & 0o077 == 0
    store.close()


def test_widths() -> None:
    from datetime import UTC, datetime

    assert len(stamp(datetime.now(UTC)) + tag(3)) == HEAD == len(head(3))
