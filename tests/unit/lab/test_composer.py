"""Layers are the same for the same content, or nothing would be shared."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile

from tests.lab.composer import pads, tar_layer
from tests.lab.imageplan import Image


def test_a_layer_is_a_reproducible_tar() -> None:
    files, links = {"usr/local/bin/x": (b"#!/bin/sh\n", 0o755)}, {"etc/y": "/usr/local/bin/x"}
    layer = tar_layer(files, links)
    assert layer == tar_layer(files, links)
    raw = gzip.decompress(layer.data)
    assert layer.diff_id == "sha256:" + hashlib.sha256(raw).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        assert tar.getmember("usr/local/bin/x").mode == 0o755
        assert tar.getmember("etc/y").linkname == "/usr/local/bin/x"


def test_the_big_layers_are_shared_between_tags() -> None:
    old, new = (pads(Image("a/b", tag, "standin", 10), 5) for tag in ("1.0", "2.0"))
    assert [layer.diff_id for layer in old[:2]] == [layer.diff_id for layer in new[:2]]
    assert not {layer.diff_id for layer in old[2:]} & {layer.diff_id for layer in new[2:]}
    size = sum(len(layer.data) for layer in old)
    assert 480_000 < size < 560_000


def test_nothing_is_padded_without_a_scale() -> None:
    assert pads(Image("a/b", "1", "standin", 10), 0) == []
