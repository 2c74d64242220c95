"""The command ``undo``: shows what goes and what stays, then does it."""

from __future__ import annotations

from collections.abc import Iterator

from installer.cli.commands import Call
from installer.core.formatting import byte_size
from installer.lifecycle.undo.model import UndoPlan
from installer.texts import Texts

COMMANDS = frozenset({"undo", "remove"})


def run_undo(call: Call) -> int:
    """Take back what was done. Data goes with ``--confirm FOLDER`` alone."""
    arguments, output, texts = call.arguments, call.output, call.output.texts

    def show(plan: UndoPlan) -> None:
        if output.as_json:
            output.json({"event": "undo_plan", **plan.as_json()})
            return
        for line in plan_lines(plan, texts, data=bool(arguments.confirm), images=arguments.images):
            output.note(line)

    with call.engine() as engine:
        undone = engine.undo(show, confirm=arguments.confirm, images=arguments.images)
    plan = undone.plan
    if output.as_json:
        ending = {"event": "done", "url": plan.url, "version": plan.version, "changed": undone.changed}
        output.json({**ending, "left": list(undone.left)})
        return 0
    key = f"undone_{plan.kind}" if undone.changed else "undone_nothing"
    output.text(texts.say(key, directory=plan.directory, version=plan.version, url=plan.url))
    if undone.left:
        output.text(texts.say("undone_left"))
        for path in undone.left:
            output.text(f"  {path}")
    return 0


def run_remove(call: Call) -> int:
    """Remove Dify. Data goes with ``--confirm FOLDER`` alone, what repairs changed with ``--added``."""
    arguments, output, texts = call.arguments, call.output, call.output.texts

    def show(plan: UndoPlan) -> None:
        if output.as_json:
            output.json({"event": "undo_plan", **plan.as_json()})
            return
        inside = plan_lines(plan, texts, data=bool(arguments.confirm), images=arguments.images)
        for line in (*inside, *_beside(plan, texts, arguments.added)):
            output.note(line)

    with call.engine() as engine:
        undone = engine.remove(
            show, confirm=arguments.confirm, images=arguments.images, added=arguments.added
        )
    plan = undone.plan
    if output.as_json:
        ending = {"event": "done", "url": plan.url, "version": plan.version, "changed": undone.changed}
        output.json({**ending, "left": list(undone.left)})
        return 0
    key = "removed" if undone.changed else "removed_nothing"
    output.text(texts.say(key, directory=plan.directory))
    if undone.left:
        output.text(texts.say("undone_left"))
        for path in undone.left:
            output.text(f"  {path}")
    return 0


def _beside(plan: UndoPlan, texts: Texts, added: bool) -> Iterator[str]:
    """What of ours is elsewhere on the machine."""
    if plan.placed:
        yield f"  {texts.say('remove_placed', names=', '.join(plan.placed))}"
    if plan.added:
        yield texts.say("remove_added" if added else "remove_added_stays")
        for one in plan.added:
            yield f"  {one.repair}: {', '.join(one.changes)}"


def plan_lines(plan: UndoPlan, texts: Texts, *, data: bool, images: bool) -> Iterator[str]:
    """*plan* in words: what goes, then what stays."""
    if plan.kind == "nothing":
        return
    say = texts.say
    if plan.kind == "restore":
        yield say("undo_restore", version=plan.version, directory=plan.directory)
        yield from (f"  {path}" for path in plan.files)
        yield say("undo_data_untouched")
        return
    yield from _removal(plan, texts, data=data, images=images)


def _removal(plan: UndoPlan, texts: Texts, *, data: bool, images: bool) -> Iterator[str]:
    say = texts.say
    yield say("remove_head" if plan.whole else "undo_remove", directory=plan.directory)
    for key, names in (("containers", plan.containers), ("networks", plan.networks)):
        if names:
            yield f"  {say(f'undo_{key}', names=', '.join(names))}"
    if plan.files:
        yield f"  {say('undo_files', count=str(len(plan.files)))}"
    folders = [f"{d.path} ({_size(d.bytes)})" for d in plan.data]
    if folders and data:
        yield f"  {say('undo_data', names=', '.join(folders))}"
    listed = [f"{i.name} ({_size(i.bytes)})" for i in plan.images if not i.used]
    if listed and images:
        yield f"  {say('undo_images', names=', '.join(listed))}"
    stays = [*plan.edited, *plan.foreign]
    if folders and not data:
        yield say("undo_data_stays", names=", ".join(folders), directory=plan.directory)
    if listed and not images:
        yield say("undo_images_stay", names=", ".join(listed))
    if stays:
        yield say("undo_stays", names=", ".join(stays))
    if plan.others:
        yield say("undo_others", names=", ".join(plan.others))


def _size(count: int) -> str:
    return byte_size(count) if count >= 0 else "?"
