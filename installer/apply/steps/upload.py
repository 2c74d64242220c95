"""Place the release's files and our configuration on the target, and prove that they arrived whole."""

from __future__ import annotations

from collections.abc import Mapping

from installer.apply.steps.base import Action, Context
from installer.core.errors import Code, InstallError
from installer.core.installation_files import PINS_FILE
from installer.hosts.base import Command, FileContent
from installer.state import backups
from installer.state.desired import checksum, files_to_place, leftovers, staying, wanted_files
from installer.state.files_below import remove
from installer.state.plan_input import Situation
from installer.state.record import backups_of, pending, verified, with_backup, write_record

VERIFY_SECONDS = 120.0


def manifest_text(files: Mapping[str, FileContent], more: Mapping[str, str] | None = None) -> str:
    """``sha256sum`` lines, sorted: the format that the target's own tool checks. *more*: path → checksum."""
    sums = {**(more or {}), **{path: checksum(file.data) for path, file in files.items()}}
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))


class Upload:
    """Only files that are missing or differ travel; files edited by hand and data stay."""

    id = "upload"

    def plan(self, situation: Situation) -> Action | None:
        """The files to place and to remove, None if all is as it should be."""
        changed, gone = files_to_place(situation), leftovers(situation)
        record = situation.facts.record
        if not changed and not gone and situation.uploaded and record and not record.pending:
            return None
        size = sum(len(f.data) for f in changed)
        params = {"files": str(len(changed)), "bytes": str(size)}
        return Action(self.id, params, files=changed, remove=gone)

    def apply(self, action: Action, context: Context) -> None:
        """Keep the files that change as they were, upload, verify, write the record."""
        situation, host = context.situation, context.host
        folder, state = situation.answers.docker_folder, situation.answers.state_folder
        paths = tuple(f.path for f in action.files)
        situation = self._keep(action, context)
        write_record(host, state, pending(situation, paths))
        if action.remove:
            remove(host, folder, action.remove)
        noted = manifest_text(wanted_files(situation), staying(situation))
        host.write_file(f"{state}/manifest", noted.encode())
        self._place(action, context)
        self._verify(action, context)
        write_record(host, state, verified(situation))

    def _place(self, action: Action, context: Context) -> None:
        """The release's tree first, then our own few files; a half-written ``.env`` would lose secrets."""
        answers = context.situation.answers
        ours = {f.path for f in context.situation.configuration.files} | {PINS_FILE}
        ordered = sorted(action.files, key=lambda file: file.path in ours)

        def progress(done: int, total: int) -> None:
            context.progress(self.id, done, total, "bytes")
            context.renew()

        if ordered:
            context.host.upload(
                answers.docker_folder,
                ordered,
                private=answers.state_folder,
                cancel=context.cancel,
                on_progress=progress,
            )

    def _keep(self, action: Action, context: Context) -> Situation:
        """A backup of the files that are about to be changed or removed, the ``.env`` above all: secrets are
        never lost. The situation with the backup in its record."""
        situation, answers = context.situation, context.situation.answers
        facts = situation.facts
        paths = dict.fromkeys((*(f.path for f in action.files), *action.remove))
        changed = [p for p in paths if p in facts.files or (p == backups.ENV and facts.env is not None)]
        if not changed:
            return situation
        name = backups.new_name()
        kept = dict.fromkeys((*paths, PINS_FILE))
        noted = with_backup(situation, name)
        needed = backups_of(noted)
        backups.keep(context.host, answers.docker_folder, answers.state_folder, name, kept, needed)
        context.note("backup", folder=backups.folder_of(answers.state_folder, name), files=changed)
        return noted

    def _verify(self, action: Action, context: Context) -> None:
        if not action.files:
            return
        if not context.host.kind.runs_scripts:
            self._compare(action, context)
            return
        lines = manifest_text({f.path: f for f in action.files})
        result = context.host.run(
            Command(
                ("sha256sum", "-c", "--status", "-"),
                stdin=lines.encode(),
                cwd=context.situation.answers.docker_folder,
            ),
            cancel=context.cancel,
            timeout=VERIFY_SECONDS,
        )
        result.check(Code.UPLOAD_DAMAGED, host=context.host.label)

    def _compare(self, action: Action, context: Context) -> None:
        """The same where the target has no such tool: every file is read back."""
        folder = context.situation.answers.docker_folder
        for file in action.files:
            context.cancel.check()
            if context.host.read_file(f"{folder}/{file.path}", limit=len(file.data) + 1) != file.data:
                raise InstallError(Code.UPLOAD_DAMAGED, {"host": context.host.label}, detail=file.path)
