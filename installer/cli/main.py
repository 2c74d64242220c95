"""Runs one command: 0 done · 1 failed · 2 usage · 3 blocked · 130 cancelled."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType, ModuleType

from installer.cli import (
    commands,
    dns,
    external,
    failures,
    known,
    network,
    space,
    support,
    tree,
    undo,
    webserver,
)
from installer.cli.arguments import language_asked, parsed
from installer.cli.output import Output
from installer.cli.printing import to_nowhere, write_text
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Redactor
from installer.engine import Blocked
from installer.texts import Texts, pick_language

DONE, FAILED, USAGE, BLOCKED, CANCELLED = 0, 1, 2, 3, 130

#: A job gets 10 s to end after TERM, and the line may be slow.
PATIENCE_SECONDS = 25.0

#: Errors in what the person wrote: usage, exit 2.
_USAGE_CODES = frozenset(
    {
        Code.ANSWERS_UNREADABLE,
        Code.ANSWERS_UNKNOWN_KEY,
        Code.ANSWERS_BAD_VALUE,
        Code.ANSWERS_OWNED_KEY,
        Code.ANSWERS_RESERVED,
        Code.SECRETS_UNREADABLE,
        Code.SECRETS_EXPOSED,
        Code.STORE_UNKNOWN,
        Code.DATABASE_UNKNOWN,
        Code.STORAGE_UNKNOWN,
        Code.EXTERNAL_LOOPBACK,
        Code.EXTERNAL_FIELD_UNKNOWN,
        Code.SERVICE_UNKNOWN,
        Code.SERVICE_NOT_SCALED,
        Code.SERVER_UNKNOWN,
        Code.SERVER_AMBIGUOUS,
        Code.UNDO_NAME_DIFFERS,
    }
)


def main(argv: Sequence[str]) -> int:
    """Run *argv* (without the program's name); returns the exit code."""
    # libraries would write what a server says to standard error
    logging.basicConfig(level=logging.CRITICAL, handlers=[logging.NullHandler()])
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    texts = Texts(pick_language(language_asked(argv)))
    try:
        arguments = parsed(texts, argv)
    except SystemExit as e:
        return int(e.code or 0)
    redact = Redactor()
    output = Output(texts, redact, as_json=arguments.json)
    cancel = CancelToken()
    run: Callable[[commands.Call], int] = getattr(_module(arguments.command), f"run_{arguments.command}")
    with _Interrupts(cancel, output), _thread_errors(redact):
        return _run(lambda: run(commands.Call(arguments, output, redact, cancel)), output)


def _module(command: str) -> ModuleType:
    """The module that carries out *command*."""
    modules = (dns, external, failures, known, network, space, support, tree, undo, webserver)
    return next((module for module in modules if command in module.COMMANDS), commands)


def _run(work: Callable[[], int], output: Output) -> int:
    try:
        return work()
    except InstallError as e:
        output.failed(e)
        return USAGE if e.code in _USAGE_CODES else FAILED
    except Blocked as e:
        output.blocked(e.plan, repaired=e.repaired)
        return BLOCKED
    except (Cancelled, KeyboardInterrupt) as e:
        output.cancelled(still_running=isinstance(e, Cancelled) and e.still_running)
        return CANCELLED
    except BrokenPipeError:
        # the reader went away (`… | head`): not worth a word, and stdout must not be flushed again
        for stream in (sys.stdout, sys.stderr):
            to_nowhere(stream)
        return FAILED
    except Exception as e:
        logging.getLogger(__name__).debug("internal error", exc_info=True)
        output.failed(InstallError(Code.INTERNAL, {"error": type(e).__name__}, detail=_trace(e)))
        return FAILED


@contextmanager
def _thread_errors(redact: Redactor) -> Iterator[None]:
    """The traceback of a thread that fails is printed without secrets and without control characters."""
    before = threading.excepthook

    def print_error(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            with suppress(OSError, ValueError):
                write_text(redact(_trace(args.exc_value)), sys.stderr)

    threading.excepthook = print_error
    try:
        yield
    finally:
        threading.excepthook = before


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


class _Interrupts:
    """SIGINT cancels the job on the target, too. A second one ends this program at once, but not before the
    job had its time to end. SIGTERM, like SIGHUP, ends this program only: this computer may be shutting down.

    The hooks of a cancel may talk to the target, so they run in a thread of their own and not inside
    the signal handler. The word about it has another one: the terminal may be gone, or take nothing more.
    """

    def __init__(self, cancel: CancelToken, output: Output) -> None:
        self._cancel, self._output = cancel, output
        self._before: object = None
        self._since = 0.0

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._cancel.cancelled:
            if time.monotonic() - self._since > PATIENCE_SECONDS:
                os._exit(FAILED)
            return
        self._since = time.monotonic()
        self._output.ending = True
        threading.Thread(target=self._cancel.cancel, name="cancel", daemon=True).start()
        threading.Thread(target=self._output.stopping, name="tell", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
