"""YAML from outside: a release, a server. Pure."""

from __future__ import annotations

from typing import Any

import yaml

#: Characters; a release's Compose file has below 80,000.
LARGEST = 512 << 10
#: Characters once every alias stands for a copy of what it names, and levels; a release has below 500,000 and
#: 10. Each value counts as some characters more, as it takes that much room.
MOST, DEEPEST, _EACH = 8 << 20, 64, 16


def load(text: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> Any:
    """The value that *text* is, None if it is empty.

    Raises ``yaml.YAMLError``, and nothing else, for anything that is no YAML, longer than ``LARGEST``, or
    larger than ``MOST`` without aliases: a few lines of aliases of aliases would fill any memory.
    """
    if len(text) > LARGEST:
        raise yaml.YAMLError(f"longer than {LARGEST} characters")
    try:
        reader = loader(text)
        _limit_brackets(reader)
        try:
            node = reader.get_single_node()
            if node is None:
                return None
            _Sizes().of(node, 0)
            return reader.construct_document(node)
        finally:
            reader.dispose()
    except yaml.YAMLError:
        raise
    except Exception as exc:  # RecursionError, and what values that are none raise: "2001-13-41" as a date
        raise yaml.YAMLError(f"{type(exc).__name__}: {exc}") from exc


def _limit_brackets(reader: yaml.SafeLoader) -> None:
    """Brackets within brackets end at ``DEEPEST`` while they are read: for each character PyYAML looks at all
    that are open."""
    start = reader.fetch_flow_collection_start

    def limited(kind: type[yaml.Token]) -> None:
        if reader.flow_level >= DEEPEST:
            raise yaml.YAMLError("nested too deeply")
        start(kind)

    reader.fetch_flow_collection_start = limited  # type: ignore[method-assign, assignment]


class _Sizes:
    """How large nodes are. Each is measured once; an alias is the very node that it names."""

    def __init__(self) -> None:
        self._known: dict[int, int | None] = {}

    def of(self, node: yaml.Node, depth: int) -> int:
        """Raises ``yaml.YAMLError`` above the limits, and for a node within itself."""
        known = self._known.get(id(node), 0)
        if known is None or depth > DEEPEST:
            raise yaml.YAMLError("nested too deeply, or without end")
        if known:
            return known
        self._known[id(node)] = None
        total = _EACH
        if isinstance(node, yaml.ScalarNode):
            total += len(node.value)
        elif isinstance(node, yaml.MappingNode):
            total += sum(self.of(part, depth + 1) for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            total += sum(self.of(part, depth + 1) for part in node.value)
        if total > MOST:
            raise yaml.YAMLError(f"more than {MOST} characters with all aliases replaced")
        self._known[id(node)] = total
        return total
