"""Where Dify goes: the folder, the project's name, what is installed there, and other Difys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from installer.answers import Answers, Release
from installer.answers.external_services import entry_of, field_of
from installer.core.errors import Code
from installer.core.finding import Finding, Way, finding
from installer.core.paths import pure_path, same_folder
from installer.core.resources import table
from installer.facts.model import Earlier, Facts
from installer.preflight.owners import owner
from installer.release.envfile import EnvFile
from installer.release.services import service
from installer.state.persisted_answers import recorded_source
from installer.state.plan_input import Situation

STATE_FOLDER = ".dify-installer"


def judge_directory(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Is the folder empty or ours?"""
    there, params = facts.directory, {"directory": answers.directory}
    if there.is_file:
        yield finding(Code.DIRECTORY_NOT_EMPTY, {**params, "found": answers.directory})
        return
    if not there.writable:
        yield finding(Code.DIRECTORY_NOT_WRITABLE, {**params, "user": facts.system.user})
    if STATE_FOLDER in there.entries:
        return
    if "docker" in there.entries and {".env", "docker-compose.yaml"} & set(there.docker_entries):
        yield finding(Code.DIRECTORY_FOREIGN, params, ways=(beside(answers, facts),))
    elif there.entries:
        shown = ", ".join(there.entries[:5]) + (" …" if len(there.entries) > 5 else "")
        yield finding(Code.DIRECTORY_NOT_EMPTY, {**params, "found": shown})


def judge_project(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Does another folder's Compose project have our name?"""
    ours = (answers.docker_folder, facts.directory.physical)
    for container in facts.of_project(answers.project):
        if container.working_dir and not any(same_folder(container.working_dir, mine) for mine in ours):
            params = {"project": answers.project, "directory": container.working_dir}
            yield finding(Code.PROJECT_CLASH, params, ways=(beside(answers, facts),))
            return


def judge_data(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Data in named volumes belongs to the project's name and to the Engine: under another name, or with
    another Docker, an empty Dify would start in its place. An installation that was interrupted before its
    first start may have none."""
    record = facts.record
    if record is None or not record.installed or not record.named_volumes:
        return
    if record.project != answers.project:
        yield finding(Code.PROJECT_OTHER, {"installed": record.project, "asked": answers.project})
    elif facts.volumes is not None and _was_started(facts):
        wanted = [f"{record.project}_{name}" for name in record.named_volumes]
        if not facts.volumes.intersection(wanted):
            context = facts.engine.context or "default"
            yield finding(Code.VOLUMES_MISSING, {"volumes": ", ".join(wanted), "context": context})


def _was_started(facts: Facts) -> bool:
    """Whether any job of an installation here ended well."""
    return any(code == "0" for job, code in facts.jobs.items() if job.startswith("apply-"))


def judge_source(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Did the installation get its release from a place that the answers do not name? The server says so: a
    person decides whether this computer asks there, too."""
    source = recorded_source(facts.record.data) if facts.record is not None else ""
    if source.startswith("https://") and answers.release.source == Release().source:
        params = {"source": source, "asked": answers.release.source}
        yield finding(Code.RELEASE_ELSEWHERE, params, ways=(Way("release.source", {"source": source}),))


def judge_volumes(situation: Situation) -> Iterator[Finding]:
    """Volumes that an earlier Dify of that name has left: its data would meet new passwords. They are never
    removed from here. Those that an undo of ours has left are gone on with: their passwords stayed, too."""
    facts, answers = situation.facts, situation.answers
    if facts.volumes is None or (facts.record is not None and facts.record.installed):
        return
    left = [f"{answers.project}_{name}" for name in situation.configuration.volumes]
    left = [name for name in left if name in facts.volumes and name not in _left_by_undo(answers, facts)]
    if left:
        params = {"project": answers.project, "volumes": ", ".join(left)}
        yield finding(Code.VOLUMES_LEFT, params, ways=(beside(answers, facts),))


def _left_by_undo(answers: Answers, facts: Facts) -> frozenset[str]:
    """Volumes of an installation that was undone and kept its data, with the ``.env`` of that data."""
    record = facts.record
    if record is None or not record.data.get("undone") or facts.env is None:
        return frozenset()
    if record.project != answers.project:
        return frozenset()
    return frozenset(f"{record.project}_{name}" for name in record.named_volumes)


def judge_env(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Data without the ``.env`` that holds its passwords: new ones would lock it out."""
    if facts.record and facts.record.installed and facts.env is None:
        params = {
            "path": f"{answers.docker_folder}/.env",
            "copies": f"{answers.state_folder}/backups/*/docker/.env",
        }
        yield finding(Code.ENV_MISSING, params)


def judge_release(situation: Situation) -> Iterator[Finding]:
    """Never a silent upgrade."""
    record = situation.facts.record
    if record and record.installed and record.version != situation.model.version:
        params = {"installed": record.version, "asked": situation.model.version}
        yield finding(Code.RELEASE_DIFFERS, params)


def judge_stores(situation: Situation) -> Iterator[Finding]:
    """Another database would be an empty one; another vector store begins without the documents."""
    record, answers = situation.facts.record, situation.answers
    if record is None or not record.installed:
        return
    database = _database_in_use(situation)
    if database != answers.database.kind:
        yield finding(Code.DATABASE_DIFFERS, {"installed": database, "asked": answers.database.kind})
    yield from _judge_places(situation)
    store = str(record.data.get("vector_store", answers.stores.vector))
    if store != answers.stores.vector:
        yield finding(Code.STORE_DIFFERS, {"installed": store, "asked": answers.stores.vector})


def _judge_places(situation: Situation) -> Iterator[Finding]:
    """Data does not follow when database or files are looked for somewhere else."""
    values = _env_in_use(situation)
    config = situation.configuration.env
    before, now = values.get("DB_HOST", ""), config.get("DB_HOST", "")
    if before and now != before:
        names = {"installed": before, "asked": now}
        bundled = all(service(name).get("role") == "database" for name in names.values())
        if not bundled:
            yield finding(Code.DATABASE_ELSEWHERE, names)
    kept = {key: values.get(key, "") for key in _places_of_files(situation)}
    if values.get("STORAGE_TYPE") and any(config.get(key, "") != value for key, value in kept.items()):
        params = {"installed": values.get("STORAGE_TYPE", ""), "asked": config.get("STORAGE_TYPE", "")}
        yield finding(Code.STORAGE_DIFFERS, params)


def _places_of_files(situation: Situation) -> tuple[str, ...]:
    """The variables that say where files are: the kind, and of the chosen kind address and bucket."""
    kind = situation.answers.storage.kind
    entry = entry_of("storage", kind) if kind else {}
    named = [n for n in entry.get("required", ()) if field_of(n, entry).meaning in ("bucket", "container")]
    return ("STORAGE_TYPE", *named)


def _env_in_use(situation: Situation) -> Mapping[str, str]:
    facts = situation.facts
    return EnvFile.parse(facts.env.reveal()).values() if facts.env is not None else {}


def _database_in_use(situation: Situation) -> str:
    """By the ``.env`` in use, which may be edited by hand; releases without the variable have the default."""
    facts, known = situation.facts, table("databases")
    values = _env_in_use(situation)
    kind = values.get("DB_TYPE", "")
    recorded = facts.record.data.get("database", "") if facts.record is not None else ""
    return kind if kind in known["database"] else str(recorded or known["default"])


# ------------------------------------------------------------------------- other Difys


def others(answers: Answers, facts: Facts) -> tuple[Earlier, ...]:
    """Difys on the machine that are not in the folder that was chosen."""
    ours = (answers.docker_folder, answers.directory, facts.directory.physical)
    return tuple(
        e
        for e in facts.earlier.found
        if not e.selected and not any(same_folder(e.directory, mine) for mine in ours)
    )


def judge_others(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """One finding for each. They are never touched; a person may want that one instead, but not one that
    another user could change: what is run there would be that user's."""
    for earlier in others(answers, facts):
        place = earlier.directory or earlier.project
        params = {
            "directory": place,
            "version": earlier.version,
            "project": earlier.project,
            "changed": changed(earlier),
        }
        ways = [beside(answers, facts)]
        if earlier.ours and not _safe(earlier, facts):
            whose = {**params, "owner": (earlier.owners and owner(earlier.owners)) or "–"}
            yield finding(Code.DIFY_OF_OTHERS, whose, ways=tuple(ways))
            continue
        if earlier.ours:
            home = str(pure_path(earlier.directory).parent)
            ways.insert(0, Way("dify.manage", {"directory": home}))
        yield finding(Code.DIFY_ELSEWHERE, params, ways=tuple(ways))


def _safe(earlier: Earlier, facts: Facts) -> bool:
    """Whether no other user can change it. Not where that is not known, but on Windows, which has no owner
    and mode to ask for (``owners.local``)."""
    if earlier.owners is None:
        return facts.desktop is not None and facts.desktop.system == "Windows"
    return earlier.owners.safe


def changed(earlier: Earlier) -> str:
    """The day on which its data was last changed, empty where not known."""
    if earlier.data is False or earlier.data_changed <= 0:
        return ""
    return datetime.fromtimestamp(earlier.data_changed, UTC).date().isoformat()


def beside(answers: Answers, facts: Facts) -> Way:
    """A folder and a project name that are not in use, as far as can be seen."""
    used = {c.project for c in facts.containers} | {e.project for e in facts.earlier.found}
    folders = {pure_path(e.directory).parent for e in facts.earlier.found if e.directory}
    number = 2
    volumes = facts.volumes or frozenset()
    while (
        f"{answers.project}{number}" in used
        or pure_path(f"{answers.directory}{number}") in folders
        or any(name.startswith(f"{answers.project}{number}_") for name in volumes)
    ):
        number += 1
    where = {"directory": f"{answers.directory}{number}", "project": f"{answers.project}{number}"}
    return Way("dify.beside", where)
