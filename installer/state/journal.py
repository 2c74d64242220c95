"""What was done to an installation, kept on the target beside it: one JSON object a line, no secrets."""

from __future__ import annotations

import json
import time
from typing import Any

from installer.core.secrets import Redactor, redact_data
from installer.hosts.base import Host
from installer.state.history import ENDINGS, entries

KEPT_ENTRIES = 500


class Journal:
    """Appends entries; the file is replaced as a whole, so that a cut line never leaves half of one."""

    def __init__(self, host: Host, folder: str, redact: Redactor) -> None:
        self._host, self._path, self._redact = host, f"{folder}/journal.jsonl", redact
        self._lines: list[str] | None = None

    def end_open_run(self) -> None:
        """Note the end of a run whose program was closed before it could: what it was for is done by now."""
        self._lines = self._read()
        found = entries(self._lines)
        if found and found[-1].what not in ENDINGS:
            self.add("done")

    def _read(self) -> list[str]:
        return (self._host.read_file(self._path) or b"").decode("utf-8", "replace").splitlines()

    def add(self, what: str, **fields: Any) -> None:
        """Write one entry now."""
        if self._lines is None:
            self._lines = self._read()
        entry = {"at": round(time.time(), 3), "what": what, **fields}
        safe = redact_data(entry, self._redact)
        self._lines.append(json.dumps(safe, ensure_ascii=False, sort_keys=True))
        self._lines = self._lines[-KEPT_ENTRIES:]
        self._host.write_file(self._path, ("\n".join(self._lines) + "\n").encode())
