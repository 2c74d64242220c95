"""A machine with a running Dify for the panel: containers change, the line breaks, the log goes on."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

from installer.answers import Answers
from installer.answers.model import Target
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, OnLine, Result
from installer.hosts.cancel_scope import Under
from tests.fakes.engine_wire import WireEngine
from tests.fakes.host import FakeHost, FakeJob, ok
from tests.unit.logs.lines import frame

ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))
SERVICES = ("nginx", "api", "redis", "init_permissions")
RECORD = {
    "version": "1.16.1",
    "project": "dify",
    "url": "http://203.0.113.5",
    "services": list(SERVICES),
    "one_shots": ["init_permissions"],
}
LOST = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})


class Engine:
    """Docker's API: *runs* counts how often each service began."""

    def __init__(self) -> None:
        self.runs = dict.fromkeys(SERVICES, 1)
        self.down: set[str] = set()
        self.ids = dict.fromkeys(SERVICES, "a")
        self.asked: dict[str, int] = {}

    def stats(self, container_id: str) -> dict[str, Any]:
        """One second later each time, half a processor used in it."""
        n = self.asked[container_id] = self.asked.get(container_id, 0) + 1
        return {
            "read": f"2024-11-21T10:{n // 60:02}:{n % 60:02}Z",
            "cpu_stats": {
                "cpu_usage": {"total_usage": n * 500_000_000},
                "system_cpu_usage": n * 4_000_000_000,
                "online_cpus": 4,
            },
            "memory_stats": {"usage": 1000 * n, "stats": {}, "limit": 1_000_000},
        }

    def info(self) -> dict[str, Any]:
        return {"NCPU": 4, "MemTotal": 8 << 30}

    def containers(self, **_options: Any) -> list[dict[str, Any]]:
        return [{"Id": self.id_of(name), "Labels": {}} for name in SERVICES]

    def id_of(self, service: str) -> str:
        return f"{service}-{self.ids[service]}"

    def inspect_container(self, container_id: str) -> dict[str, Any]:
        service = container_id.rpartition("-")[0]
        up = service not in self.down and service != "init_permissions"
        return {
            "Id": container_id,
            "Name": f"/dify-{service}-1",
            "State": {
                "Status": "running" if up else "exited",
                "ExitCode": 0,
                "StartedAt": f"2024-11-21T09:00:{self.runs[service]:02}Z",
            },
            "Config": {"Labels": {"com.docker.compose.service": service}, "Image": f"{service}:1"},
        }


class PanelHost(FakeHost):
    """*broken* is what every look raises; *tail* holds what containers have written so far, by their ids.
    *events*: whether the Engine tells them."""

    label = "root@203.0.113.5"

    def __init__(self, jobs: Sequence[FakeJob] = ()) -> None:
        self.engine = Engine()
        record = json.dumps(RECORD).encode()
        super().__init__(
            files={f"{ANSWERS.state_folder}/installation.json": record}, docker_client=self.engine, jobs=jobs
        )
        self.broken: InstallError | None = None
        self.events = False
        self.wire = WireEngine(self._answer)
        self._bound = Under()
        self.looks = 0
        self.looking = 0
        self.conditions = 0
        self.most_looking = 0
        self.gate = threading.Event()
        self.gate.set()
        self.tail: list[tuple[str, str]] = []
        self.follows: list[tuple[str, ...]] = []
        self._live: list[queue.Queue[str | None]] = []
        self._guard = threading.Lock()

    def docker(self) -> AbstractContextManager[Any]:
        with self._guard:
            self.looks += 1
            self.looking += 1
            self.most_looking = max(self.most_looking, self.looking)
        try:
            self.gate.wait(10)
            if self.broken is not None:
                raise self.broken
        finally:
            with self._guard:
                self.looking -= 1
        return nullcontext(self.engine)

    def docker_stream(self) -> Any:
        if self.broken is not None:
            raise self.broken
        return self._bound.keep(self.wire.open())

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        return self._bound.bind(cancel)

    def _answer(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        """The Engine's API as it is spoken on a plain connection."""
        if path == "/events":
            return (200 if self.events else 403), b""
        if path == "/_ping":
            return 200, b"OK"
        if path == "/containers/json":
            return 200, self.engine.containers()
        _, _, container, kind = path.split("/")
        if kind == "logs":
            return 200, self._log(container, query)
        return 200, self.engine.inspect_container(container) if kind == "json" else self.engine.stats(
            container
        )

    def _log(self, container: str, query: Mapping[str, str]) -> bytes:
        """What a container has written, as Docker gives it."""
        lines = [said for owner, said in self.tail if owner == container]
        if "since" in query:  # that time is included
            at = datetime.fromtimestamp(float(query["since"]), UTC)
            lines = [said for said in lines if said >= f"{at:%Y-%m-%dT%H:%M:%S}"]
        if query["tail"] != "all":
            lines = lines[-int(query["tail"]) :]
        return b"".join(frame(said.encode() + b"\n") for said in lines)

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        if b"/proc/meminfo" in (command.stdin or b""):
            return self._condition()
        if b"PRIVATE KEY" in (command.stdin or b"") or b"backups/*/.env" in (command.stdin or b""):
            return Result(0, b"", b"")  # what else may hold secrets
        if b"docker logs" not in (command.stdin or b""):
            return super().run(command, cancel=cancel, timeout=timeout, on_line=on_line)
        assert on_line is not None and cancel is not None
        _follow, _tail, *containers = command.argv[3:]
        if self.broken is not None:
            raise self.broken
        mine: queue.Queue[str | None] = queue.Queue()
        self._live.append(mine)
        self.follows.append(tuple(containers))
        self._stay(mine, cancel, on_line)
        return Result(0, b"", b"")

    def _condition(self) -> Result:
        """Room on the machine (``resources/scripts/condition.sh``)."""
        self.conditions += 1
        if self.broken is not None:
            raise self.broken
        return ok(
            "folder_kb=/dev/vda1 83886080 41943040 41943040 50% /\n"
            "images_kb=/dev/vda1 83886080 41943040 41943040 50% /\n"
            "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n"
        )

    def _stay(self, mine: queue.Queue[str | None], cancel: CancelToken, on_line: OnLine) -> None:
        while not cancel.cancelled:
            try:
                line = mine.get(timeout=0.01)
            except queue.Empty:
                continue
            if line is None:
                raise LOST
            on_line("stdout", line)
        cancel.check()

    def say(
        self, second: float, text: str, *, live: bool = True, number: int = 0, service: str = "api"
    ) -> None:
        """A line of the container with *number* in the script's arguments."""
        said = f"2024-11-21T09:01:{second:09.6f}000Z {text}"
        self.tail.append((self.engine.id_of(service), said))
        for reader in self._live if live else ():
            reader.put(f"{number} o {said}")

    def break_log(self) -> None:
        """The log alone ends as a broken line does."""
        live, self._live = self._live, []
        for reader in live:
            reader.put(None)

    def break_line(self) -> None:
        """The log ends as a broken line does, and every look fails."""
        self.broken = LOST
        self.wire.cut()
        for reader in self._live:
            reader.put(None)
