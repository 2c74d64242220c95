"""The certificate that an installation shows to browsers, and how it is renewed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from installer.acme.certificates import CHAIN_FILE, lineage_of
from installer.answers.model import Answers
from installer.answers.tls_modes import MODES, LetsEncrypt, TlsMode, mode_named
from installer.certificates.model import CertificateInfo
from installer.core.installation_files import CERTIFICATE_FOLDER
from installer.core.paths import pure_path
from installer.core.resources import table
from installer.facts.lines import pairs
from installer.facts.model import Record
from installer.facts.web import Web
from installer.hosts.base import Host
from installer.https.renewal import noted_folder
from installer.state import files_below
from installer.state.record import RENEWAL
from installer.untrusted.values import timestamp

#: Mode → the certificate that is placed by ourselves; one that is no longer in force is removed.
_PLACED = tuple((mode.name, mode.files[0]) for mode in MODES if mode.files)
_LIMIT = 64 << 10


@dataclass(frozen=True)
class Renewed:
    """What the machine's own renewal wrote down at its last run: *at*, and *next*, when it tries again (UTC;
    None: it has not run). *result*: ``kept``, ``renewed``, ``failed``, ``reload_failed``, or empty."""

    at: datetime | None = None
    result: str = ""
    next: datetime | None = None

    @property
    def well(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.result in ("kept", "renewed")

    def as_json(self) -> Mapping[str, Any]:
        """Times in ISO 8601, null where not known."""
        return {
            "at": self.at.isoformat() if self.at else None,
            "result": self.result,
            "next": self.next.isoformat() if self.next else None,
        }


@dataclass(frozen=True)
class CertificateState:
    """*kind*: as ``tls.mode`` calls it. *renewal*: None where nothing on the machine renews it."""

    kind: str
    info: CertificateInfo
    renewal: Renewed | None = None

    @property
    def way(self) -> TlsMode:
        """The mode that *kind* names."""
        return mode_named(self.kind)

    def as_json(self) -> Mapping[str, Any]:
        """The table ``certificate`` of ``status --json``."""
        return {
            "kind": self.kind,
            **self.info.as_json(),
            "renewal": self.renewal.as_json() if self.renewal else None,
        }


def read_certificate(
    host: Host, answers: Answers, record: Record, *, now: datetime | None = None
) -> CertificateState | None:
    """The one in use; None without HTTPS, where a web server in front does it, and where it cannot be read.
    No key is read. *now*: aware, for tests. Raises what losing the host raises."""
    now = now or datetime.now(UTC)
    web = Web.read(record.data.get("web") or {})
    if web is None or not web.tls:
        return None
    if placed := _placed(host, answers, now, record.data.get("ours", ())):
        return placed
    note = record.data.get(RENEWAL)
    lineage = str(note.get("lineage", "")) if isinstance(note, Mapping) else ""
    if not lineage and answers.tls.way.acme:
        lineage = lineage_of(answers)
    if lineage and (info := _authority(host, answers, note, lineage, now)):
        return CertificateState(LetsEncrypt.name, info, _renewed(host, answers, note) if note else None)
    # the one of before, while an authority is asked for another: it is none of the record's files any more
    return _placed(host, answers, now, tuple(f"{CERTIFICATE_FOLDER}/{name}" for _, name in _PLACED))


def _placed(host: Host, answers: Answers, now: datetime, among: Collection[str]) -> CertificateState | None:
    """One of ours, if it is *among* the files."""
    for kind, name in _PLACED:
        path = f"{CERTIFICATE_FOLDER}/{name}"
        if path in among and (info := _below(host, answers, path, now)):
            return CertificateState(kind, info)
    return None


def _authority(
    host: Host, answers: Answers, note: object, lineage: str, now: datetime
) -> CertificateInfo | None:
    """Of certbot's, the copy that our script keeps: certbot's own folder is root's."""
    copy = str(pure_path(noted_folder(answers, note)) / f"{lineage}.pem")
    live = f"{table('acme')['release']['folder']}/live/{lineage}/{CHAIN_FILE}"
    return _described(host.read_file(copy, limit=_LIMIT), now) or _below(host, answers, live, now)


def _below(host: Host, answers: Answers, path: str, now: datetime) -> CertificateInfo | None:
    """Of a file (from the docker folder) where containers may write."""
    return _described(files_below.read(host, answers.docker_folder, path, _LIMIT), now)


def _described(data: bytes | None, now: datetime) -> CertificateInfo | None:
    from installer.certificates.own import described

    return described(data, now) if data else None


def _renewed(host: Host, answers: Answers, note: object) -> Renewed:
    path = str(pure_path(noted_folder(answers, note)) / "status")
    status = pairs((host.read_file(path, limit=_LIMIT) or b"").decode("utf-8", "replace"))
    return Renewed(_time(status.get("at", "")), status.get("result", ""), _time(status.get("next", "")))


def _time(text: str) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if (at := timestamp(text)) else None
