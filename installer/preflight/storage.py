"""Disks: room, files, and whether a database can live there."""

from __future__ import annotations

from collections.abc import Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.resources import table
from installer.core.thresholds import disk_needed, disk_wanted, gigabytes, threshold
from installer.facts.model import Facts
from installer.state.desired import missing_images
from installer.state.plan_input import Situation


def judge_disk(situation: Situation) -> Iterator[Finding]:
    """Room for what is still to be downloaded; nothing to download needs none."""
    free = situation.facts.directory.docker_free
    if free < 0 or not missing_images(situation):
        return
    if free < disk_needed():
        yield finding(Code.DISK_TOO_SMALL, {"free": gigabytes(free), "need": gigabytes(disk_needed())})
    elif free < disk_wanted():
        yield finding(Code.DISK_LOW, {"free": gigabytes(free), "need": gigabytes(disk_wanted())})
    files, wanted = situation.facts.machine.docker_disk.inodes_free, int(threshold("inodes", "wanted"))
    if 0 <= files < wanted:
        yield finding(Code.DISK_INODES, {"files": str(files), "wanted": str(wanted)})


def judge_filesystem(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Where Dify runs already the question is answered, and where its data goes elsewhere it is not asked."""
    disk, known = facts.machine.folder_disk, table("checks")["filesystem"]
    if not disk.fs or facts.named_volumes or (facts.record is not None and facts.record.installed):
        return
    params = {"path": answers.directory, "type": disk.fs}
    if disk.fs in known["unsuitable"]:
        yield finding(Code.FILESYSTEM_UNSUITABLE, params)
    elif disk.fs in known["doubtful"] or disk.fs.startswith("fuse."):
        yield finding(Code.FILESYSTEM_REMOTE, params)
