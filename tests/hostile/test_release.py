"""Whatever a source, a registry or a server sends of releases: an error of ours, or something that is whole.

Any other exception fails the test; so does more memory than the input can be worth.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from installer.answers import Answers, checks
from installer.apply.lock import LockData
from installer.core.errors import InstallError
from installer.core.secrets import Secret
from installer.core.version import Version
from installer.facts.model import Facts, Record
from installer.hosts.http import parse
from installer.registry.digest import Digest
from installer.registry.fetch import read_token, token_url
from installer.registry.manifests import Reference, blobs_of, digest_for, list_of
from installer.registry.pull_help import again_at
from installer.release.archive import read_archive
from installer.release.catalogue import _info, _open_again, _usable, origin_folder
from installer.release.envfile import EnvFile
from installer.release.model import ReleaseModel
from installer.release.source import source_problem
from installer.release.verify import load_release
from installer.state.persisted_answers import recalled, recorded_source
from installer.support.read import read_bundle
from installer.untrusted.json import DEEPEST, loads
from installer.untrusted.yaml import load
from installer.views.wizard.installed import as_installed
from tests.hostile import parsers
from tests.hostile.parsers import EXAMPLES
from tests.releases import tree_of

FEW = settings(parsers.FEW, max_examples=EXAMPLES or 60)
VERSION = "99.0.0"
TOP = f"dify-{VERSION}"
MOST_MEMORY = 96 << 20

TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        *(
            "",
            "../../etc/passwd",
            "/etc/passwd",
            "C:\\x",
            "\\\\evil\\share",
            "a\nb",
            "\x00",
            "²",
            "٣",
            "9" * 5000,
        ),
        *(
            "latest",
            "1.0.0",
            "https://x.jp",
            "http://[",
            "file:///x",
            "${A}",
            "${A:-${A}}",
            "sha256:" + "a" * 64,
        ),
        *("\u2028", "\x1b[2J", "<img src=x>", "a" * 5000, "-rf", "$(id)", "%COMSPEC%"),
    ]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([-1, 0, 1 << 63, 1 << 64, 10**400])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
BYTES = st.binary(max_size=200)


def dumped(value: Any) -> str:
    """With NaN, infinity and numbers of any length, as others write them."""
    return json.dumps(value)


@contextmanager
def bounded(most: int = MOST_MEMORY) -> Iterator[None]:
    """The block takes no more than *most* bytes, and raises nothing but our own error."""
    tracemalloc.start()
    try:
        with suppress(InstallError):
            yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


# ------------------------------------------------------------------------ JSON and YAML


@FEW
@given(JSON)
def test_json(value: Any) -> None:
    for text in (dumped(value), dumped(value).encode(), dumped([[value]])[:-1]):
        with suppress(ValueError):
            json.dumps(loads(text), ensure_ascii=False).encode()


@FEW
@given(BYTES | st.text(max_size=100))
def test_what_is_hardly_json(data: bytes | str) -> None:
    with suppress(ValueError):
        loads(data)
    with pytest.raises(ValueError, match="nested"):
        loads("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2))


YAML_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "services:",
                "\n  api:",
                "\n    image: x",
                "\n    environment:",
                "\n      A: ${B:-c}",
                "\n  - a",
                " &a",
            ),
            *(
                " *a",
                "\n<<: *a",
                "{",
                "}",
                "[",
                "]",
                ",",
                ": ",
                "\n",
                "\t",
                "? ",
                "- ",
                "|",
                ">",
                "!!int 9",
                "!!set",
            ),
            *(
                "'",
                '"',
                "#",
                "\n    ports: ['80:80']",
                "\n    volumes: [{type: bind}]",
                "\n    depends_on: {a: 1}",
            ),
            *(
                "\n    profiles: 7",
                "0x",
                "1e999",
                "2001-99-99",
                "~",
                "%",
                "@",
                "\x00",
                "\ufeff",
                "é",
                "---\n",
                "...\n",
            ),
        ]
    ),
    max_size=25,
).map("".join)


@FEW
@given(YAML_PIECES)
def test_yaml(text: str) -> None:
    tracemalloc.start()
    try:
        with suppress(yaml.YAMLError):
            load(text)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


SERVICE = st.dictionaries(
    st.sampled_from(
        [
            *("image", "build", "profiles", "ports", "volumes", "networks", "environment", "restart"),
            *("depends_on", "container_name", "env_file", "command", "configs", "post_start", "labels"),
        ]
    ),
    JSON,
    max_size=5,
)


@FEW
@example(services={}, more={"": "$"})
@given(
    services=st.dictionaries(st.sampled_from(["api", "web", "a b"]), SERVICE | JSON, max_size=3), more=JSON
)
def test_compose_files(services: Any, more: Any) -> None:
    """A model that comes of it answers what is asked of every release."""
    text = yaml.safe_dump({"services": services, "networks": more, "x-more": more}, allow_unicode=True)
    tree = tree_of(VERSION)
    files = tuple(
        type(f)(f.path, text.encode("utf-8", "replace"), f.mode) if f.path == "docker-compose.yaml" else f
        for f in tree.files
    )
    with bounded():
        model = ReleaseModel.read(type(tree)(VERSION, files))
        env = model.env_file.values()
        str(
            (model.profiles, model.needed_compose, model.variables, model.expected(env), model.one_shots(env))
        )
        str((model.images(env), model.bind_mounts(env), model.not_understood, model.ports(env)))


# ---------------------------------------------------------------------------------- .env

ENV_LINES = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "export C", "D.e", "1", "", " A "]),
        st.sampled_from(["=", " = ", "", ":"]),
        st.lists(
            st.sampled_from(
                [
                    *(
                        "${A}",
                        "${A:-",
                        "}",
                        "$",
                        "$$",
                        "'",
                        '"',
                        "\\",
                        "#",
                        " #",
                        "x" * 100,
                        "${",
                        "${A?",
                        "${B:+",
                    ),
                    *("\r", "\\n", "é", "${A}${B}${C}", "`", "\x00", "$(id)"),
                ]
            ),
            max_size=8,
        ).map("".join),
    ).map("".join),
    max_size=12,
).map("\n".join)


@FEW
@given(ENV_LINES)
def test_env_files(text: str) -> None:
    with bounded():
        file = EnvFile.parse(text)
        assert str(file) == text.removeprefix("\ufeff")
        file.comments()
        file.values({"A": "x"})


@FEW
@given(
    st.integers(2, 14),
    st.integers(2, 14),
    st.sampled_from(["${A%}", '"${A%}"', "${X:-${A%}}", "${A%:+${A%}}"]),
)
def test_env_files_that_grow(lines: int, times: int, piece: str) -> None:
    text = "A0=aaaaaaaaaa\n" + "".join(
        f"A{n}={piece.replace('%', str(n - 1)) * times}\n" for n in range(1, lines)
    )
    with bounded():
        EnvFile.parse(text.replace('""', "")).values()


# ------------------------------------------------------------------------------ archives


def tar_of(members: list[tuple[str, bytes, str, bytes]]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, kind, link, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.size = len(data) if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(data))
    return raw.getvalue()


NAMES = st.sampled_from(
    [
        *(
            f"{TOP}/docker/.env.example",
            f"{TOP}/docker/docker-compose.yaml",
            f"{TOP}/docker/a",
            f"{TOP}/docker/b/c",
        ),
        *(
            f"{TOP}/",
            f"{TOP}/docker/",
            f"{TOP}/docker/../x",
            "/etc/passwd",
            "../x",
            f"{TOP}/docker/a\\b",
            "other/x",
        ),
        *(f"{TOP}/docker/" + "n" * 300, f"{TOP}//docker/x", f"{TOP}/docker/CON", f"{TOP}/docker/é"),
    ]
)
MEMBERS = st.lists(
    st.tuples(
        NAMES,
        st.sampled_from(
            [
                tarfile.REGTYPE,
                tarfile.DIRTYPE,
                tarfile.SYMTYPE,
                tarfile.LNKTYPE,
                tarfile.FIFOTYPE,
                tarfile.CHRTYPE,
            ]
        ),
        st.sampled_from(["a", "../x", "/etc/passwd", "b/c", f"{TOP}/docker/a", "", "a/../a"]),
        BYTES,
    ),
    max_size=6,
)
SPOILED = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6)


def spoiled(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    found = bytearray(data)
    for at, value in changes:
        if found:
            found[at % len(found)] = value
    return bytes(found)


def read(path: Path) -> None:
    with bounded():
        tree = read_archive(path)
        assert all(not f.path.startswith(("/", "..")) and "\\" not in f.path for f in tree.files)
        load_release(path)


@FEW
@given(MEMBERS, SPOILED)
def test_tar_archives(tmp_path: Path, members: Any, changes: Any) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(spoiled(tar_of(members), changes), 1))
    read(path)


@FEW
@given(MEMBERS, SPOILED, st.integers(0, 400))
def test_gzip_around_it(tmp_path: Path, members: Any, changes: Any, cut: int) -> None:
    path = tmp_path / "a.tar.gz"
    data = spoiled(gzip.compress(tar_of(members), 1), changes)
    path.write_bytes(data[: len(data) - cut])
    read(path)


METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])


@FEW
@given(
    st.lists(st.tuples(NAMES | TEXTS.filter(bool), BYTES, METHODS), max_size=5, unique_by=lambda m: m[0]),
    SPOILED,
)
def test_zip_archives_and_reports(tmp_path: Path, members: Any, changes: Any) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as packed:
        for name, data, method in members:
            packed.writestr(zipfile.ZipInfo(name.encode("utf-8", "replace").decode()[:1000]), data, method)
    path = tmp_path / "a.zip"
    path.write_bytes(spoiled(raw.getvalue(), changes))
    read(path)
    with bounded():
        read_bundle(path)


# ------------------------------------------------------------------------------ registry


@FEW
@given(
    JSON
    | st.fixed_dictionaries({"config": JSON, "layers": JSON})
    | st.fixed_dictionaries({"manifests": JSON})
)
def test_manifests(value: Any) -> None:
    body = dumped(value).encode()
    for blob in blobs_of(body) or ():
        assert (Path("/cache") / blob.digest.file_name).parent == Path("/cache") and 0 <= blob.size <= 1 << 40
    list_of(body)
    found = digest_for(body, "amd64")
    assert found is None or Digest(found) == found


@FEW
@given(TEXTS)
def test_digests_and_references(text: str) -> None:
    with suppress(ValueError):
        name = Digest(text).file_name
        assert Path(name).name == name and ":" not in name
    with suppress(ValueError):
        reference = Reference.parse(text)
        (url,) = reference.urls()
        assert url.startswith("https://") and ".." not in url and url.isascii() and url.isprintable()
        assert not {*"\\ ?#%@"} & {*url.replace("https://", "", 1)}


@FEW
@given(TEXTS, TEXTS, BYTES)
def test_tokens_and_times(one: str, two: str, body: bytes) -> None:
    url = token_url(f'Bearer realm="{one}",service="{two}"')
    assert not url or url.startswith("https://")
    read_token(body)
    again_at(f"Retry-After: {one}\nRateLimit-Reset: {two}", 1_790_000_000.0)
    _open_again(one, two)


@FEW
@given(JSON)
def test_lists_of_releases(value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        with suppress(
            ValueError, TypeError, KeyError, AttributeError
        ):  # what the list's reader takes for "no list"
            if _usable(item):
                Version.parse(_info(item).version)


@FEW
@given(TEXTS)
def test_sources_and_versions(text: str) -> None:
    if source_problem(text) is None and "://" in text:
        assert origin_folder(text, Path("/cache")).parent == Path("/cache")
    found = Version.try_parse(text)
    assert found is None or ("/" not in str(found) and str(found).isascii())


# -------------------------------------------------------------------------- what a server says

KEYS = st.sampled_from(
    [
        *(
            "version",
            "project",
            "url",
            "created_at",
            "services",
            "former",
            "ours",
            "pending",
            "backups",
            "pulled",
        ),
        *(
            "files",
            "applied",
            "web",
            "webserver",
            "renewal",
            "answers",
            "workers",
            "installed",
            "ready",
            "found",
        ),
        *("named_volumes", "one_shots", "database", "vector_store", "mounted", "release_sha256"),
    ]
)


@FEW
@given(st.dictionaries(KEYS, JSON, max_size=8), ENV_LINES, st.booleans())
def test_records(data: dict[str, Any], env: str, known: bool) -> None:
    record = Record.parse(dumped({"version": "1.0.0", "project": "dify", **data} if known else data))
    if record is None:
        return
    str(
        (
            record.pending,
            record.named_volumes,
            record.services,
            record.former,
            record.one_shots,
            record.installed,
        )
    )
    assert checks.project(record.project) is None
    facts = Facts(record=record, env=Secret(env))
    with bounded():
        found = as_installed(Answers(), facts)
        assert source_problem(found.release.source) is None and found.release == Answers().release
        assert not found.tls.certificate and not found.tls.key
        recalled(Answers(), record.data)
        source = recorded_source(record.data)
        assert not source or ("://" in source and source_problem(source) is None)


@FEW
@given(st.dictionaries(st.sampled_from(["token", "client", "who", "pid", "since", "until", "job"]), JSON))
def test_locks(data: dict[str, Any]) -> None:
    lock = LockData.parse(dumped(data))
    assert lock is None or LockData.parse(lock.dump()) == lock


@FEW
@given(
    BYTES,
    st.lists(
        st.sampled_from([b"HTTP/1.1 200 OK", b"\r\n", b"\n", b"\r", b": ", b"Set-Cookie: a=b", b"\x00"])
    ),
)
def test_http_answers(body: bytes, pieces: list[bytes]) -> None:
    answer = parse(b"".join(pieces) + body)
    for text in (*answer.headers, *answer.headers.values()):
        assert "\n" not in text and "\r" not in text
