"""Archives: read whole, nothing trusted."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import stat
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.release import archive
from installer.release.archive import ReleaseTree, read_archive
from installer.release.verify import load_release
from tests.real_releases import every_release
from tests.releases import SYNTHETIC, tree_of

GOOD = {"README.md": b"x", "docker/.env.example": b"A=1\n", "docker/run.sh": b"#!/bin/sh\n"}
VERSION = "99.0.0"


def info(
    name: str, size: int = 0, mode: int = 0o664, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.type, member.linkname = size, mode, kind, link
    return member


def make_tar(
    path: Path, files: dict[str, bytes], *extra: tarfile.TarInfo, top: str = f"dify-{VERSION}"
) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(info(f"{top}/", mode=0o775, kind=tarfile.DIRTYPE))
        for name, data in files.items():
            tar.addfile(
                info(f"{top}/{name}", len(data), 0o775 if name.endswith(".sh") else 0o664), io.BytesIO(data)
            )
        for member in extra:
            tar.addfile(member, io.BytesIO(b"\0" * member.size))
    return path


def make_zip(
    path: Path, files: dict[str, bytes], *, modes: bool = True, top: str = f"dify-{VERSION}"
) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(f"{top}/", b"")
        for name, data in files.items():
            member = zipfile.ZipInfo(f"{top}/{name}")
            member.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if name.endswith(".sh") else 0o644
            member.create_system = 3 if modes else 0
            member.external_attr = (stat.S_IFREG | mode) << 16 if modes else 0x20
            packed.writestr(member, data)
    return path


def code_of(path: Path, version: str | None = None) -> Code:
    with pytest.raises(InstallError) as caught:
        read_archive(path, version)
    return caught.value.code


def check_good(tree: ReleaseTree) -> None:
    assert tree.version == VERSION
    assert [(f.path, f.mode) for f in tree.files] == [(".env.example", 0o644), ("run.sh", 0o755)]
    assert tree.get("run.sh") == b"#!/bin/sh\n" and tree.get("README.md") is None


def test_tar(tmp_path: Path) -> None:
    check_good(read_archive(make_tar(tmp_path / "a.tar.gz", GOOD), VERSION))
    check_good(read_archive(tmp_path / "a.tar.gz"))


@pytest.mark.parametrize("modes", [True, False])
def test_zip(tmp_path: Path, modes: bool) -> None:
    check_good(read_archive(make_zip(tmp_path / "a.zip", GOOD, modes=modes), VERSION))


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    whole = make_tar(tmp_path / "a.tar.gz", GOOD | {"docker/more": bytes(range(256)) * 40}).read_bytes()
    cut = tmp_path / "cut.tar.gz"
    for size in [0, 1, 10, *range(20, len(whole), 17), len(whole) - 1]:
        cut.write_bytes(whole[:size])
        assert code_of(cut) == Code.RELEASE_BROKEN, size


def test_damage_is_noticed(tmp_path: Path) -> None:
    files = {"web/big": random.Random(1).randbytes(9999), **GOOD}
    for path in (make_tar(tmp_path / "a.tar.gz", files), make_zip(tmp_path / "a.zip", files)):
        broken = bytearray(path.read_bytes())
        broken[len(broken) // 3] ^= 0xFF
        path.write_bytes(broken)
        assert code_of(path) == Code.RELEASE_BROKEN
    (tmp_path / "text.zip").write_bytes(b"<html>not found</html>")
    (tmp_path / "text.tar.gz").write_bytes(b"<html>not found</html>")
    assert code_of(tmp_path / "text.zip") == code_of(tmp_path / "text.tar.gz") == Code.RELEASE_BROKEN
    assert code_of(tmp_path / "none.tar.gz") == Code.RELEASE_BROKEN


TOP = f"dify-{VERSION}"


@pytest.mark.parametrize(
    "member",
    [
        info("/etc/passwd"),
        info(f"{TOP}/docker/../../x"),
        info(f"{TOP}/../x"),
        info("other/docker/x"),
        info(f"{TOP}/docker/./x"),
        info(f"{TOP}/docker/a\\b"),
        info(f"{TOP}/docker/c:x"),
        info(f"{TOP}/docker/run.sh"),
        info(f"{TOP}/docker/dev", kind=tarfile.CHRTYPE),
        info(f"{TOP}/docker/pipe", kind=tarfile.FIFOTYPE),
        info(f"{TOP}/docker/l", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        info(f"{TOP}/docker/l", kind=tarfile.SYMTYPE, link="../../../x"),
        info(f"{TOP}/docker/l", kind=tarfile.SYMTYPE, link="nowhere"),
        info(f"{TOP}/docker/l", kind=tarfile.LNKTYPE, link="etc/passwd"),
        info(f"{TOP}/web/l", kind=tarfile.SYMTYPE, link="../../x"),
    ],
    ids=lambda m: f"{m.name}>{m.linkname}",
)
def test_unsafe_members(tmp_path: Path, member: tarfile.TarInfo) -> None:
    assert code_of(make_tar(tmp_path / "a.tar.gz", GOOD, member)) == Code.RELEASE_UNSAFE


def test_links_inside_become_files(tmp_path: Path) -> None:
    links = [
        info(f"{TOP}/docker/sub/l", kind=tarfile.SYMTYPE, link="../run.sh"),
        info(f"{TOP}/docker/h", kind=tarfile.LNKTYPE, link=f"{TOP}/docker/run.sh"),
        info(f"{TOP}/AGENTS.md", kind=tarfile.SYMTYPE, link="README.md"),
    ]
    tree = read_archive(make_tar(tmp_path / "a.tar.gz", GOOD, *links))
    assert tree.get("sub/l") == tree.get("h") == b"#!/bin/sh\n"


def test_unsafe_zip(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", GOOD)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(f"{TOP}/../../x", b"")
    assert code_of(path) == Code.RELEASE_UNSAFE
    path = make_zip(tmp_path / "b.zip", GOOD)
    with zipfile.ZipFile(path, "a") as packed:
        link = zipfile.ZipInfo(f"{TOP}/docker/l")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "../../../etc/passwd")
    assert code_of(path) == Code.RELEASE_UNSAFE


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_MEMBERS", 2), ("MAX_TOTAL", 8), ("MAX_FILE", 4), ("MAX_DOCKER", 8)]
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(archive, limit, value)
    assert code_of(make_tar(tmp_path / "a.tar.gz", GOOD)) == Code.RELEASE_TOO_BIG
    assert code_of(make_zip(tmp_path / "a.zip", GOOD)) == Code.RELEASE_TOO_BIG


def test_versions(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar.gz", GOOD)
    assert read_archive(path, f"v{VERSION}").version == f"v{VERSION}"
    assert code_of(path, "99.0.1") == Code.RELEASE_WRONG_VERSION
    assert code_of(make_tar(tmp_path / "b.tar.gz", GOOD, top="dify-$(id)")) == Code.RELEASE_LAYOUT_UNKNOWN
    assert code_of(make_tar(tmp_path / "c.tar.gz", {"x": b""})) == Code.RELEASE_LAYOUT_UNKNOWN


def test_cancel(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        read_archive(make_tar(tmp_path / "a.tar.gz", GOOD), cancel=token)


@pytest.mark.parametrize("label", ["main", "main-20260815", "3f2a9c1"])
def test_an_archive_of_a_branch_has_its_label(tmp_path: Path, label: str) -> None:
    path = packed_release(tmp_path, top=f"dify-{label}")
    tree, model = load_release(path)
    assert tree.version == model.version == label
    assert load_release(path, label)[0].version == label
    for other in (VERSION, "main-20260816"):
        assert code_of(path, other) == Code.RELEASE_WRONG_VERSION


def test_the_images_of_a_branch_have_one_version(tmp_path: Path) -> None:
    compose = tree_of(VERSION).text("docker-compose.yaml").replace("dify-web:99.0.0", "dify-web:99.0.1")
    path = packed_release(tmp_path, {"docker-compose.yaml": compose.encode()}, top="dify-main")
    with pytest.raises(InstallError) as caught:
        load_release(path)
    assert caught.value.code == Code.RELEASE_WRONG_VERSION


def packed_release(
    folder: Path, change: dict[str, bytes | None] | None = None, top: str = f"dify-{VERSION}"
) -> Path:
    """Our own 99.0.0 as an archive; *change*: path → other content, None = left out."""
    files = {f"docker/{f.path}": f.data for f in tree_of(VERSION).files}
    for path, data in (change or {}).items():
        files.pop(f"docker/{path}")
        if data is not None:
            files[f"docker/{path}"] = data
    return make_tar(folder / "release.tar.gz", files, top=top)


def test_whole_release(tmp_path: Path) -> None:
    tree, model = load_release(packed_release(tmp_path), VERSION)
    assert tree.version == model.version == VERSION
    assert len(tree.files) == len([p for p in (SYNTHETIC / VERSION).rglob("*") if p.is_file()])


def test_missing_mounted_file(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        load_release(packed_release(tmp_path, {"nginx/docker-entrypoint.sh": None}))
    assert caught.value.code == Code.RELEASE_INCOMPLETE
    assert caught.value.params["files"] == "nginx/docker-entrypoint.sh"


def test_other_image_tag(tmp_path: Path) -> None:
    compose = tree_of(VERSION).text("docker-compose.yaml").replace("dify-web:99.0.0", "dify-web:99.0.1")
    with pytest.raises(InstallError) as caught:
        load_release(packed_release(tmp_path, {"docker-compose.yaml": compose.encode()}))
    assert caught.value.code == Code.RELEASE_WRONG_VERSION
    assert caught.value.params["found"] == "99.0.1"


@every_release
def test_trees_are_verified(version: str) -> None:
    from installer.release.verify import own_images, verify
    from tests.releases import model_of

    verify(tree_of(version), model_of(version))
    assert len(own_images(model_of(version))) >= 2


# ------------------------------------------------------------------------- made to do harm


def packed(path: Path, *parts: bytes) -> Path:
    """A gzip file of these blocks."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for part in parts:
            file.write(part)
    return path


def header(kind: bytes, size: int, name: str = f"{TOP}/") -> bytes:
    member = info(name, size, kind=kind)
    return member.tobuf(tarfile.USTAR_FORMAT if kind == tarfile.XHDTYPE else tarfile.GNU_FORMAT)


def peak_of(path: Path, code: Code) -> int:
    """Bytes of memory that reading *path* takes at most, which ends with *code*."""
    tracemalloc.start()
    try:
        assert code_of(path) == code
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
def test_a_header_s_data_has_a_limit(tmp_path: Path, kind: bytes) -> None:
    zeros = [b"\0" * (1 << 20)] * 80
    path = packed(
        tmp_path / "a.tar.gz", header(kind, 80 << 20), *zeros, header(tarfile.DIRTYPE, 0), b"\0" * 1024
    )
    assert path.stat().st_size < 1 << 20 and peak_of(path, Code.RELEASE_TOO_BIG) < 8 << 20


def test_global_headers_do_not_add_up(tmp_path: Path) -> None:
    def record(number: int) -> bytes:
        body = f" k{number}={'v' * 60_000}\n"
        data = f"{len(body) + 5}{body}".encode()
        return header(tarfile.XGLTYPE, len(data)) + data.ljust(-(-len(data) // 512) * 512, b"\0")

    members = [record(n) + header(tarfile.DIRTYPE, 0, f"{TOP}/d{n}/") for n in range(400)]
    path = packed(tmp_path / "a.tar.gz", *members, b"\0" * 1024)
    assert peak_of(path, Code.RELEASE_TOO_BIG) < 16 << 20


def test_headers_within_headers_end(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar.gz", *[header(tarfile.XHDTYPE, 0)] * 100_000)
    assert code_of(path) in (Code.RELEASE_TOO_BIG, Code.RELEASE_BROKEN)


def test_what_follows_the_last_file_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 1 << 20)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 100)
    whole = gzip.decompress(make_tar(tmp_path / "a.tar.gz", GOOD).read_bytes())
    path = packed(tmp_path / "b.tar.gz", whole, *[b"\0" * (1 << 20)] * 4)
    assert code_of(path) == Code.RELEASE_TOO_BIG


def test_links_count_as_what_they_point_to(tmp_path: Path) -> None:
    """Each becomes a file of its own on the server."""
    big = GOOD | {"docker/big": b"\0" * (1 << 20)}
    links = [info(f"{TOP}/docker/l{n}", kind=tarfile.SYMTYPE, link="big") for n in range(70)]
    assert code_of(make_tar(tmp_path / "a.tar.gz", big, *links)) == Code.RELEASE_TOO_BIG
    assert len(read_archive(make_tar(tmp_path / "b.tar.gz", big, *links[:50])).files) == 53


def test_sparse_files_are_refused(tmp_path: Path) -> None:
    sparse = header(tarfile.GNUTYPE_SPARSE, 0, f"{TOP}/docker/x")
    assert code_of(packed(tmp_path / "a.tar.gz", sparse, b"\0" * 1024)) == Code.RELEASE_UNSAFE


def zip_with(path: Path, method: int, data: bytes) -> Path:
    make_zip(path, GOOD)
    with zipfile.ZipFile(path, "a", method) as opened:
        opened.writestr(f"{TOP}/web/x", data)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_ways_without_a_limit(tmp_path: Path, method: int) -> None:
    path = zip_with(tmp_path / "a.zip", method, b"\0" * (64 << 20))
    assert peak_of(path, Code.RELEASE_BROKEN) < 8 << 20


def test_a_table_of_contents_has_a_limit(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", GOOD)
    entry = b"PK\x01\x02" + bytes(24) + (8).to_bytes(2, "little") + bytes(16) + b"01234567"
    count = (16 << 20) // len(entry)
    begin = path.stat().st_size
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + (count * len(entry)).to_bytes(4, "little")
    with path.open("ab") as file:
        file.write(entry * count + end + begin.to_bytes(4, "little") + bytes(2))
    assert peak_of(path, Code.RELEASE_TOO_BIG) < 4 << 20


@pytest.mark.parametrize("at", [8, 10, 20, 24, 28])
@pytest.mark.parametrize("value", [b"\xff\xff", b"\x0e\x00", b"\x63\x00"])
def test_a_zip_with_odd_fields_is_broken_and_no_more(tmp_path: Path, at: int, value: bytes) -> None:
    path = make_zip(tmp_path / "a.zip", GOOD)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + at : place + at + 2] = value
    path.write_bytes(data)
    with suppress(InstallError):  # no other error
        read_archive(path)


def test_the_checksum_is_the_archive_s(tmp_path: Path) -> None:
    for path in (make_tar(tmp_path / "a.tar.gz", GOOD), make_zip(tmp_path / "a.zip", GOOD)):
        assert read_archive(path).archive_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
