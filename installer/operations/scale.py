"""How many containers of a service there are: written into our override file and the record, then done."""

from __future__ import annotations

import time

from installer.answers import Answers
from installer.apply.jobs import new_job, run_job
from installer.apply.locked_change import working
from installer.config.scale import with_scale
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.core.installation_files import OVERRIDE_FILE
from installer.core.secrets import Redactor
from installer.docker.compose import compose
from installer.facts.model import Record
from installer.facts.web import Web
from installer.hosts.base import Host, Stage
from installer.hosts.cancel_scope import stoppable
from installer.operations.actions import check_services, environment_in_use, machine, watch
from installer.release.services import copies
from installer.root_cause import Heard, Scene, explained
from installer.state.desired import checksum
from installer.state.record import WORKERS, read_installed, read_record, write_record

STEP = "scale"


def check_scale(record: Record, service: str, count: int) -> None:
    """Raises ``InstallError`` SERVICE_UNKNOWN, SERVICE_NOT_SCALED."""
    check_services(record, [service])
    choices = copies().get(service, ())
    if not choices or not 1 <= count <= max(choices):
        names = ", ".join(name for name in copies() if name in record.services)
        params = {"service": service, "services": names or "-", "most": str(max(choices, default=1))}
        raise InstallError(Code.SERVICE_NOT_SCALED, params)


def scale(
    host: Host,
    answers: Answers,
    client: str,
    service: str,
    count: int,
    *,
    emit: Emit,
    redact: Redactor,
    cancel: CancelToken,
) -> Record:
    """Have *count* containers of *service*, and wait until they run. Existing containers are not
    recreated.

    Raises ``InstallError`` as ``actions.act``, and SERVICE_NOT_SCALED.
    """
    record = read_installed(host, answers.state_folder)
    if record is None:
        raise InstallError(Code.INSTALLATION_ABSENT, {"directory": answers.directory})
    check_scale(record, service, count)
    web = Web.read(record.data.get("web") or {})
    scene = Scene(answers.directory, record.project, host, web, record.services, since=time.monotonic())
    heard = Heard(emit)
    with (
        explained(scene, heard, redact, cancel) as explain,
        stoppable(host, cancel),
        working(
            host,
            answers,
            client,
            redact,
            STEP,
            emit=heard,
            cancel=cancel,
            explain=explain,
            services=[service],
            count=count,
        ) as (lock, _),
    ):
        _write(host, answers, service, count)
        run_job(
            host,
            answers.state_folder,
            answers.docker_folder,
            (Stage(STEP, compose("up", "--detach", "--no-recreate", service)),),
            environment_in_use(host, answers, redact),
            job=new_job(STEP),
            lock=lock,
            emit=heard,
            redact=redact,
            cancel=cancel,
        )
        counts = {service: count}
        watch(host, record, [service], heard, cancel, lock.renew, machine(host), counts=counts)
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
