"""How a certificate stands that the machine renews by itself, by what our script there wrote down."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from installer.acme.renewal import notes_folder
from installer.facts.certificates import Issued, read_issued
from installer.facts.lines import pairs
from installer.facts.model import Record
from installer.hosts.base import Host
from installer.record import RENEWAL
from installer.settings.model import Answers

_LIMIT = 64 << 10


@dataclass(frozen=True)
class CertificateState:
    """*issued*: the newest that the script saw; *status*: of its last run: ``at`` and ``next`` (seconds since
    the epoch), ``result`` (``kept``, ``renewed``, ``failed``, ``reload_failed``)."""

    issued: Issued
    status: Mapping[str, str]

    @property
    def days_left(self) -> int:
        """Whole days by this computer's clock; none are left of one that is over."""
        return max(0, int((self.issued.not_after - time.time()) / 86_400))

    def as_json(self) -> dict[str, Any]:
        """The table ``certificate`` of ``status --json``."""
        return {
            "names": list(self.issued.names),
            "not_before": self.issued.not_before,
            "not_after": self.issued.not_after,
            "days_left": self.days_left,
            "renewal": {key: self.status.get(key, "") for key in ("at", "result", "next")},
        }


def read_certificate(host: Host, answers: Answers, record: Record) -> CertificateState | None:
    """None where nothing is renewed. Raises what losing the host raises."""
    note = record.data.get(RENEWAL)
    if not isinstance(note, Mapping):
        return None
    folder = notes_folder(answers)
    pem = host.read_file(f"{folder}/{note.get('lineage', '')}.pem", limit=_LIMIT)
    issued = read_issued(str(note.get("lineage", "")), (pem or b"").decode("utf-8", "replace"), "")
    if issued is None:
        return None
    status = host.read_file(f"{folder}/status", limit=_LIMIT) or b""
    return CertificateState(issued, pairs(status.decode("utf-8", "replace")))
