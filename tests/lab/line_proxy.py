"""A TCP line that can be bad: 127.0.0.1:LISTEN → HOST:PORT, faults switched over HTTP on 127.0.0.1:ADMIN.

    python -m tests.lab.line_proxy LISTEN HOST PORT ADMIN

Faults, all optional:
  rtt_ms     half of it is added each way, order kept      bps       bytes per second each way
  cut        true: reset all open connections now, once    refuse    true: new connections are reset
  cut_after  bytes to the client after which a connection is reset
  stall      true: swallow everything, keep connections open (a dead line)
In user space, because the reference kernel has no netem.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

FAULTS: dict[str, Any] = {}
COUNTERS = {"connections": 0, "bytes_up": 0, "bytes_down": 0}
LIVE: set[Callable[[], None]] = set()


def reset(writer: asyncio.StreamWriter) -> None:
    """End with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Pump:
    """One direction of one connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        counter: str,
        kill: Callable[[], None],
    ) -> None:
        self.reader, self.writer, self.counter, self.kill = reader, writer, counter, kill
        self.queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)
        self.free_at = 0.0

    async def run(self) -> None:
        sender = asyncio.create_task(self._send())
        try:
            await self._receive()
            await sender
        except (OSError, asyncio.CancelledError):
            sender.cancel()

    async def _receive(self) -> None:
        total, loop = 0, asyncio.get_running_loop()
        while True:
            data = await self.reader.read(16384 if FAULTS.get("bps") else 262144)
            await self.queue.put((loop.time(), data))
            COUNTERS[self.counter] += len(data)
            total += len(data)
            limit = FAULTS.get("cut_after")
            if limit and self.counter == "bytes_down" and total > limit:
                self.kill()
                raise ConnectionResetError
            if not data:
                return

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            received, data = await self.queue.get()
            due = received + FAULTS.get("rtt_ms", 0) / 2000
            if FAULTS.get("bps") and data:
                self.free_at = max(self.free_at, loop.time()) + len(data) / FAULTS["bps"]
                due = max(due, self.free_at)
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            while FAULTS.get("stall"):
                await asyncio.sleep(0.05)
            if not data:
                if self.writer.can_write_eof():
                    self.writer.write_eof()
                return
            self.writer.write(data)
            await self.writer.drain()


class Line:
    """The listening end."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        COUNTERS["connections"] += 1
        if FAULTS.get("refuse"):
            reset(writer)
            return
        await asyncio.sleep(FAULTS.get("rtt_ms", 0) / 1000)  # the handshake
        try:
            far_reader, far_writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
        except OSError:
            reset(writer)
            return
        for end in (writer, far_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def kill() -> None:
            reset(writer)
            reset(far_writer)

        LIVE.add(kill)
        try:
            up, down = (
                Pump(reader, far_writer, "bytes_up", kill),
                Pump(far_reader, writer, "bytes_down", kill),
            )
            await asyncio.gather(up.run(), down.run())
        finally:
            LIVE.discard(kill)
            writer.close()
            far_writer.close()


async def admin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    lengths = [int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length")]
    if not head[0].startswith(b"GET"):
        new = json.loads(await reader.readexactly(lengths[0] if lengths else 0) or b"{}")
        if head[0].startswith(b"POST"):
            FAULTS.clear()
            COUNTERS.update(dict.fromkeys(COUNTERS, 0))
        FAULTS.update(new)
        if FAULTS.pop("cut", None):
            for kill in list(LIVE):
                kill()
    body = json.dumps({"faults": FAULTS, "open": len(LIVE), **COUNTERS}).encode() + b"\n"
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    writer.close()


async def main(listen: int, host: str, port: int, admin_port: int) -> None:
    line = await asyncio.start_server(Line(host, port).accept, "127.0.0.1", listen, limit=1 << 20)
    switch = await asyncio.start_server(admin, "127.0.0.1", admin_port)
    await asyncio.gather(line.serve_forever(), switch.serve_forever())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
