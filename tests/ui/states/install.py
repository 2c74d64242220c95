"""States of Install."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from installer.acme.dns_look import DnsLook
from installer.core.errors import Code, InstallError
from installer.core.events import (
    Event,
    Finishing,
    GateLook,
    ImageProgress,
    Line,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    Waiting,
)
from installer.diagnosis import KnownFailure
from installer.lifecycle.undo.model import Image, Undone, UndoPlan
from installer.state.data_folder import Data
from installer.support.story import Support
from installer.views.progress import Progress
from installer.views.wizard import (
    Busy,
    Failure,
    InstallState,
    PageId,
    ReviewState,
    Undoing,
    WizardState,
    WorkState,
)
from tests.ui.states import dns
from tests.ui.states.review import new_plan, plain_plan

#: The page counts from now.
START = time.time() - 130.0
GB = 10**9


def _start(step: str, at: float) -> Event:
    return StepStarted(step=step, at=START + at)


def _end(step: str, at: float) -> Event:
    return StepFinished(step=step, at=START + at, changed=True)


def _got(step: str, done: int, total: int, unit: str, at: float) -> Event:
    return StepProgress(step=step, done=done, total=total, unit=unit, at=START + at)


LOOKED = tuple(
    e for n, step in enumerate(("facts", "release")) for e in (_start(step, n), _end(step, n + 1.0))
)
UPLOADING = (*LOOKED, _start("upload", 2.0), _got("upload", 91_000, 187_621, "bytes", 3.0))
UPLOADED = (*UPLOADING, _end("upload", 5.0))
UNKNOWN = (*UPLOADED, _start("pull", 5.0))
LOG = tuple(
    Line(step="pull", text=text, at=START + 30)
    for text in (
        "langgenius/dify-web:1.16.1  pull complete",
        "postgres:15-alpine  already here",
        "langgenius/dify-sandbox:0.2.15  pull complete",
        "langgenius/dify-plugin-daemon:0.6.3-local  pull complete",
        "langgenius/dify-api:1.16.1  layer 5f7b19  844 of 1,204 MB",
    )
)
PULLING = (
    *UNKNOWN,
    _got("pull", int(2.12 * GB), int(4.07 * GB), "bytes", 120.0),
    _got("pull", int(2.31 * GB), int(4.07 * GB), "bytes", 130.0),
    *LOG,
)
MB = 10**6


def _image(name: str, state: str, done: int, total: int, at: float = 130.0) -> Event:
    return ImageProgress(step="pull", image=name, state=state, done=done, total=total, at=START + at)


#: Each state of a row; two are downloaded, so that they have a speed.
IMAGES = (
    *PULLING,
    _image("langgenius/dify-api:1.16.1", "running", 700 * MB, 1_204 * MB, 120.0),
    _image("langgenius/dify-api:1.16.1", "running", 844 * MB, 1_204 * MB),
    _image("semitechnologies/weaviate:1.27.0", "running", 51 * MB, 0),
    _image("langgenius/dify-plugin-daemon:0.6.3-local", "running", 487 * MB, 487 * MB),
    _image("langgenius/dify-web:1.16.1", "done", 141 * MB, 141 * MB),
    _image("langgenius/dify-sandbox:0.2.15", "running", 8 * MB, 178 * MB, 120.0),
    _image("langgenius/dify-sandbox:0.2.15", "running", 31 * MB, 178 * MB),
    _image("postgres:15-alpine", "done", 0, 0),
    _image("redis:6-alpine", "waiting", 0, 12 * MB),
    _image("registry.example.jp:5000/mirror/nginx:latest@sha256:" + "4" * 64, "waiting", 0, 0),
)
TWENTY = (
    *PULLING,
    *(
        _image(f"example/image-{n:02}:1.{n}", "waiting" if n > 5 else "running", n, 90 * MB)
        for n in range(20)
    ),
)
#: All bytes are there; two images are unpacked still.
UNPACKING = (
    *IMAGES,
    *(
        _image(name, "done", size * MB, size * MB)
        for name, size in (("langgenius/dify-sandbox:0.2.15", 178), ("redis:6-alpine", 12))
    ),
    _image("langgenius/dify-api:1.16.1", "running", 1_204 * MB, 1_204 * MB),
    _image("semitechnologies/weaviate:1.27.0", "done", 51 * MB, 51 * MB),
    _image("registry.example.jp:5000/mirror/nginx:latest@sha256:" + "4" * 64, "done", 60 * MB, 60 * MB),
    _got("pull", int(4.07 * GB), int(4.07 * GB), "bytes", 130.0),
)
IMAGE_FAILED = (
    *IMAGES,
    _image("langgenius/dify-sandbox:0.2.15", "failed", 31 * MB, 178 * MB),
    StepFailed(step="pull", code="pull.failed", at=START + 130.0),
)
CARRYING = (
    *UPLOADED,
    _start("carry", 5.0),
    _got("carry", int(0.4 * GB), int(8.1 * GB), "bytes", 120.0),
    _got("carry", int(0.6 * GB), int(8.1 * GB), "bytes", 130.0),
    *(replace(e, step="carry") for e in IMAGES if isinstance(e, ImageProgress)),
)
DATABASES = (
    *PULLING,
    _end("pull", 110.0),
    _start("reach", 110.0),
    _end("reach", 112.0),
    _start("databases", 110.0),
    _start("databases:db_postgres", 112.0),
)
STARTING = (
    *DATABASES,
    _end("databases:db_postgres", 118.0),
    _end("databases", 118.0),
    _start("start", 118.0),
)
READY = (*STARTING, _end("start", 121.0), _start("ready", 121.0), _got("ready", 9, 17, "services", 128.0))
MIGRATING = (
    *READY,
    Waiting(step="ready", service="api", seconds=41, state="migrating", at=START + 130),
    GateLook(step="ready", inside="waiting", server="waiting", here="waiting", at=START + 129),
    Line(step="ready", text="api | Running migrations", at=START + 130),
)
CLOSED_HERE = (
    *MIGRATING,
    GateLook(step="ready", inside="yes", server="yes", here="no", at=START + 130),
)
ADMIN = (*READY, _end("ready", 128.0), _start("admin", 128.0))
MANY_LINES = tuple(Line(step="pull", text=f"layer {n:04}  download complete", at=START) for n in range(500))


def progress_after(*events: Event, admin: bool = True) -> Progress:
    """The rows of a first installation after *events*."""
    plan = new_plan() if admin else plain_plan()
    found = Progress.planned([a.step for a in plan.actions])
    for event in events:
        found = found.take(event)
    return found


def running(*events: Event, admin: bool = False, **changes: object) -> WizardState:
    """Installing, after *events*."""
    plan = new_plan() if admin else plain_plan()
    base = WizardState(
        page=PageId.INSTALL,
        answers=plan.situation.answers,
        rights="root",
        review=ReviewState(plan=plan),
        install=InstallState(progress=progress_after(*events, admin=admin)),
        work=WorkState(busy=Busy("install", START)),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def ended(*events: Event, **changes: object) -> WizardState:
    """Installing ended somehow after *events*."""
    state = running(*events)
    over = replace(state, install=state.install.halted(START + 130.0), work=WorkState())
    return replace(over, **changes)  # type: ignore[arg-type]


def failed(code: Code, *events: Event, detail: str = "", **params: str) -> WizardState:
    """It ended with an error."""
    failure = Failure(PageId.INSTALL, InstallError(code, params, detail=detail))
    return ended(*events, work=WorkState(failure=failure))


def explained(state: WizardState, *findings: KnownFailure, **changes: object) -> WizardState:
    """*state*, whose error's cause was found."""
    assert state.work.failure is not None and state.review.plan is not None
    state.work.failure.error.known_failures = findings
    checks = replace(state.checks, facts=state.review.plan.situation.facts)
    return replace(state, checks=checks, rights="root", **changes)  # type: ignore[arg-type]


_REFUSED = KnownFailure(
    "ENV-02",
    (
        '2026-11-24 02:11:09.412 UTC [77] FATAL:  password authentication failed for user "postgres"',
        '2026-11-24 02:11:09.412 UTC [77] DETAIL:  Connection matched file "/var/lib/postgresql/data/" '
        'line 128: "host all all all scram-sha-256"',
        'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "db_postgres" '
        '(172.18.0.3), port 5432 failed: FATAL:  password authentication failed for user "postgres"',
        "[Background on this error at: https://sqlalche.me/e/20/e3q8] password authentication failed",
    ),
    "api",
)
_FULL = KnownFailure(
    "HOST-04",
    (
        "disk /var/lib/docker: 0 MB of 20480 MB free (full)",
        "FATAL:  could not write lock file: No space left on device",
    ),
)
_OOM = KnownFailure(
    "HOST-03",
    (
        "container worker: restarting, exit code 137, OOM killed, restarted 6 times",
        "Worker (pid:7) was sent SIGKILL!",
    ),
    "worker",
)
_WAITS = KnownFailure("PG-06", ("dial tcp 172.18.0.3:5432: connect: connection refused",), "plugin_daemon")
_GATEWAY = KnownFailure("NGX-01", ("web server: 502 Bad Gateway",))
_PORT = KnownFailure("HOST-01", ("Bind for 0.0.0.0:80 failed: port is already allocated",), "nginx")


def _crashed(service: str) -> WizardState:
    return failed(Code.SERVICE_FAILED, *READY, detail="exit 1", service=service, exit_code="1")


_PULL_DETAIL = "failed to copy: read tcp 203.0.113.5:51234->198.51.100.7:443: connection reset by peer"
_BIND = "Error response from daemon: failed to bind host port for 0.0.0.0:80: address already in use"


def _local(*events: Event) -> WizardState:
    state = running(*events)
    target = replace(state.answers.target, kind="local", host="")
    return replace(state, answers=replace(state.answers, target=target))


#: With a certificate of an authority: what comes after Dify is up.
_ENCRYPTING = ("address", "certificate", "https", "renewal")
ADDRESS = (*READY, _end("ready", 128.0), _start("address", 128.0))
ISSUING = (
    *ADDRESS,
    _end("address", 129.0),
    _start("certificate", 129.0),
    Line(step="certificate", text="Requesting a certificate for dify.example.jp", at=START + 130),
)
SWITCHING = (
    *ISSUING,
    _end("certificate", 130.0),
    _start("https", 130.0),
    _start("https:upload", 130.0),
    _end("https:upload", 131.0),
    _start("https:start", 131.0),
)


def encrypting(made: WizardState, *events: Event) -> WizardState:
    """*made* with the steps of a certificate after all others."""
    steps = [*(row.step for row in progress_after(admin=False).rows), *_ENCRYPTING]
    progress = Progress.planned(steps)
    for event in events:
        progress = progress.take(event)
    if made.work.failure is not None:
        progress = progress.stopped(START + 131.0)
    return replace(
        made, install=replace(made.install, progress=progress), answers=dns.automatic(made.answers)
    )


def dns_failed(found: DnsLook) -> WizardState:
    """The name does not lead to the server."""
    error = dns.problem(found)
    event = StepFailed(step="address", code=error.code, at=START + 129.0)
    made = failed(error.code, detail=error.detail, **error.params)
    return encrypting(made, *ADDRESS, event)


STATES: Mapping[str, Callable[[], WizardState]] = {
    "beginning": lambda: running(review=ReviewState(), install=InstallState(progress=Progress())),
    "upload": lambda: running(*UPLOADING),
    "size-unknown": lambda: running(*UNKNOWN),
    "pull": lambda: running(*PULLING),
    "unpacking": lambda: running(*UNPACKING),
    "pull-admin": lambda: running(*PULLING, admin=True),
    "pull-local": lambda: _local(*PULLING),
    "images": lambda: running(*IMAGES),
    "images-twenty": lambda: running(*TWENTY),
    "images-failed": lambda: failed(Code.PULL_FAILED, *IMAGE_FAILED, detail=_PULL_DETAIL),
    "images-lost": lambda: failed(Code.SSH_CONNECTION_LOST, *IMAGES, host="203.0.113.5", port="22"),
    "registry-login": lambda: replace(ended(*PULLING), work=WorkState(busy=Busy("registry", START + 131))),
    "rate-limited": lambda: failed(
        Code.PULL_RATE_LIMITED, *IMAGE_FAILED, image="langgenius/dify-web:1.16.1", reset="2026-11-26 09:30"
    ),
    "registry-closed": lambda: failed(
        Code.PULL_REGISTRY_CLOSED,
        *IMAGE_FAILED,
        image="langgenius/dify-web:1.16.1",
        host="registry-1.docker.io",
        reason="timeout",
    ),
    "carry": lambda: running(*CARRYING),
    "images-cancelled": lambda: ended(*IMAGES, work=WorkState(stopped=True)),
    "many-lines": lambda: running(*PULLING, *MANY_LINES),
    "databases": lambda: running(*DATABASES),
    "start": lambda: running(*STARTING),
    "ready": lambda: running(*READY),
    "ready-migrating": lambda: running(*MIGRATING),
    "ready-migrating-local": lambda: _local(*MIGRATING),
    "ready-closed-here": lambda: running(*CLOSED_HERE),
    "admin": lambda: running(*ADMIN, admin=True),
    "attach": lambda: running(_start("attach", 0.0), *PULLING[6:], review=ReviewState()),
    "cancelling": lambda: running(*PULLING, work=WorkState(Busy("install", START), cancelling=True)),
    "cancelled": lambda: ended(*PULLING, work=WorkState(stopped=True)),
    "pull-failed": lambda: failed(
        Code.PULL_FAILED, *PULLING, StepFailed(step="pull", code="pull.failed"), detail=_PULL_DETAIL
    ),
    "start-failed": lambda: failed(Code.START_FAILED, *STARTING, detail=_BIND, exit_code="1"),
    "disk-full": lambda: explained(_crashed("db_postgres"), _FULL),
    "database-password": lambda: explained(_crashed("api"), _REFUSED),
    "out-of-memory": lambda: explained(_crashed("worker"), _OOM),
    "two-causes": lambda: explained(_crashed("plugin_daemon"), _FULL, _WAITS, _GATEWAY),
    "saving": lambda: replace(
        failed(Code.START_FAILED, *STARTING, detail=_BIND, exit_code="1"), support=Support(saving="busy")
    ),
    "not-saved": lambda: replace(
        failed(Code.ADMIN_PASSWORD_MISSING, *ADMIN, email="admin@example.jp"),
        support=Support(saving="failed", save_error=InstallError(Code.HOST_FILE_FAILED, {"path": "/x"})),
    ),
    "port-taken": lambda: explained(failed(Code.START_FAILED, *STARTING, detail=_BIND, exit_code="1"), _PORT),
    "password-missing": lambda: failed(Code.ADMIN_PASSWORD_MISSING, *ADMIN, email="admin@example.jp"),
    "admin-failed": lambda: failed(Code.ADMIN_FAILED, *ADMIN, answer="Password is too weak."),
    "lost": lambda: failed(Code.SSH_CONNECTION_LOST, *PULLING, host="203.0.113.5", port="22"),
    "unanswered": lambda: failed(Code.CANCEL_UNANSWERED, *PULLING),
    "lost-early": lambda: failed(Code.SSH_CONNECTION_LOST, *UPLOADING, host="203.0.113.5", port="22"),
    "idle": lambda: running(work=WorkState()),
}


def _finishing() -> WizardState:
    """Cancelled while the package manager works."""
    step = "repair:docker.install"
    waits = Finishing(step=step, seconds=42.0, at=time.time())
    return running(*LOOKED, _start(step, 4.0), waits, work=WorkState(Busy("install", START), cancelling=True))


HALF = UndoPlan(
    "remove",
    "/opt/dify",
    "dify",
    "1.16.1",
    "http://203.0.113.5",
    containers=tuple(
        f"docker-{name}-1" for name in ("api", "db_postgres", "nginx", "redis", "web", "worker", "x")
    ),
    networks=("docker_default", "docker_ssrf_proxy_network"),
    files=tuple(f"file{n}" for n in range(57)),
    foreign=("notes.txt",),
    others=("docker_mine",),
    data=(Data("volumes/db", 48_000_000), Data("volumes/weaviate", 1_200_000)),
    images=(Image("langgenius/dify-api:1.16.1", 2 * GB), Image("nginx:latest", GB // 5, used=True)),
)
CHANGE = UndoPlan(
    "restore",
    "/opt/dify",
    "dify",
    "1.16.1",
    "http://203.0.113.5",
    files=(".env",),
    backups=("20261126T010203Z",),
)


def undo(
    plan: UndoPlan | None = None, done: Undone | None = None, *events: Event, **changes: object
) -> WizardState:
    """An undo, decided on or over."""
    return ended(*STARTING, undoing=Undoing(plan, done))


def undo_over(plan: UndoPlan, done: Undone) -> WizardState:
    """An undo that ended well, with its own rows."""
    rows = [_start("facts", 0.0), _end("facts", 2.0), _start("undo", 2.0), _end("undo", 14.0)]
    rows += [_start("undo_files", 14.0), _end("undo_files", 15.0)]
    return replace(undo(plan, done), install=InstallState(progress=alone(*rows)))


#: The rows and times of the job, which this program did not see begin.
REATTACHED = (
    _start("facts", 118.0),
    _end("facts", 120.0),
    _start("attach", 120.0),
    _start("pull", 12.0),
    _end("pull", 96.0),
    _start("databases", 96.0),
    _start("databases:db_postgres", 99.0),
    _end("databases:db_postgres", 110.0),
    _end("databases", 110.0),
    _start("start", 110.0),
)


def alone(*events: Event) -> Progress:
    """Rows of nothing but *events*."""
    found = Progress()
    for event in events:
        found = found.take(event)
    return found


STATES = {
    **STATES,
    "finishing": _finishing,
    "address": lambda: encrypting(running(*READY), *ADDRESS),
    "certificate": lambda: encrypting(running(*READY), *ISSUING),
    "https": lambda: encrypting(running(*READY), *SWITCHING),
    "dns-missing": lambda: dns_failed(dns.look()),
    "dns-wrong": lambda: dns_failed(dns.look(dns.ELSEWHERE)),
    "dns-waiting": lambda: dns.waiting(dns_failed(dns.look())),
    "port-closed": lambda: encrypting(
        failed(
            Code.TLS_PORT_CLOSED,
            address=dns.NAME,
            met="8.8.4.4",
            status="",
            reason="timeout",
            detail="timed out",
        ),
        *ADDRESS,
        StepFailed(step="address", code="tls.port_closed", at=START + 129.0),
    ),
    "renewal-failed": lambda: encrypting(
        failed(Code.TLS_RENEWAL_FAILED, script="/opt/dify/.dify-installer/renewal/renew.sh"),
        *SWITCHING,
        _end("https:start", 132.0),
        _end("https", 132.0),
        _start("renewal", 132.0),
        StepFailed(step="renewal", code="tls.renewal_failed", at=START + 133.0),
    ),
    "not-ready": lambda: failed(Code.NOT_READY, *READY, services="api, worker", status="502", minutes="10"),
    "locked": lambda: failed(
        Code.INSTALLATION_LOCKED,
        *LOOKED,
        who="hanako@tokyo-laptop",
        since="2026-11-26 01:02",
        step="pull",
        progress="42 %",
    ),
    "rebooted": lambda: failed(Code.JOB_REBOOTED, *STARTING),
    "undo": lambda: undo(HALF),
    "undo-change": lambda: undo(CHANGE),
    "undo-looking": lambda: replace(
        ended(*STARTING, undoing=Undoing()), work=WorkState(busy=Busy("undo_look", time.time()))
    ),
    "undo-halted": lambda: ended(*STARTING, undoing=Undoing(halted=True)),
    "undo-lost": lambda: replace(
        failed(Code.SSH_CONNECTION_LOST, *STARTING, host="203.0.113.5", port="22"),
        undoing=Undoing(broken=True),
    ),
    "undo-nothing": lambda: undo(UndoPlan("nothing", "/opt/dify", "dify", "1.16.1")),
    "undoing": lambda: replace(
        running(undoing=Undoing(HALF)),
        install=InstallState(progress=alone(_start("facts", 0.0), _end("facts", 2.0), _start("undo", 2.0))),
    ),
    "undo-failed": lambda: replace(
        failed(Code.ACTION_FAILED, detail="Error response from daemon: network has active endpoints"),
        install=InstallState(
            progress=alone(_start("facts", 0.0), _end("facts", 2.0), _start("undo", 2.0)).stopped(START + 9.0)
        ),
        undoing=Undoing(broken=True),
    ),
    "undone": lambda: undo_over(
        HALF, Undone(HALF, changed=True, left=("/opt/dify/docker/volumes/db", "/opt/dify/docker/notes.txt"))
    ),
    "re-attached": lambda: running(review=ReviewState(), install=InstallState(progress=alone(*REATTACHED))),
}
