"""JSON of others."""

from __future__ import annotations

import json

import pytest

from installer.untrusted.json import DEEPEST, loads


@pytest.mark.parametrize(
    "data",
    [
        *("", "{", "[1,]", "nul", "[" * 200_000, '{"a":' * 5000 + "1" + "}" * 5000),
        *("NaN", "[Infinity]", "[-Infinity]", "1e999", "[-1e999]", "1" * 5000, str(2**64), str(-(2**63) - 1)),
        *(b"\xff", b'"\xed\xa0\x80"', b'{"a":\x00}', b"\xfe\xff"),
        "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2),
        f'"{"x" * 100}"',
    ],
)
def test_anything_else_is_a_value_error(data: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of any kind, that is the promise)
        loads(data, largest=100 if len(data) == 102 else 16 << 20)


@pytest.mark.parametrize(
    "data", ['["\\ud800", {"\\uDFFF": 1}, "a\\ud83d x"]', '["\ud800", {"\udfff": 1}, "a\ud83d x"]']
)
def test_half_a_pair_is_replaced(data: str) -> None:
    assert loads(data) == ["?", {"?": 1}, "a? x"]
    assert loads('["\\ud83d\\ude00", "\\ud800"]') == ["\U0001f600", "?"]


def test_what_is_json_comes_as_it_is() -> None:
    value = {"a": [1, -(2**63), 2**64 - 1, 1.5, 1e300, None, True, "é\U0001f600\\u"], "b": {"": [[]]}}
    assert loads(json.dumps(value)) == value == loads(json.dumps(value, ensure_ascii=False).encode())
    assert loads(b"\xef\xbb\xbf[]") == []
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert json.dumps(loads(deep)) == deep
