"""The commands ``space`` and ``ports``: what takes room, what can be cleaned up, which ports are open."""

from __future__ import annotations

import time
from collections.abc import Iterator

from installer.cli.commands import Call
from installer.core.formatting import byte_size
from installer.operations.open_ports import OpenPort, open_ports
from installer.operations.space import Space, clean, read_space
from installer.texts import Texts

COMMANDS = frozenset({"space", "ports"})


def run_space(call: Call) -> int:
    """Print what takes room; ``--clean`` removes images that are no longer needed."""
    output = call.output
    with call.engine() as engine:
        space = read_space(engine.host, engine.answers, call.cancel)
        freed = -1
        if call.arguments.clean:
            ids = [image.id for image in space.free]
            freed, space = clean(engine.operation(), ids)
    if output.as_json:
        output.json({**space.as_json(), **({"freed": freed} if freed >= 0 else {})})
        return 0
    for line in _lines(space, output.texts):
        output.text(line)
    if freed >= 0:
        output.text(output.texts.say("space_freed", size=byte_size(freed)))
    return 0


def _lines(space: Space, texts: Texts) -> Iterator[str]:
    say = texts.say
    for key in ("layers", "containers", "volumes", "cache"):
        yield say(f"space_{key}", size=byte_size(getattr(space, key)))
    yield say("space_data")
    for data in space.data:
        yield f"  {data.path} ({byte_size(data.bytes) if data.bytes >= 0 else '?'})"
    yield say("space_images")
    for image in space.images:
        days = str(int(max(0.0, time.time() - image.created) // 86400))
        key = "used" if image.used_by else "free" if image.free else "needed" if image.ours else "others"
        state = say(f"space_image_{key}", names=", ".join(image.used_by))
        size = byte_size(image.bytes)
        yield f"  {say('space_image', name=image.names[0], size=size, days=days)} {state}"
    if space.free:
        yield say("space_clean", count=str(len(space.free)))


def run_ports(call: Call) -> int:
    """Print which ports of containers are open to others."""
    output = call.output
    with call.engine() as engine:
        found = open_ports(engine.facts(), engine.answers.project)
    if output.as_json:
        output.json({"ports": [port.as_json() for port in found]})
        return 0
    for port in found:
        output.text(_port_line(port, output.texts))
    return 0


def _port_line(port: OpenPort, texts: Texts) -> str:
    where = f"{port.address or '*'}:{port.port}"
    return f"{where}  {port.container}  {texts.say(f'port_{port.verdict}')}"
