"""The commands and their options (``docs/cli.md``)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from installer import __version__
from installer.cli.printing import write_text
from installer.https.reverse_proxy.kinds import KINDS
from installer.texts import LANGUAGES, Texts

USAGE = 2


class _Parser(argparse.ArgumentParser):
    """argparse with exit 2 and no surprise abbreviations."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})
        self.color = False  # Python 3.14 would write control sequences

    def _print_message(self, message: str, file: Any = None) -> None:
        """All that argparse writes comes through here."""
        if message:
            write_text(message, file or sys.stderr)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _common(texts: Texts, *, answers: bool = True) -> _Parser:
    common = _Parser(add_help=False)
    if answers:
        common.add_argument("--answers", required=True, metavar="FILE", help=texts.say("help_answers"))
        common.add_argument("--secrets", metavar="FILE", help=texts.say("help_secrets"))
    common.add_argument("--json", action="store_true", help=texts.say("help_json"))
    common.add_argument("--language", choices=LANGUAGES, default="", help=texts.say("help_language"))
    return common


def parser(texts: Texts) -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(prog="dify-installer", description=texts.say("unofficial"))
    top.add_argument("--version", action="version", version=__version__)
    # alone, see ``parsed``
    top.add_argument("--restart", metavar="NAME", help=texts.say("help_restart_name"))
    sub = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, *, answers: bool = True) -> argparse.ArgumentParser:
        return sub.add_parser(name, help=texts.say(f"help_{name}"), parents=[_common(texts, answers=answers)])

    for name in ("facts", "network", "external", "reach", "plan", "forward", "status", "stores", "ports"):
        command(name)
    command("dns").add_argument("--wait", action="store_true", help=texts.say("help_dns_wait"))
    apply = command("apply")
    apply.add_argument("--follow", action="store_true", help=texts.say("help_apply_follow"))
    apply.add_argument("--wait", action="store_true", help=texts.say("help_apply_wait"))
    apply.add_argument("--skip", action="append", choices=("admin",), default=[], help=texts.say("help_skip"))
    undo = command("undo")
    undo.add_argument("--confirm", default="", metavar="FOLDER", help=texts.say("help_confirm"))
    undo.add_argument("--images", action="store_true", help=texts.say("help_images"))
    command("space").add_argument("--clean", action="store_true", help=texts.say("help_clean"))
    remove = command("remove")
    remove.add_argument("--confirm", default="", metavar="FOLDER", help=texts.say("help_confirm"))
    remove.add_argument("--images", action="store_true", help=texts.say("help_images"))
    remove.add_argument("--added", action="store_true", help=texts.say("help_added"))
    for name in ("restart", "stop", "start", "recreate"):
        command(name).add_argument("services", nargs="*", metavar="SERVICE", help=texts.say("help_services"))
    scale = command("scale")
    scale.add_argument("service", metavar="SERVICE", help=texts.say("help_scale_service"))
    scale.add_argument("count", type=int, metavar="N", help=texts.say("help_scale_count"))
    logs = command("logs")
    logs.add_argument("services", nargs="*", metavar="SERVICE", help=texts.say("help_services"))
    logs.add_argument("--follow", "-f", action="store_true", help=texts.say("help_follow"))
    logs.add_argument("--tail", default="all", type=_tail, metavar="N", help=texts.say("help_tail"))
    logs.add_argument("--since", default="", type=_since, metavar="TIME", help=texts.say("help_since"))
    releases = command("releases", answers=False)
    releases.add_argument("--source", default="https://github.com", help=texts.say("help_source"))
    command("render").add_argument("--out", required=True, metavar="FOLDER", help=texts.say("help_out"))
    command("bundle").add_argument(
        "--out", required=True, metavar="FILE.zip", help=texts.say("help_bundle_out")
    )
    command("snippet").add_argument("--kind", choices=KINDS, default=KINDS[0], help=texts.say("help_kind"))
    report = command("report", answers=False)
    report.add_argument("file", metavar="FILE.zip", help=texts.say("help_report_file"))
    diagnose = command("diagnose", answers=False)
    diagnose.add_argument("--stage", required=True, help=texts.say("help_stage"))
    diagnose.add_argument("--service", default="", metavar="NAMES", help=texts.say("help_service"))
    diagnose.add_argument("file", nargs="?", default="-", metavar="FILE", help=texts.say("help_file"))
    return top


def parsed(texts: Texts, argv: Sequence[str]) -> argparse.Namespace:
    """The command in *argv*; what is none ends the program with 2, a help with 0.

    ``--restart NAME`` stands for a command of its own: a shortcut has no answers file.
    """
    if not any(word == "--restart" or word.startswith("--restart=") for word in argv[:1]):
        return parser(texts).parse_args(argv)
    named = _Parser(prog="dify-installer", parents=[_common(texts, answers=False)])
    named.add_argument("--restart", dest="name", metavar="NAME", help=texts.say("help_restart_name"))
    return named.parse_args(argv, argparse.Namespace(command="named_restart"))


def _tail(text: str) -> str:
    if text == "all" or text.isdigit():
        return text
    raise argparse.ArgumentTypeError(text)


def _since(text: str) -> str:
    # goes into the arguments of `docker logs --since`: times and durations only
    if all(c.isalnum() or c in "-:.+" for c in text):
        return text
    raise argparse.ArgumentTypeError(text)


def language_asked(argv: Sequence[str]) -> str:
    """``--language`` before the real parsing, so that help and usage speak it, too."""
    for n, word in enumerate(argv):
        if word.startswith("--language="):
            return word.partition("=")[2]
        if word == "--language" and n + 1 < len(argv):
            return argv[n + 1]
    return os.environ.get("DIFY_INSTALLER_LANGUAGE", "")
