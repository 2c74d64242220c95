"""Takes secrets out of texts and data: by their values in every form, by their names, by their shape.

What is taken out reads ``***``. Cut a text only after it was scrubbed: half a secret is not found any more.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from installer.core.errors import InstallError
from installer.core.secrets import MASK as SHOWN_MASK
from installer.redaction.forms import LONG, SHORTEST, all_forms, base64_cores
from installer.redaction.shapes import MASK, named_secret, scrub_shapes
from installer.release.envfile import EnvFile

_RUN = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
#: Where a line of a log broke: the end of the line, then what Docker, Compose or we put before the next one.
_BREAK = re.compile(
    r"\r?\n[ \t]*(?:\d{4}-\d\d-\d\dT[\d:.]+Z[ \t]+)?(?:[A-Za-z0-9][\w.-]{0,80}[ \t]+\|[ \t]?)?[ \t]*"
)
#: Words that a person may have chosen as a password and that are in every log.
ORDINARY = frozenset({"true", "false", "none", "null", "admin", "root", "dify", "postgres", "mysql", "redis"})


class Scrubber:
    """Knows the secrets' *values*; more can be learned. *counts* tells what was taken out, by kind."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._forms: tuple[str, ...] = ()
        self._cores: tuple[str, ...] = ()
        self.counts: Counter[str] = Counter()
        self.learn(values)

    def learn(self, values: Iterable[str]) -> None:
        """Remember more values. Those under 4 characters, and words that stand everywhere, are left to their
        names."""
        new = {v for v in values if len(v) >= SHORTEST and v.lower() not in ORDINARY and set(v) - set("*•")}
        if new <= self._values:
            return
        self._values |= new
        self._forms = all_forms(self._values)
        self._cores = tuple(sorted({core for v in self._values for core in base64_cores(v)}))

    @property
    def known(self) -> int:
        """How many values are known."""
        return len(self._values)

    def text(self, text: str) -> str:
        """*text* without secrets."""
        # a mask of ours must not hide that a value ends there
        text = self._by_value(text.replace(SHOWN_MASK, MASK))
        text = self._broken(text)
        text = self._encoded(text)
        return scrub_shapes(text, self._count)

    def data(self, value: Any, name: str = "") -> Any:
        """*value* (as JSON holds it) without secrets; what a key that says so holds is taken out whole."""
        if isinstance(value, Mapping):
            return {self.text(str(k)): self.data(v, str(k)) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(v, name) for v in value]
        plain = value is None or isinstance(value, bool) or value == ""
        if name and not plain and named_secret(name):
            self._count("name")
            return MASK
        return self.text(value) if isinstance(value, str) else value

    def env(self, text: str) -> str:
        """A ``.env``: keys stay; values of secret variables, and what stands in others, are taken out."""
        try:
            lines = EnvFile.parse(text).lines
        except InstallError:
            return self.text(text)
        found = []
        for line in lines:
            if line.key and named_secret(line.key) and line.raw:
                self._count("name")
                found.append(f"{line.key}={MASK}\n")
            else:
                found.append(line.text)
        return self.text("".join(found))

    # ------------------------------------------------------------------ values

    def _by_value(self, text: str) -> str:
        for form in self._forms:
            if form in text:
                self.counts["value"] += text.count(form)
                text = text.replace(form, MASK)
        return text

    def _broken(self, text: str) -> str:
        """Values that a line's end, and what stands before the next line, cut in two."""
        breaks = list(_BREAK.finditer(text))
        if not breaks:
            return text
        joined, starts, at = [], [], 0  # starts: (place in the joined text, place in *text*)
        length = 0
        for found in (*breaks, None):
            end = found.start() if found else len(text)
            starts.append((length, at))
            joined.append(text[at:end])
            length += end - at
            at = found.end() if found else end
        whole = "".join(joined)
        spans = sorted(span for form in self._forms if len(form) >= LONG for span in _spans(whole, form))
        if not spans:
            return text
        return self._cut(text, [(_place(starts, a), _place(starts, b - 1) + 1) for a, b in spans])

    def _cut(self, text: str, spans: list[tuple[int, int]]) -> str:
        parts, at = [], 0
        for begin, end in spans:
            if begin >= at:
                parts += [text[at:begin], MASK]
                self.counts["value"] += 1
            at = max(at, end)
        return "".join([*parts, text[at:]])

    def _encoded(self, text: str) -> str:
        """Runs of base64 in which a value is, whole (the user's name of a basic login goes with it)."""
        if not any(core in text for core in self._cores):
            return text

        def replace(match: re.Match[str]) -> str:
            if not any(core in match[0] for core in self._cores):
                return match[0]
            self.counts["value"] += 1
            return MASK

        return _RUN.sub(replace, text)

    def _count(self, kind: str) -> None:
        self.counts[kind] += 1


def _spans(text: str, form: str) -> Iterable[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + 1)


def _place(starts: list[tuple[int, int]], at: int) -> int:
    """The place in the text of place *at* in the joined one."""
    index = bisect_right(starts, (at, len(starts) and 1 << 62)) - 1
    joined, place = starts[index]
    return place + at - joined
