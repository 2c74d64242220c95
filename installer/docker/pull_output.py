"""Reads the log of a job that fetches images (``docker.pulls``) into bytes, for all and for each image.

Lines: ``{"images": …}`` first, then ``NAME {…}`` with the Engine's own words, ``NAME done``, ``NAME again
SECONDS``, ``NAME failed``, ``tick`` at least every second. Docker's client, asked where there is a login,
says ``ID: Pulling fs layer`` and no bytes. What is not understood is passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from installer.core.step_events import ImageBytes
from installer.docker.pulls import SHORT, TICK
from installer.untrusted.json import loads
from installer.untrusted.values import integer, items, mapping

ImageState = Literal["waiting", "running", "done", "failed"]

_ID = re.compile(rf"[0-9a-f]{{{SHORT}}}")
_CLIENT = re.compile(rf"([0-9a-f]{{{SHORT}}}): (.+)")
_COMPLETE = frozenset({"Download complete", "Pull complete", "Extracting", "Verifying Checksum"})
_THERE = "Already exists"
#: Said of each layer before and after its download; no news for people.
_STATES = _COMPLETE | {_THERE, "Pulling fs layer", "Waiting", "Downloading", "Layer already being pulled"}


@dataclass
class _Layer:
    """A blob, however many images share it. *size* 0 = not known; *pulled*: it is downloaded in this job;
    *there*: it was there before."""

    size: int = 0
    done: int = 0
    pulled: bool = False
    there: bool = False
    complete: bool = False


@dataclass
class _Image:
    parts: list[str] = field(default_factory=list)
    known: bool = False  # all parts with their sizes
    state: ImageState = "waiting"
    error: str = ""


@dataclass
class PullProgress:
    """Bytes downloaded so far. ``done`` never falls. ``total`` falls when a layer turns out to be there, and
    is 0 until every size is known: a guess would make the bar run backwards."""

    layers: dict[str, _Layer] = field(default_factory=dict)
    _images: dict[str, _Image] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Bytes downloaded in this job."""
        return self._done(self.layers)

    @property
    def total(self) -> int:
        """Bytes to download in all; 0 = not known yet."""
        if not all(image.known or self._announced(image) for image in self._images.values()):
            return 0
        return self._total(self.layers)

    @property
    def images(self) -> Mapping[str, ImageBytes]:
        """Each image by name; parts that it shares count for each."""
        return {
            name: ImageBytes(
                i.state,
                self._done(i.parts),
                self._total(i.parts) if i.known or self._announced(i) else 0,
            )
            for name, i in self._images.items()
        }

    @property
    def failed(self) -> tuple[str, str]:
        """The image for which all ended and the last that was said about it; empty if there is none."""
        return next(((n, i.error) for n, i in self._images.items() if i.state == "failed"), ("", ""))

    def feed(self, line: str) -> str:
        """Take one line; what of it is for people, empty for a layer's progress."""
        name, _, rest = line.partition(" ")
        if line == TICK:
            return ""
        if line.startswith('{"images":'):
            return self._plan(line)
        image = self._images.get(name)
        if image is None:
            return line
        if rest.startswith("{"):
            return self._engine(name, image, rest)
        if client := _CLIENT.fullmatch(rest):
            self._layer(image, client[1], client[2], 0, 0)
            return "" if client[2] in _STATES else line
        return self._word(name, image, rest)

    # ---------------------------------------------------------------- lines

    def _plan(self, line: str) -> str:
        try:
            images = mapping(mapping(loads(line)).get("images"))
        except ValueError:
            return line
        for name, layers in images.items():
            parts = [part for part in items(layers) if isinstance(part, list) and len(part) == 2]
            self._images[name] = _Image([str(part) for part, _ in parts], known=bool(parts))
            for part, size in parts:
                self.layers.setdefault(str(part), _Layer()).size = integer(size)
        return "" if images else line

    def _engine(self, name: str, image: _Image, text: str) -> str:
        try:
            entry = mapping(loads(text))
        except ValueError:
            return f"{name} {text}"
        what, layer = str(entry.get("status") or ""), str(entry.get("id") or "")
        if error := str(entry.get("error") or entry.get("message") or ""):
            image.error = error
            return f"{name}: {error}"
        image.state = "running"
        if what in _STATES and _ID.fullmatch(layer):
            detail = mapping(entry.get("progressDetail"))
            self._layer(image, layer, what, integer(detail.get("current")), integer(detail.get("total")))
            return ""
        return f"{name}: {what}" if what else ""

    def _word(self, name: str, image: _Image, text: str) -> str:
        word, _, seconds = text.partition(" ")
        if text == "done":
            self._whole(image)
            image.state = "done"
            return ""
        if text == "failed":
            image.state = "failed"
            return ""
        if word == "again" and seconds.isdigit():
            return f"{name}: again in {seconds} s"
        if not text.startswith("Status: "):
            image.error = text
        return f"{name}: {text}"

    # ---------------------------------------------------------------- bytes

    def _layer(self, image: _Image, name: str, what: str, done: int, total: int) -> None:
        if name not in image.parts:
            if image.known:
                return  # nothing that is downloaded: its size would be known
            image.parts.append(name)
        layer = self.layers.setdefault(name, _Layer())
        if what == _THERE:
            layer.there = not layer.pulled
            return
        layer.pulled, layer.there = True, False
        if what == "Downloading":
            layer.size = layer.size or total
            layer.done = max(layer.done, min(done, layer.size))
        elif what in _COMPLETE:
            # "Extracting" counts unpacked bytes: only that the download is over is taken
            layer.complete, layer.done = True, layer.size

    def _whole(self, image: _Image) -> None:
        """All of it is there. Of what was there before, Engines with containerd's store say nothing; neither
        does any of the configuration, some kilobytes."""
        for layer in self._of(image.parts):
            if layer.pulled:
                layer.complete, layer.done = True, layer.size
            else:
                layer.there = True

    def _announced(self, image: _Image) -> bool:
        """Whether the Engine itself has reported every size."""
        layers = [*self._of(image.parts)]
        return image.state == "done" or (
            bool(layers) and all(layer.size or layer.there or layer.complete for layer in layers)
        )

    def _of(self, parts: Iterable[str]) -> Iterable[_Layer]:
        return (self.layers[part] for part in parts)

    def _done(self, parts: Iterable[str]) -> int:
        return sum(layer.done for layer in self._of(parts) if not layer.there)

    def _total(self, parts: Iterable[str]) -> int:
        return sum(layer.size for layer in self._of(parts) if not layer.there)
