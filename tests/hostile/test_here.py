"""What programs and files of this computer say, kept lists and notes, and small answers."""

from __future__ import annotations

import io
import plistlib
from collections.abc import Callable
from http.client import parse_headers
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.apply.steps.admin import _cookies, _failed, _json
from installer.facts import owners
from installer.facts.local.desktop import _bundle_version
from installer.facts.local.docker import Asker, client_file
from installer.facts.parsers import answer as parse
from installer.facts.parsers.dify import earlier
from installer.hosts.base import Result
from installer.hosts.http import Answer
from installer.hosts.jobs.log import stage_times
from installer.hosts.kinds import LINUX
from installer.hosts.local.docker import endpoint
from installer.https.site_certificate import _time
from installer.logs.fetch import _body
from installer.operations.open_ports import _allows
from installer.release.catalogue import _next
from installer.release.listing import _path, kept_list
from installer.release.partial import Partial, part_of
from tests.hostile.parsers import FEW, Reader, bounded
from tests.hostile.test_keys import as_bytes
from tests.hostile.test_streams import of
from tests.unit.docker.test_wire import Script

SOURCE = "https://releases.example.com"


def host(text: str) -> Any:
    """A machine whose every command and file says *text*."""
    data = text.encode("utf-8", "replace")
    return SimpleNamespace(
        kind=LINUX, run=lambda *_, **__: Result(0, data, data), read_file=lambda *_, **__: data
    )


def docker(text: str) -> object:
    asker = Asker(host(text), None)
    there = tuple(parse.containers(asker.containers()))
    found = {"dify": text, "volumes": asker.volumes(), "docker": asker.version()}
    return earlier(found, there, "/opt/dify/docker", ""), asker.info(), asker.networks(), asker.compose()


def here(text: str) -> object:
    return client_file(host(text)), endpoint({}, lambda _: cast("Result", host(text).run()))


def admin(data: bytes) -> object:
    answer = Answer(400, {"set-cookie": data.decode("latin-1")}, data)
    return _json(answer), _cookies(answer), _failed(answer)


def link(text: str) -> object:
    value = text.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"")[:65_000]
    headers = parse_headers(io.BytesIO(b"Link: " + value + b"\r\n\r\n"))  # as they come from a connection
    found = _next(headers, f"{SOURCE}/releases?page=1")
    assert not found or found.startswith(f"{SOURCE}/"), "another site is asked"
    return found


def on_disk(path: Path, read: Callable[[], object]) -> Callable[[str], object]:
    path.parent.mkdir(parents=True, exist_ok=True)

    def of_text(text: str) -> object:
        path.write_bytes(as_bytes(text))
        return read()

    return of_text


def noted(target: Path) -> object:
    with Partial(target, f"{SOURCE}/a") as partial:
        return partial.there()


PLIST = "<plist><dict><key>CFBundleShortVersionString</key><string>4</string></dict></plist>"
PLISTS = (
    PLIST,
    "<plist><dict><key>a</key><date>x</date></dict></plist>",
    "<plist><integer>0x</integer></plist>",
)
KEPT = f'{{"version":1,"source":"{SOURCE}","at":1,"releases":[{{"version":"1.0.0"}}]}}'
READERS = ("link", "plist", "list", "note", "docker", "client", "admin", "logs", "ufw", "times", "owners")


def readers(folder: Path) -> dict[str, Reader]:
    """By name; files are made in *folder*."""
    target = folder / "archive.tar.gz"
    part_of(target).parent.mkdir(parents=True, exist_ok=True)
    binary = plistlib.dumps({"CFBundleShortVersionString": "4", "a": [1]}, fmt=plistlib.FMT_BINARY)
    found = (
        Reader(
            "plist",
            on_disk(folder / "Contents" / "Info.plist", lambda: _bundle_version(folder)),
            (*PLISTS, binary.decode("latin-1")),
        ),
        Reader(
            "link",
            link,
            (f'<{SOURCE}/a?page=2>; rel="next"', '<https://x/>; rel="next", <?page=2>; rel=next'),
        ),
        Reader("list", on_disk(_path(SOURCE, folder), lambda: kept_list(SOURCE, folder)), (KEPT,)),
        Reader(
            "note",
            on_disk(part_of(target).with_name(f"{part_of(target).name}.json"), lambda: noted(target)),
            (f'{{"url":"{SOURCE}/a","validator":"x"}}',),
        ),
        Reader("docker", docker, ("dify=/opt/dify\nimage=1.0\ndata=yes\nchanged=1790000000\n",)),
        Reader("client", here, ('{"currentContext":"a","credsStore":"b"}', "unix:///var/run/docker.sock")),
        Reader("admin", of(admin), ('{"message":"no"}', "session=a; Path=/")),
        Reader(
            "logs", of(lambda b: _body(cast("Any", Script(b, 997)))), ("HTTP/1.1 404 No\r\nA: b\r\n\r\nbody",)
        ),
        Reader(
            "ufw",
            lambda t: _allows(t, 80),
            ("allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in", "allow any 1:65535"),
        ),
        Reader(
            "times",
            lambda t: (stage_times(host(t), "/j"), _time(t)),
            ("1790000000\nbegin 1790000000\nend x\n",),
        ),
        Reader("owners", owners.parse, ("root drwxr-xr-x 0 0 /opt\n",)),
    )
    return {reader.name: reader for reader in found}


@pytest.mark.parametrize("name", READERS)
@FEW
@given(data=st.data())
def test_here(tmp_path: Path, name: str, data: st.DataObject) -> None:
    readers(tmp_path)[name].check(data)


@pytest.mark.parametrize("name", READERS)
def test_long_here(tmp_path: Path, name: str) -> None:
    readers(tmp_path)[name].check_long()


@pytest.mark.parametrize("text", PLISTS[1:])
def test_property_lists_that_are_damaged(tmp_path: Path, text: str) -> None:
    readers(tmp_path)["plist"].take(text)


@pytest.mark.parametrize("text", ['<http://[>; rel="next"', "<" * 60_000])
def test_links_that_are_none(text: str) -> None:
    with bounded(seconds=0.3):
        assert link(text) is None
