"""Cancels a command on a server that says nothing: ANSWERS SECRETS. Prints how many seconds that took."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from installer.answers import load_answers, load_secrets
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.hosts.base import Command


def main(answers: str, secrets: str) -> int:
    """0 if the blocked read ended with ``Cancelled``."""
    host = connect(load_answers(Path(answers)), load_secrets(Path(secrets)), Home()).host
    cancel, at = CancelToken(), [0.0]

    def press() -> None:
        at[0] = time.monotonic()
        cancel.cancel()

    threading.Timer(2.0, press).start()
    try:
        host.run(Command(("sleep", "60")), cancel=cancel)
    except Cancelled:
        sys.stdout.write(f"seconds={time.monotonic() - at[0]:.2f}\n")
        return 0
    finally:
        host.close()
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
