"""What a job on the target is doing now, for a client that has to wait for it."""

from __future__ import annotations

from installer.apply.jobs import JobFollower
from installer.core.errors import InstallError
from installer.core.events import Event, StepProgress, StepStarted
from installer.core.secrets import Redactor
from installer.hosts.base import Host, JobEnd
from installer.hosts.jobs.log import LOG, TOKEN, JobLog

#: More of a log than this is not fetched for the sake of a sentence: of its end, and of its beginning, which
#: says what the job is at and how much there is to download.
LOG_BYTES, HEAD_BYTES = 2_000_000, 64_000


def now_at(host: Host, folder: str) -> tuple[str, str] | None:
    """Step and progress (``42 %``, ``3/17``, or "") of the job in *folder*; None if it said nothing yet."""
    try:
        token = (host.read_file(f"{folder}/{TOKEN}") or b"").decode().strip()
        log = _log(host, f"{folder}/{LOG}")
    except (InstallError, UnicodeDecodeError):
        return None
    if not token:
        return None
    step, progress = "", ""

    def take(event: Event) -> None:
        nonlocal step, progress
        if isinstance(event, StepStarted):
            step, progress = event.step, ""
        elif isinstance(event, StepProgress) and event.total > 0:
            progress = amount(event)

    follower = JobFollower(take, Redactor())
    for entry in JobLog(token).feed(log):
        if not isinstance(entry, JobEnd):
            follower.take(entry)
    follower.report()
    return (step, progress) if step else None


def _log(host: Host, path: str) -> bytes:
    """Whole lines."""
    end = host.read_end(path, LOG_BYTES) or b""
    if len(end) < LOG_BYTES:
        return end
    head = host.read_file(path, limit=HEAD_BYTES) or b""
    return head[: head.rfind(b"\n") + 1] + end[end.find(b"\n") + 1 :]


def amount(event: StepProgress) -> str:
    """How far, in figures that need no language."""
    if event.unit == "bytes":
        return f"{event.done * 100 // event.total} %"
    return f"{event.done}/{event.total}"
