"""Bad input gets its code, a clear text in both languages, and leaves nothing behind."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

Arrange = Callable[[Bench, Path], None]


@dataclass(frozen=True)
class Case:
    """What is arranged, on which server, and what must come of it."""

    name: str
    arrange: Arrange
    exit_code: int
    code: str
    server: str = "vps"
    params: tuple[str, ...] = ()  # words that the error must name
    variants: tuple[str, ...] = ()
    dirties: bool = False  # the arrangement itself changes the server


def wrong_password(bench: Bench, _: Path) -> None:
    set_secrets(bench, "[ssh]\npassword = 'not the one'\n")


def wrong_sudo_password(bench: Bench, _: Path) -> None:
    set_secrets(bench, "[ssh]\npassword = 'adminpw'\n[sudo]\npassword = 'not the one'\n")


def no_sudo_password(bench: Bench, _: Path) -> None:
    set_secrets(bench, "[ssh]\npassword = 'adminpw'\n")


def set_secrets(bench: Bench, text: str) -> None:
    assert bench.cli.secrets
    bench.cli.secrets.write_text(text)
    bench.cli.secrets.chmod(0o600)


def unknown_host_key(bench: Bench, _: Path) -> None:
    bench.write(target={"host_key": ""})


def changed_host_key(bench: Bench, _: Path) -> None:
    bench.write(target={"host_key": "ssh-ed25519 SHA256:" + "A" * 43})


def changed_in_known_hosts(bench: Bench, _: Path) -> None:
    bench.write(target={"host_key": ""})
    bench.cli.home.mkdir(exist_ok=True)
    host = bench.tables["target"]["host"]
    other = bench.lab.server("vps-bare").host_key_line()
    (bench.cli.home / "known_hosts").write_text(f"{host} {other}\n")


def closed_port(bench: Bench, _: Path) -> None:
    bench.write(target={"port": 2})


def nobody_there(bench: Bench, _: Path) -> None:
    bench.write(target={"host": bench.lab.place.address(250)})


def port_held_by_process(bench: Bench, _: Path) -> None:
    bench.run("systemd-run --unit=lab-web --collect python3 -m http.server 80 >/dev/null 2>&1; sleep 1")


def port_held_by_container(bench: Bench, _: Path) -> None:
    bench.run("docker run -d --name someone-else -p 80:80 nginx:latest >/dev/null")


def unknown_version(bench: Bench, _: Path) -> None:
    bench.write(release={"version": "1.16.99"})


def foreign_folder(bench: Bench, _: Path) -> None:
    bench.run("mkdir -p /opt/dify && echo mine >/opt/dify/notes.txt")


def foreign_dify(bench: Bench, _: Path) -> None:
    bench.run("mkdir -p /opt/dify/docker && echo SECRET_KEY=x >/opt/dify/docker/.env")


def no_rights(bench: Bench, _: Path) -> None:
    bench.write(target={"directory": "/home/plain/dify"})


def unknown_key(bench: Bench, _: Path) -> None:
    bench.write(ports={"htttp": 80})


def bad_value(bench: Bench, _: Path) -> None:
    bench.write(ports={"http": 70000})


def readable_secrets(bench: Bench, _: Path) -> None:
    assert bench.cli.secrets
    bench.cli.secrets.chmod(0o644)


def as_it_is(bench: Bench, _: Path) -> None:
    pass


# ---------------------------------------------------------------- archives of our own making


def archive(path: Path, *entries: tuple[tarfile.TarInfo, bytes], base: Path | None = None) -> None:
    """A .tar.gz of the synthetic release with *entries* added."""
    with tarfile.open(path, "w:gz") as tar:
        if base:
            tar.add(base, f"dify-{base.name}")
        for info, data in entries:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


SYNTHETIC = Path(__file__).resolve().parents[1] / "data" / "releases" / "99.0.0"


def from_archive(make: Callable[[Path], None]) -> Arrange:
    def arrange(bench: Bench, folder: Path) -> None:
        path = folder / "release.tar.gz"
        make(path)
        bench.write(release={"source": str(path), "version": "99.0.0"})

    return arrange


def truncated(path: Path) -> None:
    archive(path, base=SYNTHETIC)
    path.write_bytes(path.read_bytes()[:-400])


def climbing(path: Path) -> None:
    archive(path, (tarfile.TarInfo("dify-99.0.0/../../etc/evil"), b"x"), base=SYNTHETIC)


def link_outside(path: Path) -> None:
    info = tarfile.TarInfo("dify-99.0.0/docker/link")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    archive(path, (info, b""), base=SYNTHETIC)


def too_big(path: Path) -> None:
    # a bomb: hardly any bytes in the file, far too many out of it
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.add(SYNTHETIC, "dify-99.0.0")
    head = raw.getvalue()[: -(2 * 512)].rstrip(b"\0")
    head += b"\0" * (-len(head) % 512)
    info = tarfile.TarInfo("dify-99.0.0/docker/huge")
    info.size = 1 << 30
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(head + info.tobuf())
        for _ in range(1 << 10):
            out.write(b"\0" * (1 << 20))
        out.write(b"\0" * 1024)


def other_version(path: Path) -> None:
    archive(path, base=SYNTHETIC.with_name("98.0.0"))


def file_missing(path: Path) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.add(
            SYNTHETIC,
            "dify-99.0.0",
            filter=lambda i: None if i.name.endswith("nginx/nginx.conf.template") else i,
        )


def needs_newer_compose(path: Path) -> None:
    """``post_start`` hooks came with Compose 2.30.0; the lab's servers have 2.26."""
    text = (SYNTHETIC / "docker" / "docker-compose.yaml").read_text()
    marker = "services:\n"
    assert marker in text
    first = text.index(marker) + len(marker)
    name_end = text.index(":\n", first) + 2
    hook = "    post_start:\n      - command: ['true']\n"
    changed = (text[:name_end] + hook + text[name_end:]).encode()
    with tarfile.open(path, "w:gz") as tar:
        tar.add(
            SYNTHETIC, "dify-99.0.0", filter=lambda i: None if i.name.endswith("/docker-compose.yaml") else i
        )
        info = tarfile.TarInfo("dify-99.0.0/docker/docker-compose.yaml")
        info.size = len(changed)
        tar.addfile(info, io.BytesIO(changed))


CASES = [
    Case("wrong password", wrong_password, 1, "ssh.login_refused"),
    Case("wrong sudo password", wrong_sudo_password, 1, "sudo.password_wrong"),
    Case("no sudo password", no_sudo_password, 1, "sudo.password_needed"),
    Case("unknown host key", unknown_host_key, 1, "ssh.host_key_unknown", params=("SHA256:",)),
    Case("changed host key (pinned)", changed_host_key, 1, "ssh.host_key_changed", params=("SHA256:",)),
    Case("changed host key (known_hosts)", changed_in_known_hosts, 1, "ssh.host_key_changed"),
    Case("closed port", closed_port, 1, "ssh.refused", params=("2",)),
    Case("nobody at that address", nobody_there, 1, "ssh.unreachable"),
    Case(
        "port held by a process",
        port_held_by_process,
        3,
        "port.in_use",
        params=("80", "python3"),
        dirties=True,
    ),
    Case(
        "port held by a container",
        port_held_by_container,
        3,
        "port.in_use",
        params=("80", "someone-else"),
        dirties=True,
    ),
    Case("unknown version", unknown_version, 1, "release.unknown", params=("1.16.99",)),
    Case("truncated archive", from_archive(truncated), 1, "release.broken"),
    Case("archive with ../", from_archive(climbing), 1, "release.unsafe"),
    Case("archive with a link outside", from_archive(link_outside), 1, "release.unsafe"),
    Case("archive too big", from_archive(too_big), 1, "release.too_big"),
    Case("archive of another version", from_archive(other_version), 1, "release.wrong_version"),
    Case("archive without a mounted file", from_archive(file_missing), 1, "release.incomplete"),
    Case("Compose too old", from_archive(needs_newer_compose), 3, "compose.too_old", params=("2.26", "2.30")),
    Case(
        "something else in the folder",
        foreign_folder,
        3,
        "directory.not_empty",
        params=("notes.txt",),
        dirties=True,
    ),
    Case("a Dify that is not ours", foreign_dify, 3, "directory.foreign", dirties=True),
    Case("no right to use Docker", no_rights, 3, "docker.no_rights", server="vps:plain"),
    Case("Docker missing", as_it_is, 3, "docker.missing", server="vps-bare"),
    Case("Docker masked", as_it_is, 3, "docker.masked", variants=("dockerstopped",)),
    Case("Compose missing", as_it_is, 3, "compose.missing", variants=("nocompose",)),
    Case("unknown key", unknown_key, 2, "answers.unknown_key", params=("htttp", "http")),
    Case("bad value", bad_value, 2, "answers.bad_value", params=("70000",)),
    Case("secrets readable by others", readable_secrets, 2, "secrets.exposed"),
]


#: What the window's own table always runs: here only with ``./test --all``.
IN_THE_WINDOW = {
    "wrong password",
    "wrong sudo password",
    "unknown host key",
    "nobody at that address",
    "port held by a process",
    "unknown version",
    "Compose too old",
    "something else in the folder",
    "unknown key",
    "bad value",
}
#: The same for archives that ``tests/unit/release`` always reads.
IN_UNIT_TESTS = {
    "truncated archive",
    "archive with a link outside",
    "archive too big",
    "archive of another version",
    "archive without a mounted file",
}
CLEAN: set[str] = set()  # servers that the case before proved to be as new


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            c, id=c.name, marks=[pytest.mark.slow] if c.name in IN_THE_WINDOW | IN_UNIT_TESTS else []
        )
        for c in CASES
    ],
)
def test_bad_input(bench: Maker, tmp_path: Path, case: Case) -> None:
    server = case.server.partition(":")[0]
    b = bench(
        case.server,
        reset=server not in CLEAN or bool(case.variants),
        keep_images=True,
        variants=case.variants,
    )
    CLEAN.discard(server)
    b.write(release={"version": versions()[0]})
    case.arrange(b, tmp_path)
    before = traces(b)

    ran = b.cli.json("apply")
    assert ran.exit_code == case.exit_code, ran.stdout + ran.stderr
    assert (
        sum("event" in o and o["event"] in ("done", "failed", "blocked", "cancelled") for o in ran.objects)
        == 1
    )
    problems = ran.last["blockers"] if ran.last["event"] == "blocked" else [ran.last]
    found = [p for p in problems if p["code"] == case.code]
    assert found, problems
    for word in case.params:
        assert word in str(found[0]), found[0]

    language = ("en", "ja")[CASES.index(case) % 2]  # that each code has both is tests/unit/test_texts.py
    said = b.cli.run("apply", "--language", language)
    assert said.exit_code == case.exit_code
    assert case.code in said.stderr
    assert "Traceback" not in said.stderr
    assert any(ord(c) > 0x3040 for c in said.stderr) == (language == "ja")

    assert traces(b) == before
    if not case.dirties and not case.variants:
        CLEAN.add(server)


def traces(bench: Bench) -> str:
    """What an attempt could leave on the target."""
    return bench.run(
        "find /opt /home/plain -not -path '*/.ssh*' 2>/dev/null | sort; "
        "command -v docker >/dev/null && docker ps -a --format '{{.Names}}' 2>/dev/null | sort; true"
    )


def test_local_bad_docker(lab: Lab, bench: Maker) -> None:
    b = bench("local", keep_images=True)
    b.write(target={"docker": "unix:///nonexistent/docker.sock"})
    ran = b.cli.json("apply")
    assert (ran.exit_code, ran.last["event"]) == (3, "blocked")
    assert [p["code"] for p in ran.last["blockers"]] == ["docker.not_running"]
    assert not Path(b.directory).exists()
