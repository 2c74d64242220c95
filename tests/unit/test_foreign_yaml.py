"""YAML of others."""

from __future__ import annotations

import time

import pytest
import yaml

from installer.core.errors import Code, InstallError
from installer.release.compose_file import read_compose
from installer.untrusted.yaml import LARGEST, load


def bomb(levels: int, item: str = "[{}]", joined: str = ",") -> str:
    """Each line names the one above ten times."""
    lines = ["x-a0: &a0 [q, q, q, q, q, q, q, q, q, q]"]
    for level in range(1, levels):
        lines.append(f"x-a{level}: &a{level} " + item.format(joined.join([f"*a{level - 1}"] * 10)))
    return "\n".join([*lines, f"services: {{api: {{image: x, command: *a{levels - 1}}}}}\n"])


BAD = {
    "aliases": bomb(10),
    "merges": bomb(10, "{{<<: [{}]}}").replace("[q, q, q, q, q, q, q, q, q, q]", "{a: 1, b: 2}"),
    "a long text": f"x: &a {'q' * 100_000}\nservices: {{api: {{image: [{','.join(['*a'] * 1000)}]}}}}\n",
    "a circle": "services: &a\n  api: *a\n",
    "deep": "services: " + "{a: " * 200 + "1" + "}" * 200,
    "deeper": "[" * 100_000,
    "large": "#" * (LARGEST + 1),
    "digits": "services: {api: {image: " + "9" * 10_000 + "}}",
    "date": "when: 2001-13-41\n",
    "object": "!!python/object/apply:os.system [id]",
}


@pytest.mark.parametrize("name", BAD)
def test_what_would_fill_the_memory_is_refused(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(yaml.YAMLError):
        load(BAD[name])
    assert time.monotonic() - began < 20


def test_open_brackets_are_not_all_looked_at_for_each_character() -> None:
    began = time.thread_time()
    with pytest.raises(yaml.YAMLError):
        load("[" * 20_000)
    assert time.thread_time() - began < 0.3


@pytest.mark.parametrize("name", [name for name in BAD if name != "date"])
def test_a_release_with_it_is_not_understood(name: str) -> None:
    with pytest.raises(InstallError) as caught:
        read_compose(BAD[name], version="1.0.0")
    assert caught.value.code is Code.RELEASE_LAYOUT_UNKNOWN


def test_aliases_as_releases_have_them() -> None:
    text = "x: &x {A: 1, B: [q]}\napi: {<<: *x, C: 2}\nworker: *x\nnone:\n"
    assert load(text) == {
        "x": {"A": 1, "B": ["q"]},
        "api": {"A": 1, "B": ["q"], "C": 2},
        "worker": {"A": 1, "B": ["q"]},
        "none": None,
    }
    assert load("") is None


@pytest.mark.parametrize(
    "text",
    [
        "services: {api: {volumes: [{source: a}]}}",
        "services: {api: {depends_on: {db: [x]}}}",
        "services: {api: {depends_on: {db: {condition: [x]}}}}",
        "services: {1: {image: x}}",
        "services: {api: {1: x}}",
        "services: {api: [1]}",
        "services: {api: {image: x}}\nnetworks: [a]",
        "services: {api: {image: x}}\nvolumes: a",
        "services: {api: {image: x}}\n1: a",
        "services: {[a]: {image: x}}",
        "services: {api: {ports: x}}",
        "services: {api: {environment: x}}",
    ],
)
def test_forms_that_compose_refuses_are_not_understood(text: str) -> None:
    with pytest.raises(InstallError) as caught:
        read_compose(text, version="1.0.0")
    assert caught.value.code is Code.RELEASE_LAYOUT_UNKNOWN
