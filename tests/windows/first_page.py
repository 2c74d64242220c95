"""Opens the program's window with Windows' own platform plugin and saves its first page: OUT.png LANGUAGE."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from installer.core.app_folder import Home
from ui.app.app import App, application

SECONDS = 60.0


def main(out: str, language: str) -> int:
    """0 once the page was painted and saved."""
    app = application(sys.argv[:1])
    program = App(Home(), language=language)
    program.start()
    end = time.monotonic() + SECONDS

    def look() -> None:
        if program.wizard_view is not None and program.shell.isVisible():
            sys.stdout.write(f"platform={QApplication.platformName()}\n")
            app.exit(0 if program.shell.grab().save(out) else 1)
        elif time.monotonic() > end:
            app.exit(2)
        else:
            QTimer.singleShot(100, look)

    QTimer.singleShot(1000, look)
    code = app.exec()
    program.close()
    return code


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    sys.exit(main(sys.argv[1], sys.argv[2]))
