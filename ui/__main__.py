"""``python -m ui``: the program with a window."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def parser(*, add_help: bool = True) -> argparse.ArgumentParser:
    """The program's options."""
    import argparse

    options = argparse.ArgumentParser(
        prog="dify-installer", description="Opens the wizard or the control panel.", add_help=add_help
    )
    options.add_argument("--language", default="", metavar="LANGUAGE", help="en or ja; else the system's")
    options.add_argument("--restart", metavar="NAME", help="restart Dify on a known server, without a window")
    options.add_argument(
        "--selftest", action="store_true", help="load all pages, texts and pictures, then end"
    )
    options.add_argument(
        "--report", default="", metavar="FILE", help="write what --selftest finds to FILE, too"
    )
    return options


def main(argv: list[str]) -> int:
    """Open the window. ``--selftest`` loads everything once and says whether it is whole."""
    if argv[:1] == ["--job-runner"]:
        from installer.__main__ import run as command_line

        return command_line(argv)  # a frozen program starts itself for a job on this computer
    language = ""
    if argv:
        chosen = parser().parse_args(argv)
        if chosen.selftest:
            from ui.app.selftest import selftest

            return selftest(chosen.report)
        if chosen.restart is not None:
            from ui.app.restart import restart

            return restart(chosen.restart, chosen.language)
        language = chosen.language
    from ui.app.app import run

    return run(sys.argv[:1], language=language)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
