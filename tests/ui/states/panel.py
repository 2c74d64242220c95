"""States of the control panel's sections. Data in them is invented; nothing is connected."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from PySide6.QtWidgets import QApplication, QWidget

from installer.answers import Answers, Site
from installer.answers.model import Target
from installer.certificates.model import CertificateInfo, Link
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import ReachFound
from installer.docker.containers import Container
from installer.https.https_now import HttpsNow
from installer.https.site_certificate import CertificateState, Renewed
from installer.lifecycle.undo.model import Image, Undone, UndoPlan
from installer.logs.line import fixed
from installer.logs.log_buffer import mark
from installer.logs.search import Query, Search
from installer.logs.service_logs import LogLine
from installer.operations.open_ports import OpenPort
from installer.operations.overview import Overview
from installer.operations.space import ImageUse, Space
from installer.operations.status import Status
from installer.repairs.added import Added
from installer.state.data_folder import Data
from installer.state.history import Times
from installer.support.story import Support
from installer.terminal.session import Terminal
from installer.views.container_grid import Choice
from installer.views.panel import (
    ALL,
    Acting,
    Https,
    LogSaving,
    LogState,
    Outside,
    PanelState,
    Removal,
    Section,
    Seeking,
    SpaceState,
    TerminalState,
    run_mark,
)
from tests.ui.states import general
from tests.ui.states.login import PRACTICE
from tests.ui.states.report import told
from tests.ui.states.usage import usage
from ui.panel.logs.model import LogModel
from ui.panel.logs.section import LogsSection
from ui.panel.section import Section as SectionWidget
from ui.panel.view import PanelView
from ui.style.context import Ui
from ui.window.server_words import rail_entry
from ui.window.window import RailEntry, Shell

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))
DAYS = 3 * 86400 + 4000

#: service, image, health, ports
_SERVICES = (
    ("nginx", "nginx:1.27-alpine", "", ("0.0.0.0:80->80/tcp", "[::]:80->80/tcp", "0.0.0.0:443->443/tcp")),
    ("web", "langgenius/dify-web:1.16.1", "", ()),
    ("api", "langgenius/dify-api:1.16.1", "healthy", ()),
    ("api_websocket", "langgenius/dify-api:1.16.1", "healthy", ()),
    ("worker", "langgenius/dify-api:1.16.1", "", ()),
    ("worker_beat", "langgenius/dify-api:1.16.1", "", ()),
    ("plugin_daemon", "langgenius/dify-plugin-daemon:0.5.3-local", "", ("127.0.0.1:5003->5003/tcp",)),
    ("agent_backend", "langgenius/dify-agent-backend:1.16.1", "healthy", ()),
    ("local_sandbox", "langgenius/dify-agent-local-sandbox:1.16.1", "healthy", ()),
    ("sandbox", "langgenius/dify-sandbox:0.2.14", "healthy", ()),
    ("ssrf_proxy", "ubuntu/squid:latest", "", ()),
    ("redis", "redis:6-alpine", "healthy", ()),
    ("db_postgres", "postgres:15-alpine", "healthy", ()),
    ("weaviate", "semitechnologies/weaviate:1.27.0", "", ()),
    ("init_permissions", "busybox:latest", "", ()),
)
SERVICES = tuple(name for name, *_ in _SERVICES)


def iso(at: float) -> str:
    """As Docker writes a time."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def container(service: str, **changes: object) -> Container:
    """One of the services, as it runs since some days."""
    name, image, health, ports = next(entry for entry in _SERVICES if entry[0] == service)
    done = service == "init_permissions"
    made = Container(
        id=f"{service}-1",
        service=service,
        name=f"dify-{name}-1",
        state="exited" if done else "running",
        finished_at=iso(time.time() - DAYS) if done else "0001-01-01T00:00:00Z",
        health_output="OK" if health else "",
        health=health,
        exit_code=0,
        image=image,
        ports=ports,
        started_at=iso(time.time() - DAYS),
        restarts=0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def status(state: str = "running", **changed: Mapping[str, object]) -> Status:
    """All services; *changed* are fields of single ones."""
    containers = tuple(container(name, **changed.get(name, {})) for name in SERVICES)
    return Status(
        "1.16.1",
        "https://dify.example.jp",
        state,  # type: ignore[arg-type]
        containers,
        SERVICES,
        frozenset({"init_permissions"}),
    )


def running(**changes: object) -> PanelState:
    """All is well."""
    now = time.time()
    state = PanelState(
        ANSWERS,
        name="dify.example.jp",
        server_id="a1b2c3d4e5f60718",
        status=status(),
        since=now,
        seen_at=now,
        fingerprint="ssh-ed25519 SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
        home="/home/hanako/.config/dify-installer",
        log=LogState(phase="live"),
        https=https(),
        overview=general.looked(),
    )
    state = replace(state, **changes)  # type: ignore[arg-type]
    return replace(state, usage=usage(state.status.containers if state.status else ()))


def first() -> PanelState:
    """Nothing is known yet."""
    return running(
        status=None,
        seen_at=0.0,
        name="",
        server_id="",
        log=LogState(phase="loading"),
        overview=Overview(busy=True),
        https=Https(busy="look"),
    )


def starting() -> PanelState:
    """Two containers have just begun, one begins again and again, one answers its check badly."""
    now = time.time()
    return running(
        status=status(
            "degraded",
            worker={"health": "starting", "started_at": iso(now - 12)},
            sandbox={
                "health": "unhealthy",
                "restarts": 2,
                "health_fails": 7,
                "health_output": "curl: (7) Failed to connect to localhost port 8194 after 0 ms: "
                "Could not connect to server",
            },
            plugin_daemon={
                "state": "restarting",
                "exit_code": 1,
                "restarts": 14,
                "finished_at": iso(now - 3),
            },
            weaviate={"state": "exited", "exit_code": 137, "oom": True, "finished_at": iso(now - 600)},
            worker_beat={"state": "exited", "exit_code": 3, "finished_at": iso(now - 90)},
        )
    )


def stopped() -> PanelState:
    """Dify was stopped."""
    down: dict[str, object] = {"state": "exited", "exit_code": 0, "health": ""}
    return running(status=status("stopped", **dict.fromkeys(SERVICES, down)))


def absent() -> PanelState:
    """There is nothing of ours."""
    return running(status=Status("", "", "absent", ()), log=LogState(phase="nothing"))


def lost() -> PanelState:
    """The line broke."""
    now = time.time()
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})
    return running(
        lost=error, lost_since=now - 42, seen_at=now - 43, log=LogState(phase="waiting", error=error)
    )


def refused() -> PanelState:
    """The server refuses us now: nothing is tried by itself."""
    params = {
        "host": "203.0.113.5",
        "port": "22",
        "user": "root",
        "methods": "publickey",
        "tried": "password",
    }
    error = InstallError(Code.SSH_LOGIN_REFUSED, params, detail="Authentication failed.")
    return replace(lost(), lost=error)


def lost_first() -> PanelState:
    """The line broke before anything was seen."""
    return replace(lost(), status=None, seen_at=0.0)


def no_docker() -> PanelState:
    """Docker on the server was stopped."""
    return replace(lost(), lost=InstallError(Code.DOCKER_NOT_RUNNING, {"address": "/var/run/docker.sock"}))


def acting(action: str = "restart", *services: str) -> PanelState:
    """An action goes on since 12 s."""
    state = running()
    assert state.status is not None
    before = {c.service: run_mark(c) for c in state.status.containers}
    one = Acting(action, time.time() - 12, before)  # type: ignore[arg-type]
    return replace(state, acting=dict.fromkeys(services or (ALL,), one))


def room() -> Space:
    """What takes room."""
    return Space(
        (
            ImageUse(
                "sha256:1",
                ("langgenius/dify-api:1.16.1",),
                2_100_000_000,
                time.time() - 20 * 86400,
                ("dify-api-1", "dify-worker-1"),
                True,
            ),
            ImageUse(
                "sha256:2", ("postgres:15-alpine",), 240_000_000, time.time() - 90 * 86400, ("shop-db-1",)
            ),
            ImageUse(
                "sha256:3",
                ("langgenius/dify-api:1.13.3",),
                1_900_000_000,
                time.time() - 150 * 86400,
                (),
                True,
                True,
            ),
            ImageUse(
                "sha256:4",
                ("semitechnologies/weaviate:1.19.0",),
                410_000_000,
                time.time() - 400 * 86400,
                (),
                True,
                True,
            ),
        ),
        layers=4_600_000_000,
        containers=12_000_000,
        volumes=310_000_000,
        cache=0,
        data=(
            Data("volumes/db", 640_000_000),
            Data("volumes/app", 2_200_000_000),
            Data("dify_extra", -1, volume=True),
        ),
    )


def ports() -> tuple[OpenPort, ...]:
    """Open ports of each kind."""
    return (
        OpenPort(5003, "", "dify-plugin_daemon-1", "plugin_daemon", True, "debugging", "bypasses"),
        OpenPort(5432, "", "shop-db-1", "db", False, "other", "bypasses"),
        OpenPort(80, "", "dify-nginx-1", "nginx", True, "web", "open"),
        OpenPort(8080, "127.0.0.1", "dify-weaviate-1", "weaviate", True, "store", "inside"),
    )


def going() -> UndoPlan:
    """What removing Dify would take away."""
    return UndoPlan(
        "remove",
        "/opt/dify",
        "dify",
        "1.16.1",
        "https://dify.example.jp",
        containers=tuple(f"dify-{name}-1" for name in SERVICES),
        networks=("dify_default", "dify_ssrf_proxy_network"),
        files=tuple(f"file{n}" for n in range(112)),
        data=(Data("volumes/db", 640_000_000), Data("volumes/app", 2_200_000_000)),
        images=(Image("langgenius/dify-api:1.16.1", 2_100_000_000),),
        whole=True,
        placed=("dify-certificate-2f1c.timer",),
        added=(
            Added("swap.add", ("/swapfile", "/etc/fstab")),
            Added(
                "docker.install",
                (
                    "package docker-ce",
                    "package containerd.io",
                    "/etc/apt/sources.list.d/dify-installer-docker.sources",
                ),
            ),
        ),
    )


def shell(phase: str, **known: object) -> PanelState:
    """A shell in the API's container."""
    return running(terminal=TerminalState("api", phase, time.time(), **known))  # type: ignore[arg-type]


def typed_into() -> Terminal:
    """What a shell has shown."""
    made = Terminal(80, 20)
    prompt = "\x1b[1;32mroot@4f2c\x1b[0m:\x1b[1;34m/app/api\x1b[0m# "
    lines = (
        f"{prompt}ls --color",
        "\x1b[1;34mcore\x1b[0m  \x1b[1;34mmodels\x1b[0m  \x1b[1;32mapp.py\x1b[0m  README.md  設定.txt",
        f"{prompt}tail -n 2 /tmp/log",
        "\x1b[41;97m ERROR \x1b[0m 接続できませんでした（タイムアウト）",
        "\x1b[33mWARN\x1b[0m   \x1b[4mretry\x1b[0m in 5 s ┌──┐",
        f"{prompt}echo こんにちは",
        "こんにちは",
    )
    with made._seeing() as emulator:
        emulator.feed("\r\n".join((*lines, prompt)).encode())
    made._picture()
    return made


def seeking(phase: Any, **changes: Any) -> PanelState:
    """The line that explains a failed run of yesterday is looked for."""
    failed_at = time.time() - 90_000
    wanted = ("FATAL:  password authentication failed",)
    how = Seeking(phase, "api", wanted, Times(failed_at - 60, failed_at), **changes)
    log = LogState(("api",), "live", cut=True, older=how.read >= 0)
    return running(log=log, seeking=how)


def failed() -> PanelState:
    """An action failed."""
    detail = "Error response from daemon: driver failed programming external connectivity"
    return running(action_error=InstallError(Code.ACTION_FAILED, {"exit_code": "1"}, detail=detail))


def local() -> PanelState:
    """On this computer, never seen before."""
    target = Target(kind="local", directory="/home/hanako/Dify")
    shown = replace(status(), url="http://localhost")
    return running(answers=Answers(target=target), name="", server_id="", fingerprint="", status=shown)


def outside(**known: object) -> PanelState:
    """What is known of the way from this computer to Dify."""
    return running(outside=Outside(**known))  # type: ignore[arg-type]


def reached(state: str, reason: str = "", code: str = "", provider: str = "") -> ReachFound:
    """What a look from this computer found."""
    return ReachFound(
        step="reach",
        port=443,
        url="https://dify.example.jp",
        state=state,
        reason=reason,
        code=code,
        provider=provider,
    )


def certificate(kind: str = "letsencrypt", days: int = 61, **renewal: object) -> CertificateState:
    """As *kind* makes it; *renewal*: what differs from a run two hours ago that went well."""
    now = datetime.now(UTC).replace(microsecond=0)
    after = now + timedelta(days=days, hours=3)
    issuer = {"own": "Example Issuing CA 3", "self-signed": "dify.example.jp"}.get(kind, "R13")
    links = (Link("dify.example.jp", issuer, after), Link(issuer, "ISRG Root X1", after))
    info = CertificateInfo(
        names=("dify.example.jp",),
        subject="dify.example.jp",
        issuer=issuer,
        not_before=after - timedelta(days=90),
        not_after=after,
        chain=links[:1] if kind == "self-signed" else links,
        key="EC secp256r1",
        self_signed=kind == "self-signed",
        trust="public",
        fingerprint=":".join(f"{n * 7 % 256:02X}" for n in range(32)),
        judged=now,
    )
    run = Renewed(now - timedelta(hours=2), "kept", now + timedelta(hours=10))
    by_itself = replace(run, **renewal) if kind == "letsencrypt" else None  # type: ignore[arg-type]
    return CertificateState(kind, info, by_itself)


def https(kind: str = "letsencrypt", days: int = 61, **renewal: object) -> Https:
    """A certificate that was looked at."""
    now = HttpsNow("there", "https://dify.example.jp", certificate(kind, days, **renewal))
    return Https(now, seen_at=time.time())


def certified(make: Callable[[], Https], **changes: object) -> Shown:
    """The section with what is known of the certificate."""
    return Shown(lambda: running(https=replace(make(), **changes)))  # type: ignore[arg-type]


def _ago(**time_: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time_)


RENEWAL_FAILED = InstallError(
    Code.TLS_RATE_LIMITED,
    {
        "address": "dify.example.jp",
        "server": "Let's Encrypt",
        "said": "too many certificates already issued for this exact set of identifiers",
        "until": "2026-12-03 09:00:00 UTC",
    },
    detail="urn:ietf:params:acme:error:rateLimited",
)


_LINES = (
    ("nginx", '203.0.113.77 - - "POST /v1/chat-messages HTTP/1.1" 200 1842 "-" "python-httpx/0.27.0"'),
    ("api", "INFO request finished app=support-bot tokens=812"),
    ("worker", "INFO task dataset.index_document received id=5f3c"),
    ("weaviate", '{"level":"info","msg":"batch insert 128 objects in 41ms"}'),
    ("worker", "WARNING embedding endpoint slow: 3.9s, retry 1 of 3"),
    ("plugin_daemon", "\x1b[32mINFO\x1b[0m plugin langgenius/openai:0.2.1 ready"),
    ("worker", "ERROR httpx.ConnectTimeout: timed out (api.example.com:443)"),
    ("worker", "Traceback (most recent call last):"),
    ("worker", '  File "/app/api/core/indexing_runner.py", line 88, in run'),
    ("worker", "    self._load(dataset_document)"),
    ("worker", '  File "/app/api/core/model_manager.py", line 214, in invoke_text_embedding'),
    ("worker", "httpx.ConnectTimeout: timed out"),
    ("db_postgres", "LOG:  checkpoint complete: wrote 42 buffers"),
    ("api", "INFO ドキュメント「利用案内.pdf」を登録しました"),
)


def log_lines(count: int, *, since: float | None = None) -> tuple[LogLine, ...]:
    """Realistic lines, four a second."""
    begin = time.time() - count / 4 if since is None else since
    return tuple(
        LogLine(iso(begin + n / 4), _LINES[n % len(_LINES)][0], "stdout", _LINES[n % len(_LINES)][1])
        for n in range(count)
    )


def write(model: LogModel, lines: Iterable[LogLine]) -> None:
    """More lines for what a log shows, as they come from Docker."""
    for line in lines:
        at = fixed(line.at.encode())
        assert at is not None
        tag = model.buffer.tags(line.service)[line.stream == "stderr"]
        model.buffer.append([at + tag], [line.text.encode() + b"\n"])
    model.refresh()


def find(model: LogModel, query: Query) -> None:
    """Show what a search finds, without its job."""
    if query.empty:
        model.show_hits(query, None)
        return
    model.show_hits(query, array("q"))
    for hits in Search(query).find(
        model.buffer, model.buffer.store.first, model.buffer.store.end, CancelToken()
    ):
        model.show_hits(query, hits)


@dataclass(frozen=True)
class Shown:
    """A state with what a person did in the section: *ask* is a question that is open, *several*:
    others are open, too. *marks* stand before the first line, or with ``recreated`` in the middle."""

    make: Callable[[], PanelState]
    lines: int = 0
    search: str = ""
    follow: bool = True
    level: str = ""
    regex: bool = False
    between: tuple[str, str] | None = None
    unfold: bool = False
    detail: int = -1
    save: bool = False
    select: tuple[str, ...] = ()
    ask: bool | Literal["restart"] = False
    choice: Choice = field(default_factory=Choice)
    several: bool = False
    marks: tuple[str, ...] = ()
    terminal: bool = False
    practice: bool = False


STATES: Mapping[Section, Mapping[str, Shown]] = {
    "overview": {
        "looking": Shown(first),
        "running": Shown(running),
        "several": Shown(running, several=True),
        "practice": Shown(running, practice=True),
        "update": Shown(lambda: running(overview=general.looked("1.17.0"))),
        "holes": Shown(lambda: running(status=replace(status(), version="1.9.2"))),
        "holes-many": Shown(lambda: running(status=replace(status(), version="1.1.1"))),
        "short": Shown(lambda: running(overview=general.short(), https=https("own", 12))),
        "guarded": Shown(lambda: running(overview=general.guarded())),
        "problems": Shown(lambda: running(overview=general.failed_before())),
        "problems-lost": Shown(lambda: replace(lost(), overview=general.failed_before())),
        "mended": Shown(lambda: running(overview=general.mended())),
        "general-looking": Shown(lambda: running(overview=Overview(busy=True), https=Https(busy="look"))),
        "general-failed": Shown(
            lambda: running(
                overview=Overview(error=general.LOST, list_error=general.OFFLINE),
                https=Https(error=general.LOST),
            )
        ),
        "general-old": Shown(lambda: running(overview=replace(general.looked(), error=general.LOST))),
        "not-encrypted": Shown(
            lambda: running(
                status=replace(status(), url="http://203.0.113.5"),
                https=Https(HttpsNow("off", "http://203.0.113.5")),
            )
        ),
        "degraded": Shown(starting),
        "stopped": Shown(stopped),
        "absent": Shown(absent),
        "lost": Shown(lost),
        "lost-docker": Shown(no_docker),
        "lost-first": Shown(lost_first),
        "refused": Shown(refused),
        "restarting": Shown(acting),
        "stopping": Shown(lambda: acting("stop")),
        "cancelling": Shown(lambda: replace(acting(), cancelling=True)),
        "back": Shown(lambda: running(back={ALL: 14.2})),
        "failed": Shown(failed),
        "ask-stop": Shown(running, ask=True),
        "ask-restart": Shown(running, ask="restart"),
        "local": Shown(local),
        "outside-look": Shown(lambda: outside(busy="look")),
        "outside-open": Shown(lambda: outside(found=reached("open"))),
        "outside-closed": Shown(
            lambda: outside(found=reached("closed", "timeout", Code.REACH_CLOSED, "conoha"))
        ),
        "outside-unknown": Shown(lambda: outside(found=reached("unknown", "not_running"))),
        "outside-connecting": Shown(lambda: outside(busy="tunnel")),
        "outside-tunnel": Shown(lambda: outside(tunnel="http://127.0.0.1:49152")),
        "outside-failed": Shown(
            lambda: outside(
                error=InstallError(Code.SSH_FORWARDING_REFUSED, {"host": "127.0.0.1", "port": "443"})
            )
        ),
        "inside-only": Shown(lambda: running(answers=replace(ANSWERS, site=Site(bind="127.0.0.1")))),
    },
    "containers": {
        "looking": Shown(first),
        "running": Shown(running, select=("api_websocket",)),
        "starting": Shown(starting, select=("worker_beat", "sandbox")),
        "stopped": Shown(stopped, select=("api",)),
        "absent": Shown(absent),
        "lost": Shown(lost, select=("api",)),
        "lost-first": Shown(lost_first),
        "refused": Shown(refused),
        "restarting-one": Shown(lambda: acting("restart", "worker"), select=("worker",)),
        "restarting": Shown(acting),
        "back": Shown(lambda: running(back={"worker": 14.2}), select=("worker",)),
        "failed": Shown(failed, select=("nginx",)),
        "ask-stop": Shown(running, select=("api", "worker"), ask=True),
        "missing": Shown(lambda: _without("redis"), select=("redis",)),
        "unhealthy": Shown(starting, select=("sandbox",)),
        "out-of-memory": Shown(starting, select=("weaviate",)),
        "one-shot": Shown(running, select=("init_permissions",)),
        "filtered": Shown(running, select=("worker",), choice=Choice(text="worker")),
        "no-hits": Shown(running, choice=Choice(text="no such container")),
        "sorted": Shown(running, choice=Choice("cpu")),
        "trouble-first": Shown(starting, choice=Choice("state", hide_over=True)),
    },
    "logs": {
        "loading": Shown(lambda: running(log=LogState(phase="loading"))),
        "lines": Shown(running, lines=300),
        "reading": Shown(running, lines=300, follow=False),
        "one": Shown(lambda: running(log=LogState(("worker",), "live")), lines=60),
        "search": Shown(running, lines=300, search="timeout"),
        "no-hits": Shown(running, lines=300, search="no such words"),
        "empty": Shown(lambda: running(log=LogState(("redis",), "live"))),
        "several": Shown(lambda: running(log=LogState(("api", "worker"), "live")), lines=300),
        "cut": Shown(lambda: running(log=LogState(phase="live", cut=True)), lines=300, follow=False),
        "older": Shown(lambda: running(log=LogState(phase="live", cut=True, older=True)), lines=300),
        "dropped": Shown(running, lines=300, follow=False, marks=("dropped",)),
        "made-anew": Shown(running, lines=300, marks=("recreated", "skipped")),
        "lost-first": Shown(lost_first),
        "unfolded": Shown(running, lines=300, unfold=True),
        "errors": Shown(running, lines=300, level="error"),
        "pattern": Shown(running, lines=300, search="time[ ]?out|slow", regex=True),
        "bad-pattern": Shown(
            lambda: running(log=LogState(phase="live", bad="invalid", why="missing ), unterminated group")),
            lines=300,
            search="time(out",
            regex=True,
        ),
        "slow-pattern": Shown(
            lambda: running(log=LogState(phase="live", bad="slow")), lines=300, search="(a+)+", regex=True
        ),
        "searching": Shown(
            lambda: running(log=LogState(phase="live", searched=False)), lines=300, search="no such words"
        ),
        "between": Shown(running, lines=300, between=("00:00", "")),
        "detail": Shown(running, lines=300, detail=-4),
        "save": Shown(running, lines=300, save=True),
        "saving": Shown(
            lambda: running(log_saving=LogSaving("busy", "/home/aoki/dify.log.gz", 412_000)), lines=300
        ),
        "saved": Shown(
            lambda: running(log_saving=LogSaving("saved", "/home/aoki/dify.log.gz", 1_204_311)), lines=300
        ),
        "seeking": Shown(lambda: seeking("busy"), lines=300, follow=False),
        "seeking-back": Shown(lambda: seeking("busy", read=128_400), lines=300, follow=False),
        "seek-stopped": Shown(lambda: seeking("stopped"), lines=300),
        "seek-other-time": Shown(lambda: seeking("other_time", newest_at=time.time() - 600), lines=300),
        "seek-further": Shown(lambda: seeking("further"), lines=300),
        "seek-missing": Shown(lambda: seeking("missing"), lines=300),
        "seek-unread": Shown(lambda: seeking("unread"), lines=300),
        "nothing": Shown(absent),
        "lost": Shown(lost, lines=300),
        "failed": Shown(
            lambda: running(
                log=LogState(phase="waiting", error=InstallError(Code.ACTION_FAILED, {"exit_code": "1"}))
            ),
            lines=300,
        ),
    },
    "terminal": {
        "nothing": Shown(running),
        "open": Shown(lambda: shell("open"), terminal=True),
        "ended": Shown(lambda: shell("ended", code=0), terminal=True),
        "closed": Shown(lambda: shell("ended"), terminal=True),
        "no-shell": Shown(
            lambda: shell("ended", error=InstallError(Code.SHELL_NONE, {"container": "weaviate"})),
            terminal=True,
        ),
        "lost": Shown(lambda: replace(lost(), terminal=shell("open").terminal), terminal=True),
        "absent": Shown(absent),
    },
    "space": {
        "looking": Shown(lambda: running(space=SpaceState(busy="look", since=time.time() - 4))),
        "shown": Shown(lambda: running(space=SpaceState(room(), ports(), time.time() - 60))),
        "nothing-free": Shown(
            lambda: running(space=SpaceState(replace(room(), images=room().images[:2]), (), time.time()))
        ),
        "ask-clean": Shown(lambda: running(space=SpaceState(room(), ports(), time.time())), ask=True),
        "cleaning": Shown(
            lambda: running(space=SpaceState(room(), ports(), busy="clean", since=time.time() - 4))
        ),
        "cleaned": Shown(lambda: running(space=SpaceState(room(), ports(), freed=2_310_000_000))),
        "error": Shown(
            lambda: running(space=SpaceState(error=InstallError(Code.DOCKER_API_FAILED, {"status": "500"})))
        ),
        "lost": Shown(lambda: replace(lost(), space=SpaceState(room(), ports(), time.time()))),
    },
    "certificate": {
        "loading": Shown(lambda: running(https=Https(busy="look", since=time.time() - 3))),
        "automatic": certified(https),
        "own": certified(lambda: https("own")),
        "own-soon": certified(lambda: https("own", 12)),
        "self-signed": certified(lambda: https("self-signed")),
        "over": certified(lambda: https("own", -4)),
        "off": certified(lambda: Https(HttpsNow("off", "http://203.0.113.5"))),
        "front": certified(lambda: Https(HttpsNow("front", "https://dify.example.jp"))),
        "unreadable": certified(lambda: Https(HttpsNow("unreadable", "https://dify.example.jp"))),
        "absent": certified(lambda: Https(HttpsNow("absent"))),
        "renewing": certified(lambda: replace(https(), since=time.time() - 12), busy="renew"),
        "kept": certified(https, wish="kept"),
        "renewed": certified(lambda: https(days=89), wish="renewed"),
        "failed": certified(lambda: https(days=21, result="failed"), error=RENEWAL_FAILED),
        "not-loaded": certified(lambda: https(result="reload_failed")),
        "idle": certified(lambda: https(at=_ago(days=9), next=_ago(days=8.5))),
        "never": certified(lambda: https(at=None, next=None, result="")),
        "late": certified(lambda: https(days=7)),
        "error": Shown(
            lambda: running(
                https=Https(
                    error=InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})
                )
            )
        ),
        "lost": Shown(lambda: replace(lost(), https=https())),
    },
    "history": {
        "loading": Shown(lambda: running(support=Support(live=True, phase="loading"))),
        "shown": Shown(lambda: running(support=told(live=True))),
        "nothing": Shown(lambda: running(support=Support(live=True, phase="shown"))),
        "report": Shown(lambda: running(support=told(report=True))),
        "saving": Shown(lambda: running(support=told(live=True, saving="busy"))),
    },
    "server": {
        "known": Shown(running),
        "local": Shown(local),
        "ask-forget": Shown(running, ask=True),
        "remove-looking": Shown(lambda: running(removal=Removal(busy="look", since=time.time() - 3))),
        "remove": Shown(lambda: running(removal=Removal(plan=going()))),
        "removing": Shown(lambda: running(removal=Removal(going(), busy="remove", since=time.time() - 8))),
        "removed": Shown(
            lambda: replace(absent(), removal=Removal(done=Undone(going(), True, ("/opt/dify/docker/.env",))))
        ),
        "remove-failed": Shown(
            lambda: running(
                removal=Removal(
                    error=InstallError(
                        Code.INSTALLATION_LOCKED, {"who": "aoki@mac", "since": "2026-11-26 09:14"}
                    )
                )
            )
        ),
        "lost": Shown(lost),
    },
}


def _without(service: str) -> PanelState:
    state = running()
    assert state.status is not None
    left = tuple(c for c in state.status.containers if c.service != service)
    return replace(state, status=replace(state.status, state="degraded", containers=left))


class Window(Shell):
    """Keeps its view."""

    view: PanelView


def panel_window(state: PanelState, language: str, theme: str) -> Window:
    """A window that shows *state*; nothing behind it."""
    from tests.ui.preview import look

    ui = look(language, theme)
    shell = Window(ui)
    shell.view = PanelView(ui, shell, state)
    shell.view.show_state(state)
    return shell


OTHERS = (
    (replace(ANSWERS, target=replace(ANSWERS.target, host="203.0.113.77")), "degraded", "staging.example.jp"),
    (Answers(target=Target(kind="local", directory="/home/hanako/Dify")), "running", ""),
)


def beside(ui: Ui) -> tuple[RailEntry, ...]:
    """Lines of the rail for two more installations that are open."""
    states = [running(answers=a, status=status(word), name=name) for a, word, name in OTHERS]
    return tuple(rail_entry(ui, f"server:{n}", state, "") for n, state in enumerate(states))


def window(section: Section, name: str, language: str, theme: str) -> Window:
    """A window that shows a section in a named state."""
    shown = STATES[section][name]
    found = panel_window(replace(shown.make(), section=section), language, theme)
    view = found.view
    found.show_practice(PRACTICE if shown.practice else "")
    view.before = (RailEntry("home", view.ui.t("shell.home"), icon="arrow-left"),)
    view.after = beside(view.ui) if shown.several else ()
    wanted = view.state.log.services
    lines = tuple(line for line in log_lines(shown.lines) if not wanted or line.service in wanted)
    middle = len(lines) - 12 if "recreated" in shown.marks else 0
    write(view.log, lines[:middle])
    for kind in (*shown.marks, *(["cut"] if view.state.log.cut else [])):
        service = "" if kind == "dropped" else "api"
        head, text = mark(kind, service, fixed(lines[middle].at.encode()) or b"")
        view.log.buffer.append([head], [text])
    write(view.log, lines[middle:])
    if shown.terminal:
        view.wake_terminal(typed_into())
    _act(view.current, shown)
    view.show_state(view.state)
    return found


def page_of(found: QWidget) -> SectionWidget:
    """The section in a window made here, for what is judged without the rail."""
    assert isinstance(found, Window)
    return found.view.current


def _act(section: SectionWidget, shown: Shown) -> None:
    """What a person did."""
    from ui.panel.containers.section import ContainersSection
    from ui.panel.overview.section import OverviewSection
    from ui.panel.server.section import ServerSection
    from ui.panel.space.section import SpaceSection

    if isinstance(section, ContainersSection):
        section.filters.choose(shown.choice)
        section.select(shown.select)
        if shown.ask:
            section.notices.ask_stop(shown.select)
    elif isinstance(section, LogsSection):
        _read(section, shown)
    elif isinstance(section, OverviewSection) and shown.ask == "restart":
        section.restart.click()
    elif isinstance(section, OverviewSection) and shown.ask:
        section.notices.ask_stop(())
    elif isinstance(section, ServerSection) and shown.ask:
        section.forget.click()
    elif isinstance(section, SpaceSection) and shown.ask:
        section.clean.click()


def _read(section: LogsSection, shown: Shown) -> None:
    """What a person did in the logs."""
    bar = section.filter
    bar.search.setText(shown.search)
    bar.regex.setChecked(shown.regex)
    bar.level.setCurrentIndex(bar.level.findData(shown.level))
    if shown.between:
        bar.period.setCurrentIndex(bar.period.count() - 1)
        bar.since.setText(shown.between[0])
        bar.until.setText(shown.between[1])
    bad = section.state is not None and section.state.log.bad
    if not bad:
        find(section.model, bar.query())
    QApplication.processEvents()
    rows = section.model.rowCount()
    if shown.unfold:
        section.model.toggle(next(n for n in reversed(range(rows)) if _after(section, n)))
    if shown.detail < 0 and shown.detail != -1:
        section.list.opened.emit(next(n for n in reversed(range(rows)) if _after(section, n)))
    if shown.save:
        section.saving.offer(())
    if not shown.follow:
        section.list.follow(False)
        at_top = shown.marks or (section.state and section.state.log.cut)
        section.list.verticalScrollBar().setValue(0 if at_top else 20)


def _after(section: LogsSection, row: int) -> int:
    entry = section.model.entry(row)
    return entry.after if entry else 0
