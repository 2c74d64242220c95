"""``./run``: opens the wizard, or does the main job on a practice server.

./run                         the wizard (with a display)
./run --practice --headless   the lab's server, the main job, and the URL where Dify answers
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from installer.texts import Texts, pick_language

ROOT = Path(__file__).resolve().parent.parent


def main(argv: list[str]) -> int:
    """The exit code of the program that was started."""
    options = argparse.ArgumentParser(prog="run", description=__doc__)
    options.add_argument("--practice", action="store_true", help="use the lab's practice server")
    options.add_argument(
        "--headless", action="store_true", help="no window: do the main job and print the URL"
    )
    options.add_argument("--language", default="")
    chosen = options.parse_args(argv)
    texts = Texts(pick_language(chosen.language))
    if chosen.practice and chosen.headless:
        return practise(texts)
    if chosen.practice or chosen.headless:
        options.error(texts.say("practice_together"))
    print(texts.say("unofficial"))
    print(texts.say("no_window_yet" if has_display() else "no_display"))
    return 0


def has_display() -> bool:
    """Whether a window could be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def practise(texts: Texts) -> int:
    """Bring the lab up, install Dify on its server, print the URL as the last line."""
    from tests.lab import Lab, LabError, LabUnavailable, releases

    print(texts.say("practice_lab"), file=sys.stderr, flush=True)
    try:
        lab = Lab.open()
    except (LabError, LabUnavailable) as e:
        print(texts.say("practice_no_lab", reason=str(e)), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="dify-installer-practice-") as folder:
        answers, secrets = lab.answers("vps", Path(folder))
        home = lab.place.run / "practice-home"
        command = [
            sys.executable,
            "-m",
            "installer",
            "apply",
            "--answers",
            str(answers),
            "--secrets",
            str(secrets),
        ]
        command += ["--language", texts.language]
        environment = {**os.environ, "DIFY_INSTALLER_HOME": str(home)}
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        return done.returncode
    note = "" if any(r.real for r in releases.available()) else " " + texts.say("practice_synthetic")
    print(f"http://{lab.server('vps').ip}{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
