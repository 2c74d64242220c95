"""Place the release's files and our configuration on the target, and prove that they arrived whole."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from installer import __version__
from installer.desired import checksum, files_to_place, wanted_files
from installer.errors import Code, InstallError
from installer.hosts.base import Command, FileContent, Host
from installer.situation import Situation
from installer.stack.knowledge import by_data_path
from installer.steps.base import Action, Context
from installer.web import Web

VERIFY_SECONDS = 120.0


def manifest_text(files: dict[str, FileContent]) -> str:
    """``sha256sum`` lines, sorted: the format that the target's own tool checks."""
    return "".join(f"{checksum(files[path].data)}  {path}\n" for path in sorted(files))


class Upload:
    """Only files that are missing or differ travel; files edited by hand and data stay."""

    id = "upload"

    def plan(self, situation: Situation) -> Action | None:
        """The files to place, None if all are there."""
        changed = files_to_place(situation)
        if not changed and situation.uploaded:
            return None
        size = sum(len(f.data) for f in changed)
        return Action(self.id, {"files": str(len(changed)), "bytes": str(size)}, files=changed)

    def apply(self, action: Action, context: Context) -> None:
        """Keep the old ``.env``, upload, verify, write the record."""
        situation, host = context.situation, context.host
        answers = situation.answers
        state = answers.state_folder
        self._keep_env(context)
        manifest = manifest_text(wanted_files(situation))
        self._record(context, uploaded=False)
        host.write_file(f"{state}/manifest", manifest.encode())
        host.upload(
            answers.docker_folder,
            action.files,
            cancel=context.cancel,
            on_progress=lambda done, total: context.progress(self.id, done, total, "bytes"),
        )
        self._verify(action, context)
        self._record(context, uploaded=True)

    def _keep_env(self, context: Context) -> None:
        """A copy of the ``.env`` that is about to be replaced; secrets are never lost."""
        situation = context.situation
        old = situation.facts.env
        if old is None or old == situation.configuration.env_text:
            return
        name = time.strftime("env-%Y%m%dT%H%M%SZ", time.gmtime())
        context.host.write_file(f"{situation.answers.state_folder}/{name}", old.reveal().encode())

    def _verify(self, action: Action, context: Context) -> None:
        wanted = {f.path: f for f in action.files}
        lines = manifest_text(wanted)
        result = context.host.run(
            Command(
                ("sha256sum", "-c", "--status", "-"),
                stdin=lines.encode(),
                cwd=context.situation.answers.docker_folder,
            ),
            cancel=context.cancel,
            timeout=VERIFY_SECONDS,
        )
        if result.exit_code != 0:
            raise InstallError(Code.UPLOAD_DAMAGED, {"host": context.host.label}, detail=result.errors)

    def _record(self, context: Context, *, uploaded: bool) -> None:
        data = record_data(context.situation, uploaded=uploaded)
        write_record(context.host, context.situation.answers.state_folder, data)


def write_record(host: Host, state_folder: str, data: Mapping[str, object]) -> None:
    """Write ``installation.json``."""
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    host.write_file(f"{state_folder}/installation.json", text.encode())


def record_data(situation: Situation, *, uploaded: bool) -> dict[str, object]:
    """The content of ``installation.json``: no secret in it (the checksum of ``.env`` is left out, too)."""
    record = situation.facts.record
    files = wanted_files(situation)
    secret = {f.path for f in situation.configuration.files}
    return {
        "format": 1,
        "version": situation.model.version,
        "project": situation.answers.project,
        "url": situation.configuration.base_url,
        "vector_store": situation.answers.stores.vector,
        "services": list(by_data_path(situation.configuration.services)),
        "one_shots": sorted(situation.configuration.one_shots),
        "created_at": record.created_at if record else time.time(),
        "installer": __version__,
        "uploaded": uploaded,
        "admin": bool(record and record.data.get("admin")),
        "web": Web.of(situation.answers).as_json(),
        "files": {p: checksum(f.data) for p, f in files.items() if p not in secret},
    }
