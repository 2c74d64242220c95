"""How many containers of a service there are: written into our override file and the record, then done."""

from __future__ import annotations

from installer.answers import Answers
from installer.apply.jobs import job_spec, new_job, run_job
from installer.apply.locked_change import Operation
from installer.config.scale import with_scale
from installer.core.errors import Code, InstallError
from installer.core.installation_files import OVERRIDE_FILE
from installer.docker.compose import compose
from installer.facts.model import Record
from installer.hosts.base import Host, Stage
from installer.operations.actions import (
    changing,
    check_services,
    environment_in_use,
    installed,
    machine,
    watch,
)
from installer.release.services import copies
from installer.state.desired import checksum
from installer.state.record import WORKERS, read_record, write_record

STEP = "scale"


def check_scale(record: Record, service: str, count: int) -> None:
    """Raises ``InstallError`` SERVICE_UNKNOWN, SERVICE_NOT_SCALED."""
    check_services(record, [service])
    choices = copies().get(service, ())
    if not choices or not 1 <= count <= max(choices):
        names = ", ".join(name for name in copies() if name in record.services)
        params = {"service": service, "services": names or "-", "most": str(max(choices, default=1))}
        raise InstallError(Code.SERVICE_NOT_SCALED, params)


def scale(operation: Operation, service: str, count: int) -> Record:
    """Have *count* containers of *service*, and wait until they run. Existing containers are not
    recreated.

    Raises ``InstallError`` as ``actions.act``, and SERVICE_NOT_SCALED.
    """
    record = installed(operation)
    check_scale(record, service, count)
    with changing(operation, record, STEP, services=[service], count=count) as (heard, lock):
        host, answers = heard.host, heard.answers
        _write(host, answers, service, count)
        stage = Stage(STEP, compose("up", "--detach", "--no-recreate", service))
        run_job(heard, job_spec(answers, new_job(STEP), (stage,), environment_in_use(heard)), lock)
        watch(heard, record, [service], lock.renew, machine(host), counts={service: count})
    return record


def _write(host: Host, answers: Answers, service: str, count: int) -> None:
    """The file first: what the record says more than it is made good by the next ``apply``."""
    path = f"{answers.docker_folder}/{OVERRIDE_FILE}"
    before = (host.read_file(path) or b"").decode("utf-8", "replace")
    text = with_scale(before, service, count)
    if text is None:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": path}, detail="no “services:” in it")
    if text != before:
        host.write_file(path, text.encode(), mode=0o644)
        _note_sum(host, answers, checksum(before.encode()), checksum(text.encode()))
    record = read_record(host, answers.state_folder)
    if record is not None:
        write_record(host, answers.state_folder, {**record.data, WORKERS: count})


def _note_sum(host: Host, answers: Answers, before: str, after: str) -> None:
    """The list of what we placed; a file that was changed by hand before stays known as such."""
    path = f"{answers.state_folder}/manifest"
    text = (host.read_file(path) or b"").decode("utf-8", "replace")
    line = f"{before}  {OVERRIDE_FILE}\n"
    if line in text:
        host.write_file(path, text.replace(line, f"{after}  {OVERRIDE_FILE}\n").encode())
