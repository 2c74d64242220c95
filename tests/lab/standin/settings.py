"""The container's environment, log lines in Dify's form, and the one way out."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import NoReturn

ENV = os.environ
ROLE = ENV.get("LAB_ROLE", "generic")
VERSION = ENV.get("LAB_VERSION", "0.0.0")
MODE = ENV.get("MODE", "api")
STRICT = ENV.get("LAB_STRICT", "1") == "1"
START_DELAY = float(ENV.get("LAB_START_DELAY") or 0)
MIGRATION_SECONDS = float(ENV.get("LAB_MIGRATION_SECONDS") or 0.5)
NUMBERS = tuple(int(number) for number in re.findall(r"\d+", VERSION)[:3])


def log(level: str, where: str, text: str) -> None:
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f",{int(now * 1000) % 1000:03d}"
    print(f"{stamp} {level} [MainThread] [{where}] - {text}", flush=True)


def die(text: str, where: str = "app.py:1") -> NoReturn:
    """What the real program prints, then exit 1; from any thread."""
    print(text, file=sys.stderr, flush=True)
    log("ERROR", where, "exit 1")
    os._exit(1)
