"""Placing files: whole or not at all, verified, and never losing a ``.env``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Secrets, Tls
from installer.apply.steps.base import Context
from installer.apply.steps.upload import Upload
from installer.config.acme_awaited import Awaited
from installer.config.pins import read_pins
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.installation_files import PINS_FILE
from installer.core.secrets import Redactor, Secret
from installer.facts.model import Record
from installer.hosts.base import Command, FileContent, Result
from installer.state.desired import leftovers
from installer.state.plan_input import Situation
from tests.fakes.host import Expected, FakeHost, failed, ok
from tests.situations import installed, situation

STATE, DOCKER = "/opt/dify/.dify-installer", "/opt/dify/docker"
VERIFY = ("sha256sum", "-c", "--status", "-")


def context(host: FakeHost, situation: Situation, renew: Callable[[], None] = lambda: None) -> Context:
    return Context(
        host=host,
        situation=situation,
        secrets=Secrets(),
        emit=lambda _event: None,
        cancel=CancelToken(),
        redact=Redactor(),
        renew=renew,
        cache=Path("/nowhere"),
    )


def record(host: FakeHost) -> Record:
    found = Record.parse(host.files[f"{STATE}/installation.json"].data.decode())
    assert found
    return found


def run(host: FakeHost, here: Situation) -> None:
    step = Upload()
    action = step.plan(here)
    assert action
    step.apply(action, context(host, here))


def test_first_upload() -> None:
    here = situation()
    renewed: list[int] = []
    with FakeHost([Expected(VERIFY)], folders=[STATE, DOCKER]) as host:
        step = Upload()
        action = step.plan(here)
        assert action
        step.apply(action, context(host, here, lambda: renewed.append(1)))
    assert renewed, "the lock is kept alive while uploading"
    assert host.files[f"{DOCKER}/.env"].mode == 0o600
    assert host.files[f"{DOCKER}/.env"].data.decode() == here.configuration.env_text.reveal()
    assert record(host).uploaded
    assert not record(host).pending
    assert not record(host).installed
    text = json.dumps(record(host).data)
    assert not any(s.reveal() in text for s in here.configuration.secrets)


def test_an_empty_pins_file_comes_before_what_names_it() -> None:
    """And is none of what the record, the manifest and the next look compare."""
    here, written = situation(), list[str]()

    class Noting(FakeHost):
        def upload(self, folder: str, files: Sequence[FileContent], **how: Any) -> None:
            written.extend(file.path for file in files)
            super().upload(folder, files, **how)

    with Noting([Expected(VERIFY)], folders=[STATE, DOCKER]) as host:
        run(host, here)
    placed = host.files[f"{DOCKER}/{PINS_FILE}"]
    assert (placed.mode, read_pins(placed.data.decode())) == (0o644, {})
    assert written.index("docker-compose.yaml") < written.index(PINS_FILE) < written.index(".env")
    assert PINS_FILE not in host.files[f"{STATE}/manifest"].data.decode()
    assert PINS_FILE not in record(host).data["ours"] and PINS_FILE not in record(host).data["files"]


def test_damaged_files_are_noticed_and_stay_pending() -> None:
    here = situation()
    host = FakeHost([Expected(VERIFY, failed(1))], folders=[STATE, DOCKER])
    with pytest.raises(InstallError) as caught:
        run(host, here)
    assert caught.value.code is Code.UPLOAD_DAMAGED
    assert not record(host).uploaded
    assert ".env" in record(host).pending


def test_an_interrupted_upload_of_a_running_dify_keeps_what_is_known() -> None:
    ours = installed()
    env = Secret(ours.configuration.env_text.reveal())
    files = {**ours.facts.files, "nginx/nginx.conf.template": ""}
    files.pop("nginx/nginx.conf.template")
    here = installed(files=files, env=env)

    class Cut(FakeHost):
        def upload(self, *args: object, **kwargs: object) -> None:
            raise Cancelled

    host = Cut(folders=[STATE, DOCKER])
    with pytest.raises(Cancelled):
        run(host, here)
    assert record(host).installed
    assert record(host).version == "99.0.0"
    assert record(host).data["applied"]["job"] == "job1"
    assert record(host).pending == {"nginx/nginx.conf.template"}


def test_the_env_in_use_is_copied_before_it_is_replaced() -> None:
    ours = installed()
    old = ours.configuration.env_text.reveal()
    edited = Secret(old.replace("EXPOSE_NGINX_PORT=80", "EXPOSE_NGINX_PORT=81"))
    files = {**ours.facts.files, ".env": "0" * 64}
    here = installed(files=files, env=edited)
    seen, notes = list[Command](), list[tuple[str, dict[str, object]]]()

    def keep(command: Command) -> Result:
        assert not host.files, "before anything is written"
        seen.append(command)
        return ok()

    expected = [Expected(lambda c: c.argv[0] == "sh", keep), Expected(VERIFY)]
    with FakeHost(expected, folders=[STATE, DOCKER]) as host:
        step = Upload()
        action = step.plan(here)
        assert action
        given = context(host, here)
        step.apply(action, replace(given, note=lambda what, **fields: notes.append((what, fields))))
    paths = (seen[0].stdin or b"").decode().splitlines()
    assert paths == [".env", PINS_FILE]
    folder = seen[0].argv[5]
    assert folder.startswith(f"{STATE}/backups/")
    assert notes == [("backup", {"folder": folder, "files": [".env"]})]
    assert record(host).data["backups"] == [folder.rpartition("/")[2]]
    assert record(host).data["settled"] is False


def test_a_backup_that_fails_stops_the_upload() -> None:
    ours = installed()
    here = installed(files={**ours.facts.files, ".env": "0" * 64})
    host = FakeHost([Expected(lambda c: c.argv[0] == "sh", failed(1, "no space"))], folders=[STATE, DOCKER])
    with pytest.raises(InstallError):
        run(host, here)
    assert not host.files


def test_leftovers_of_ours_are_removed() -> None:
    ours = installed()
    there = ours.facts.record
    assert there
    old = replace(there, data={**there.data, "ours": [*there.data["ours"], "nginx/ssl/dify.key"]})
    here = installed(record=old, files={**ours.facts.files, "nginx/ssl/dify.key": "0" * 64})
    keep = Expected(lambda c: "backups" in "".join(c.argv[4:]))
    away = Expected(lambda c: c.argv[0] == "sh" and c.stdin == b"file nginx/ssl/dify.key\n")
    with FakeHost([keep, away], folders=[STATE, DOCKER]) as host:
        run(host, here)


def test_a_certificate_that_serves_until_the_next_is_there_stays_ours() -> None:
    """HTTPS by an authority is asked for: until its certificate is there ours is in use, and is known."""
    ours, files = installed(), ("nginx/ssl/self-signed.crt", "nginx/ssl/self-signed.key")
    there = ours.facts.record
    assert there
    old = replace(there, data={**there.data, "ours": [*there.data["ours"], *files]})
    here = installed(
        record=old, files={**ours.facts.files, **dict.fromkeys(files, "5e" * 32), ".env": "0" * 64}
    )
    tls = Awaited(mode="letsencrypt", serves=True)
    here = replace(here, answers=replace(here.answers, tls=tls))
    host = FakeHost(
        [Expected(lambda c: c.argv[0] == "sh"), Expected(VERIFY)],
        files={f"{DOCKER}/{path}": b"pem" for path in files},
        folders=[STATE, DOCKER],
    )
    run(host, here)
    manifest = host.files[f"{STATE}/manifest"].data.decode()
    for path in files:
        assert f"{DOCKER}/{path}" in host.files and path in record(host).data["ours"]
        assert f"{'5e' * 32}  {path}\n" in manifest
    now = replace(here, answers=replace(here.answers, tls=Tls(mode="letsencrypt")))
    now = replace(now, facts=replace(now.facts, record=record(host)))
    assert leftovers(now) == files


def test_verification_reads_the_list_from_its_input() -> None:
    here = situation()
    seen: list[Command] = []

    def look(command: Command) -> Result:
        seen.append(command)
        return ok()

    with FakeHost([Expected(VERIFY, look)], folders=[STATE, DOCKER]) as host:
        run(host, here)
    assert b"  .env\n" in (seen[0].stdin or b"")
