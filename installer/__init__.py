"""The engine of Dify Installer: no Qt, no input, no output for people (that is ``installer.cli``'s)."""

import os
import sys

if sys.platform == "win32":
    # CreateProcess would look for programs in the current folder first
    os.environ.setdefault("NoDefaultCurrentDirectoryInExePath", "1")

__version__ = "0.1.0"
