"""A report that may come from anybody."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.core.errors import Code, InstallError
from installer.redaction.scrub import Scrubber
from installer.state.history import steps_of
from installer.support import read
from installer.support.parts import Parts
from installer.support.read import json_member, read_bundle
from installer.support.story import story_of
from installer.support.write import FORMAT, MANIFEST, README, manifest_of, packed, readme
from installer.texts import Texts


def made(members: dict[str, str] | None = None) -> bytes:
    parts = Parts(Scrubber(["hunter2hunter2"]))
    for name, text in (
        members or {"journal.jsonl": '{"at":1,"what":"done"}\n', "containers/api.log": "hunter2hunter2\n"}
    ).items():
        parts.text(name, text)
    parts.lacks("env", "absent")
    manifest = manifest_of(parts, 1_790_000_000.0)
    return packed(parts.bounded(), manifest, readme(Texts("en"), manifest))


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "r.zip"
    path.write_bytes(data)
    return path


def zipped(*members: tuple[Any, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def refused(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(InstallError) as caught:
        read_bundle(saved(tmp_path, data))
    assert caught.value.code.value == "bundle.unreadable"
    return caught.value.params["reason"]


def test_there_and_back(tmp_path: Path) -> None:
    report = read_bundle(saved(tmp_path, made()))
    assert report.members["containers/api.log"] == "***\n"
    assert report.created_at == 1_790_000_000.0
    assert report.lacking == (("env", "absent"),)
    assert not report.changed
    assert report.logs == ("containers/api.log", "journal.jsonl")
    assert "containers/api.log" in report.members[README]


def test_the_same_parts_make_the_same_file_in_a_fixed_order() -> None:
    assert made() == made()
    names = zipfile.ZipFile(io.BytesIO(made({"b": "1", "a": "22", "c/d": "3"}))).namelist()
    assert names == [README, MANIFEST, "a", "b", "c/d"]


def test_members_are_bounded_and_cut_after_they_were_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    from installer.support import parts as module

    monkeypatch.setattr(module, "MEMBER_BYTES", 100)
    monkeypatch.setattr(module, "TOTAL_BYTES", 150)
    parts = Parts(Scrubber(["hunter2hunter2"]))
    parts.text("a", "x" * 90 + "\n" + "hunter2hunter2" + "y" * 90 + "\n")
    parts.text("b", "z" * 500)
    found = parts.bounded()
    assert sum(len(p.data) for p in found) <= 150
    assert b"hunter" not in b"".join(p.data for p in found)
    assert [p.cut > 0 for p in found] == [True, True]


def test_what_was_changed_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        members = [(n, archive.read(n)) for n in archive.namelist()]
    other = [(n, b"other" if n == "journal.jsonl" else d) for n, d in members]
    report = read_bundle(saved(tmp_path, zipped(*other, ("added.log", b"x"))))
    assert report.changed == {"journal.jsonl", "added.log"}


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../../b", "a\\b", "C:x", "a//b", ".hidden", "a\nb", "x" * 300, "日本", "d/"],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path, zipped((name, b"x"))) == "names"


def test_a_link(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    assert refused(tmp_path, zipped((info, b"/etc/passwd"))) == "names"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(tmp_path: Path) -> None:
    assert refused(tmp_path, zipped(("a", b"1"), ("a", b"2"))) == "names"


def test_a_bomb(tmp_path: Path) -> None:
    assert refused(tmp_path, zipped(("a", b"\0" * 21_000_000))) == "size"
    many = [(f"m{n}", b"\0" * 15_000_000) for n in range(3)]
    assert refused(tmp_path, zipped(*many)) == "size"
    assert refused(tmp_path, zipped(*((f"m{n}", b"") for n in range(401)))) == "size"


def test_a_table_of_contents_is_measured_first(tmp_path: Path) -> None:
    """An object of each entry would take some hundred megabytes."""
    entry = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    directory = entry * (12_000_000 // len(entry))
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + len(directory).to_bytes(4, "little") + bytes(6)
    path = saved(tmp_path, directory + end)
    tracemalloc.start()
    try:
        with pytest.raises(InstallError) as caught:
            read_bundle(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.params["reason"] == "size" and peak < 2 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_ways_of_packing_without_a_limit(tmp_path: Path, method: int) -> None:
    assert refused(tmp_path, zipped(("a", b"\0" * 5000), method=method)) == "zip"


def test_a_size_that_is_a_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on what comes out."""
    monkeypatch.setattr(read, "ALL_BYTES", 1000)
    assert refused(tmp_path, zipped(("a", b"\0" * 5000))) == "size"


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "FILE_BYTES", 10)
    assert refused(tmp_path, made()) == "size"


def test_no_zip_or_half_of_one(tmp_path: Path) -> None:
    assert refused(tmp_path, b"hello") == "zip"
    assert refused(tmp_path, made()[:-30]) == "zip"
    broken = bytearray(made())
    broken[60:80] = b"\xff" * 20
    assert refused(tmp_path, bytes(broken)) in ("zip", "other")


def test_every_cut_and_every_flipped_byte_is_an_error_of_ours_or_seen(tmp_path: Path) -> None:
    whole = made()
    for at in range(0, len(whole), 17):
        for data in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]):
            with suppress(InstallError):  # anything else would get through
                read_bundle(saved(tmp_path, data))


#: What a program could stumble over; json writes NaN and Infinity, too.
HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), "{", "{0}", "\ud800", "\x1b[2J", "x" * 5000])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "sha256", "code", "at", "what", "detail", "params", "lines", "member"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
LISTED = st.lists(st.fixed_dictionaries({"name": HOSTILE, "sha256": HOSTILE, "code": HOSTILE}), max_size=2)
MANIFESTS = st.fixed_dictionaries(
    {
        "format": st.just(FORMAT) | HOSTILE,
        "members": LISTED | HOSTILE,
        "lacking": LISTED | HOSTILE,
        "created_at": HOSTILE,
        "installer": HOSTILE,
    }
)


@given(manifest=MANIFESTS | HOSTILE, journal=st.lists(HOSTILE, max_size=3), known=HOSTILE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_it_is_an_error_of_ours_or_a_story(
    tmp_path: Path, manifest: Any, journal: list[Any], known: Any
) -> None:
    members = {
        MANIFEST: json.dumps(manifest),
        "journal.jsonl": "\n".join(map(json.dumps, journal)),
        "diagnosis.json": json.dumps(known),
    }
    data = zipped(*((name, text.encode()) for name, text in members.items()))
    report, code = None, None
    try:
        report = read_bundle(saved(tmp_path, data))
    except InstallError as error:
        code = error.code
    if report is None:
        assert code is Code.BUNDLE_UNREADABLE
        return
    assert 0 <= report.created_at < 1e11
    for entry in story_of(report, "r.zip").entries:
        Texts("en").happened(entry, steps_of(entry))


def test_a_time_that_is_no_number_of_seconds(tmp_path: Path) -> None:
    def manifest(at: object) -> bytes:
        data = {"format": FORMAT, "members": [], "lacking": [], "installer": "1", "created_at": at}
        return zipped((MANIFEST, json.dumps(data).encode()))

    for at in (10**400, "x", None, [1], float("nan"), float("inf")):
        assert refused(tmp_path, manifest(at)) == "other"
    assert read_bundle(saved(tmp_path, manifest(-1.0))).created_at == 0.0


def test_what_is_nested_deep_is_left_out(tmp_path: Path) -> None:
    for depth in (100, 2000, 9000, 100_000):
        deep = '{"at":1,"what":"x","detail":' + '{"a":' * depth + "1" + "}" * depth + "}"
        report = read_bundle(
            saved(tmp_path, made({"journal.jsonl": f'{deep}\n{{"at":2,"what":"done"}}\n', "d.json": deep}))
        )
        assert [e.what for e in story_of(report, "r.zip").entries] == ["done"]
        assert json_member(report, "d.json") is None
        assert refused(tmp_path, zipped((MANIFEST, deep.encode()))) == "other"


def test_others_zips(tmp_path: Path) -> None:
    assert refused(tmp_path, zipped(("a.txt", b"x"))) == "other"
    for manifest in (b"[]", b"{}", b"null", b"[" * 100_000, json.dumps({"format": 2}).encode()):
        assert refused(tmp_path, zipped((MANIFEST, manifest))) == "other"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        read_bundle(tmp_path / "none.zip")
    assert caught.value.params["reason"] == "file"


def test_nothing_that_a_terminal_acts_on(tmp_path: Path) -> None:
    report = read_bundle(
        saved(tmp_path, made({"a.log": "x\x1b]0;title\x07\x1b[31mred\x1b[0m\u202egnp\x00\ttab\n"}))
    )
    assert report.members["a.log"] == "xredgnp\ttab\n"


def test_members_that_are_no_json(tmp_path: Path) -> None:
    report = read_bundle(saved(tmp_path, made({"diagnosis.json": "[" * 200_000})))
    assert json_member(report, "diagnosis.json") is None
    assert json_member(report, "absent.json") is None
