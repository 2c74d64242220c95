"""Reads what ``docker compose pull`` prints, plain (before 2.29) or as JSON lines, into bytes.

Plain lines look like `` 9b7c4febf2c7 Downloading [===>   ]  31.95MB/48.16MB`` and `` web Pulled``;
JSON lines carry ``id``, ``parent_id``, ``text``, ``status``, ``current``, ``total`` (Compose 2.29 and
later, ``--progress json``). Compose 2 says what happens in ``text`` and more about it in ``status``; from
5 on ``status`` is one of Working, Done, Warning, Error, more is in ``details``, and ids of services are
``Image NAME``. What is not understood is passed on: the exit code alone decides whether the pull failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LAYER = re.compile(
    r"^\s*(?P<id>[0-9a-f]{12}) (?P<what>Pulling fs layer|Waiting|Downloading|Verifying Checksum|"
    r"Download complete|Extracting|Pull complete|Already exists)(?P<rest>.*)$"
)
_SIZES = re.compile(r"([\d.]+)\s*([kMGT]?B)\s*/\s*([\d.]+)\s*([kMGT]?B)")
_SERVICE = re.compile(
    r"^\s*(?:Image )?(?P<name>[\w./:@-]+) (?P<what>Pulling|Pulled|Skipped|Error|Warning)\b(?P<rest>.*)$"
)
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_COMPLETE = frozenset({"Download complete", "Pull complete", "Extracting", "Verifying Checksum"})


@dataclass
class _Layer:
    total: int = 0
    done: int = 0
    complete: bool = False
    present: bool = False


@dataclass
class PullProgress:
    """Bytes downloaded so far, over all layers, each counted once however many images share it.

    ``total`` is 0 until the size of every announced layer is known: Docker tells a layer's size only
    when its download begins, and a guess would make the bar run backwards.
    """

    layers: dict[str, _Layer] = field(default_factory=dict)
    images: dict[str, bool] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Bytes downloaded, layers that were already there left out."""
        return sum(layer.done for layer in self.layers.values() if not layer.present)

    @property
    def total(self) -> int:
        """Bytes to download in all; 0 = not known yet."""
        open_layers = [layer for layer in self.layers.values() if not layer.present]
        if not open_layers or any(not layer.total and not layer.complete for layer in open_layers):
            return 0
        return sum(layer.total for layer in open_layers)

    @property
    def images_done(self) -> int:
        """Images that are wholly there."""
        return sum(self.images.values())

    def feed(self, line: str) -> str:
        """Take one line of output; what of it is for people, empty for a layer's progress."""
        if line.lstrip().startswith("{"):
            return self._json(line)
        if m := _LAYER.match(line):
            done, total = _sizes(m["rest"])
            self._layer(m["id"], m["what"], done, total)
            return ""
        if m := _SERVICE.match(line):
            self._service(m["name"], m["what"], m["rest"].strip())
        return line

    def _json(self, line: str) -> str:
        try:
            entry = json.loads(line)
        except ValueError:
            return line
        if not isinstance(entry, dict):
            return line
        name = str(entry.get("id") or "")
        if not name:
            return self._message(entry) or line
        words = [str(entry.get(k) or "") for k in ("text", "status", "details")]
        words = [w for w in words if w not in ("", "Working", "Done")]
        if "Error" in words[:2]:
            what, rest = "Error", " ".join(w for w in words if w != "Error")
        else:
            what, rest = words[0] if words else "", " ".join(words[1:])
            if entry.get("parent_id"):
                self._layer(name, what, _number(entry.get("current")), _number(entry.get("total")))
                return ""
        self._service(name.removeprefix("Image "), what, rest)
        return " ".join(filter(None, (name, what, rest)))

    def _message(self, entry: Mapping[str, Any]) -> str:
        """Compose's own words: how it failed (``message``) or a warning (``msg``)."""
        text = str(entry.get("message") or entry.get("msg") or "")
        if entry.get("error") and not any(text in known for known in self.failures):
            self.failures.append(text)
        return text

    def _layer(self, name: str, what: str, done: int, total: int) -> None:
        layer = self.layers.setdefault(name, _Layer())
        if what == "Already exists":
            layer.present = True
        elif what == "Downloading":
            layer.total = max(layer.total, total)
            layer.done = max(layer.done, min(done, layer.total))
        elif what in _COMPLETE:
            # "Extracting" counts unpacked bytes: only the fact that the download is over is taken
            layer.complete = True
            layer.done = layer.total

    def _service(self, name: str, what: str, rest: str) -> None:
        if what == "Pulling":
            self.images.setdefault(name, False)
        elif what == "Pulled":
            self.images[name] = True
        elif what == "Error":
            self.failures.append(f"{name}: {rest}")


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _sizes(text: str) -> tuple[int, int]:
    m = _SIZES.search(text)
    if not m:
        return 0, 0
    return round(float(m[1]) * _UNITS[m[2]]), round(float(m[3]) * _UNITS[m[4]])
