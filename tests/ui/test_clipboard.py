"""The clipboard, at the end of a program."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication
from ui.background.clipboard import copy_to_clipboard, forget_copied_secret
app = QApplication([])
copy_to_clipboard("one", sys.argv[1] == "secret")
assert QApplication.clipboard().text() == "one"
forget_copied_secret()
assert QApplication.clipboard().text() == ("" if sys.argv[1] == "secret" else "one")
"""


@pytest.mark.parametrize("kind", ["text", "secret"])
def test_a_program_that_copied_something_ends_well(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, kind], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
