"""The tree of an installation in a folder of this computer (``render``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from installer.acme.certificates import CHAIN_FILE, lineage_of
from installer.answers import Answers
from installer.cli.commands import Call
from installer.config import render
from installer.config.acme_awaited import in_force
from installer.config.in_use import InUse
from installer.core.errors import Code, InstallError
from installer.core.installation_files import CERTIFICATE_FOLDER as SSL_FOLDER
from installer.core.installation_files import PINS_FILE, SELF_SIGNED
from installer.core.private_file import new_file
from installer.core.resources import table
from installer.core.secrets import Secret
from installer.facts.certificates import read_issued
from installer.facts.local.files import has_data
from installer.facts.model import Certificates, Facts
from installer.hosts.base import FileContent
from installer.state.desired import unpinned_images, wanted_files
from installer.state.plan_input import Situation

COMMANDS = frozenset({"render"})


def run_render(call: Call) -> int:
    """Write the tree that an installation would place, without a target."""
    folder = Path(call.arguments.out)
    with call.engine() as engine:
        release = engine.release()
        answers = _in_force(engine.answers, folder)
        in_use = InUse(
            env=env_in_use(folder),
            self_signed=_self_signed_in_use(folder),
            named_volumes=_named_volumes(engine.answers, folder),
        )
        configuration = render(answers, engine.secrets, release.tree, release.model, in_use)
        call.redact.learn(*configuration.secrets)
        situation = Situation(answers, Facts(), release.tree, release.model, configuration)
        written = write_tree(wanted_files(situation), folder)
    loose = sorted(set(unpinned_images(situation).values()))
    said = [call.output.texts.say("render_pins", file=PINS_FILE, images=", ".join(loose))] if loose else []
    left_out = [PINS_FILE] if loose else []
    call.output.result({"files": list(written), "left_out": left_out, "unpinned": loose}, [*written, *said])
    return 0


def _named_volumes(answers: Answers, folder: Path) -> bool:
    """As an installation in *folder* on this computer would have it (``Facts.named_volumes``)."""
    return answers.target.host_kind.engine_in_vm and not has_data(folder)


def env_in_use(folder: Path) -> str | None:
    """The ``.env`` that an earlier ``render`` left in *folder*: its secrets are used again, as on a target.

    What is no UTF-8 becomes U+FFFD, which the rendering refuses. Raises ``InstallError(HOST_FILE_FAILED)``.
    """
    return _text(folder / "docker" / ".env")


def _in_force(answers: Answers, folder: Path) -> Answers:
    """As on a target: HTTPS with an authority's certificate waits until that one is in *folder*, as nginx
    does not start without it."""
    if not answers.tls.way.acme:
        return answers
    lineage = lineage_of(answers)
    live = folder / "docker" / table("acme")["release"]["folder"] / "live" / lineage
    found = read_issued(lineage, _text(live / CHAIN_FILE) or "", "")
    env = env_in_use(folder)
    there = Certificates(issued=(found,) if found else ())
    return in_force(answers, Facts(env=Secret(env) if env else None, certificates=there))


def _self_signed_in_use(folder: Path) -> str:
    """The certificate and the key that an earlier ``render`` made and left in *folder*."""
    return "".join(_text(folder / "docker" / SSL_FOLDER / name) or "" for name in SELF_SIGNED)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as e:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(e)) from e


def write_tree(files: Mapping[str, FileContent], folder: Path) -> tuple[str, ...]:
    """Write *files* below *folder*/docker, made if needed. Raises ``InstallError(HOST_FILE_FAILED)``."""
    try:
        for path, file in files.items():
            _write(folder / "docker" / path, file)
    except OSError as e:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(folder)}, detail=str(e)) from e
    return tuple(sorted(files))


def _write(place: Path, file: FileContent) -> None:
    """Draft and rename; the draft has the final mode from its first moment, or a secret could be read."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with os.fdopen(new_file(draft, file.mode), "wb") as stream:
            stream.write(file.data)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
