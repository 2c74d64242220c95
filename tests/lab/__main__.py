"""``python -m tests.lab up|down|status|answers|server``: the lab by hand."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import places, status
from .errors import LabError, LabUnavailable
from .lab import Lab


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start what does not run yet")
    down = commands.add_parser("down", help="stop all of it, leave the machine as it was")
    down.add_argument("--keep-state", action="store_true", help="keep volumes and images for the next up")
    down.add_argument("--cache", action="store_true", help="remove the images that all labs share, too")
    shown = commands.add_parser("status", help="what runs, addresses, ports, versions")
    shown.add_argument("--json", action="store_true")
    written = commands.add_parser("answers", help="write answers.toml and secrets.toml for a target")
    written.add_argument("name", help="vps, vps-bare, local or another server's name")
    written.add_argument("folder", type=Path)
    server = commands.add_parser("server", help="a server beside vps and vps-bare, or one of them anew")
    server.add_argument("action", choices=["new", "remove", "reset", "restart"])
    server.add_argument("name")
    server.add_argument("variants", nargs="*", help="e.g. noisy disk=400M maxsessions=1")
    server.add_argument("--image", choices=["vps", "vps-bare"], default="vps")
    server.add_argument("--keep-images", action="store_true")
    return top


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except (LabError, LabUnavailable) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "up":
        lab = Lab.open()
        print(
            "\n".join(f"{what:20} {seconds:6.2f} s" for what, seconds in lab.times.items()), file=sys.stderr
        )
        print(status.as_text(lab.status()))
    elif options.command == "down":
        known = places.find()
        if known is not None:
            Lab(known).down(options.keep_state)
        if options.cache:
            places.remove_cache()
    elif options.command == "status":
        state = Lab().status()
        print(json.dumps(state, indent=1) if options.json else status.as_text(state))
        return 0 if state["running"] else 1
    elif options.command == "answers":
        for path in Lab().answers(options.name, options.folder):
            print(path)
    else:
        _server(Lab(), options)
    return 0


def _server(lab: Lab, options: argparse.Namespace) -> None:
    if options.action == "new":
        server = lab.new_server(options.name, options.variants, options.image)
        print(server.ip, server.host_key_fingerprint())
        return
    server = lab.server(options.name)
    if options.action == "remove":
        server.remove()
    elif options.action == "reset":
        server.reset(options.keep_images, options.variants)
    else:
        server.restart()


if __name__ == "__main__":
    sys.exit(main())
