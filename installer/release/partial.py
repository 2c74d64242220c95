"""A download that is not whole yet, kept from one run of the program to the next."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from installer.core.app_files import write_whole
from installer.core.errors import InstallError
from installer.core.file_lock import lock
from installer.untrusted.json import loads


def part_of(target: Path) -> Path:
    """Where what has come of *target* lies."""
    return target.with_name(target.name + ".part")


class Partial:
    """What has come of *target* from *url*: the draft, and beside it a note of which file it is a part of.

    One process at a time has it, for the length of the ``with`` block; a second one begins a draft of its
    own, of which nothing is kept. All methods may raise ``OSError``, entering too.
    """

    def __init__(self, target: Path, url: str) -> None:
        self.target, self._url = target, url
        self.draft = part_of(target)
        self._note = self.draft.with_name(self.draft.name + ".json")
        self._validator = ""
        self._lock: BinaryIO | None = None
        self._mine = False

    def __enter__(self) -> Partial:
        self._lock = self.target.with_name(self.target.name + ".lock").open("ab")
        with suppress(OSError):
            self._mine = lock(self._lock)
        if self._mine:
            self._validator = self._noted()
        else:
            self.draft = self.draft.with_name(f"{self.draft.name}.{os.getpid()}-{os.urandom(4).hex()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._mine or not self._validator:  # it could not be resumed
            with suppress(OSError):
                self.draft.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def there(self) -> tuple[int, str]:
        """How many bytes have come, and the validator (an ETag or a date) with which the rest may be asked
        for; 0 and "" if the download restarts."""
        have = self.draft.stat().st_size if self._validator and self.draft.exists() else 0
        return (have, self._validator) if have else (0, "")

    def begin(self, validator: str) -> None:
        """Another file comes, from its first byte. The note goes first and comes last, so that it never
        stands beside bytes of another file."""
        self.forget()
        self.draft.write_bytes(b"")
        if validator and self._mine:
            with suppress(InstallError):  # without it the next run starts over
                write_whole(self._note, json.dumps({"url": self._url, "validator": validator}).encode())
        self._validator = validator

    def forget(self) -> None:
        """What has come is of no use."""
        self._validator = ""
        if self._mine:
            self._note.unlink(missing_ok=True)

    def finish(self) -> None:
        """The draft is whole and takes the target's place."""
        self.forget()
        self.draft.replace(self.target)

    def _noted(self) -> str:
        try:
            data = loads(self._note.read_bytes())
            return str(data["validator"]) if data["url"] == self._url else ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ""
