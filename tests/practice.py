"""Opens the wizard, on a practice server if asked, or does the main job there without a window.

./run                         the wizard (with a display)
./run --practice              the wizard, with the lab's practice server filled in
./run --practice --headless   the lab's server, the main job, and the URL where Dify answers
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from installer.texts import Texts, pick_language

if TYPE_CHECKING:
    from tests.lab import Lab

ROOT = Path(__file__).resolve().parent.parent


def main(argv: list[str]) -> int:
    """The exit code of the program that was started."""
    options = argparse.ArgumentParser(prog="run", parents=[_program_options()], description=__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("--practice", action="store_true", help="use the lab's practice server")
    options.add_argument(
        "--headless",
        action="store_true",
        help="with --practice: no window, do the main job and print the URL",
    )
    chosen = options.parse_args(argv)
    texts = Texts(pick_language(chosen.language))
    if chosen.practice and chosen.headless:
        return practise(texts)
    if chosen.headless:
        options.error(texts.say("practice_together"))
    if chosen.restart is None and not chosen.selftest and not has_display():
        print(texts.say("unofficial"))
        print(texts.say("no_display"))
        return 0
    if chosen.practice:
        return practice_window(texts)
    from ui.__main__ import main as program

    return program(argv)


def _program_options() -> argparse.ArgumentParser:
    from ui.__main__ import parser

    return parser(add_help=False)


def practice_window(texts: Texts) -> int:
    """The program with the practice server's address and login filled in. Its host key is not: comparing it
    is part of the practice."""
    from installer.answers import load_answers, load_secrets
    from installer.appdata.known_servers import Servers
    from installer.core.app_folder import Home
    from installer.views.wizard import LoginState, PageId, WizardState
    from ui.app.app import run

    lab = practice_lab(texts)
    if lab is None:
        return 1
    with tempfile.TemporaryDirectory(prefix="dify-installer-practice-") as folder:
        answers_file, secrets_file = lab.answers("vps", Path(folder))
        answers, secrets = load_answers(answers_file), load_secrets(secrets_file)
    home = Home(lab.place.run / "practice-window")
    host_key = lab.server("vps").host_key_fingerprint()
    print(texts.say("practice_fingerprint", fingerprint=host_key), flush=True)
    if Servers(home).installing() and secrets.ssh_password:
        # Welcome offers to go on with it; a password is never kept, so here it is
        password = secrets.ssh_password.reveal()
        print(texts.say("practice_login", user=answers.target.user, password=password), flush=True)
    answers = replace(answers, target=replace(answers.target, host_key=""))
    state = WizardState(
        page=PageId.WELCOME if Servers(home).installing() else PageId.LOGIN,
        answers=answers,
        secrets=secrets,
        login=LoginState(method="key" if answers.target.identity_file else "password"),
        practice=host_key,
    )
    os.environ["DIFY_INSTALLER_HOME"] = str(home.folder)
    return run(sys.argv[:1], language=texts.language, state=state)


def has_display() -> bool:
    """Whether a window could be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def practice_lab(texts: Texts) -> Lab | None:
    """The lab, brought up; None (and why, said) where it cannot run."""
    from tests.lab import Lab, LabError, LabUnavailable

    print(texts.say("practice_lab"), file=sys.stderr, flush=True)
    try:
        return Lab.open()
    except (LabError, LabUnavailable) as e:
        print(texts.say("practice_no_lab", reason=str(e)), file=sys.stderr)
        return None


def practise(texts: Texts) -> int:
    """Bring the lab up, install Dify on its server, print the URL as the last line."""
    from tests.lab import releases

    lab = practice_lab(texts)
    if lab is None:
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
