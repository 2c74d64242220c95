"""A stand-in for Docker's own apt repository: Debian's packages under the names that Docker gives its own, in
Docker's layout, signed with a key made for it. What is installed from it is a real Docker.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .procs import run

#: Docker's package → Debian's packages whose files are in it, what it depends on, what it conflicts with.
PACKAGES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "docker-ce": (("docker.io",), "docker-ce-cli, containerd.io, iptables", "docker.io"),
    "docker-ce-cli": (("docker-cli",), "", "docker-cli"),
    "containerd.io": (("containerd", "runc"), "", "containerd, runc"),
    "docker-compose-plugin": (("docker-compose",), "", "docker-compose"),
    "docker-buildx-plugin": ((), "", ""),
}
VERSION = "5:26.1.5-1~lab"


@dataclass(frozen=True)
class Repository:
    """*folder* as it is served, *key* the armored public key that it is signed with."""

    folder: Path
    key: Path


def build(folder: Path, codename: str) -> Repository:
    """The whole repository under ``folder/debian``; takes some seconds."""
    root = folder / "debian"
    pool = root / "dists" / codename / "pool"
    pool.mkdir(parents=True)
    debs = folder / "debs"
    debs.mkdir()
    wanted = [name for sources, _, _ in PACKAGES.values() for name in sources]
    run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *wanted], cwd=debs)
    for name, (sources, depends, conflicts) in PACKAGES.items():
        _repack(name, [next(debs.glob(f"{s}_*.deb")) for s in sources], depends, conflicts, pool)
    _index(root, codename)
    return Repository(folder, _sign(root / "dists" / codename, folder))


def _repack(name: str, sources: list[Path], depends: str, conflicts: str, pool: Path) -> None:
    with tempfile.TemporaryDirectory() as text:
        tree = Path(text) / "tree"
        for source in sources[1:]:
            run(["dpkg-deb", "-x", source, tree])
        for source in sources[:1]:  # its maintainer scripts are kept
            run(["dpkg-deb", "-R", source, tree])
        (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
        for file in ("md5sums", "conffiles", "shlibs", "triggers"):
            (tree / "DEBIAN" / file).unlink(missing_ok=True)
        shutil.rmtree(tree / "usr/share/doc", ignore_errors=True)
        lines = [
            f"Package: {name}",
            f"Version: {VERSION}",
            "Architecture: amd64",
            "Maintainer: lab <lab@lab>",
        ]
        lines += [f"Depends: {depends}"] if depends else []
        lines += [f"Conflicts: {conflicts}"] if conflicts else []
        control = "\n".join([*lines, f"Description: {name} for the lab", ""])
        (tree / "DEBIAN" / "control").write_text(control)
        run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, pool / f"{name}.deb"])


def _index(root: Path, codename: str) -> None:
    suite = root / "dists" / codename
    entries = []
    for deb in sorted((suite / "pool").glob("*.deb")):
        control = run(["dpkg-deb", "-f", deb]).stdout.strip()
        data = deb.read_bytes()
        place = deb.relative_to(root)
        checksum = hashlib.sha256(data).hexdigest()
        entries.append(f"{control}\nFilename: {place}\nSize: {len(data)}\nSHA256: {checksum}\n")
    binary = suite / "stable" / "binary-amd64"
    binary.mkdir(parents=True)
    text = "\n".join(entries).encode()
    (binary / "Packages").write_bytes(text)
    (binary / "Packages.gz").write_bytes(gzip.compress(text))
    sums = "".join(
        f" {hashlib.sha256(f.read_bytes()).hexdigest()} {f.stat().st_size} {f.relative_to(suite)}\n"
        for f in sorted(binary.iterdir())
    )
    head = f"Origin: lab\nSuite: {codename}\nCodename: {codename}\nComponents: stable\nArchitectures: amd64\n"
    date = run(["date", "-u", "-R"]).stdout.strip()
    (suite / "Release").write_text(f"{head}Date: {date}\nSHA256:\n{sums}")


def _sign(suite: Path, folder: Path) -> Path:
    """``InRelease``, and the public key. gpg's socket needs a short path."""
    home = tempfile.mkdtemp(prefix="lab-gpg-", dir="/tmp")
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    try:
        run([*gpg, "--quick-generate-key", "Lab <lab@lab>", "rsa3072", "sign", "0"])
        run([*gpg, "--clearsign", "--digest-algo", "SHA512", "-o", suite / "InRelease", suite / "Release"])
        key = folder / "key.asc"
        key.write_text(run([*gpg, "--armor", "--export"]).stdout)
        return key
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path, address: str) -> Iterator[str]:
    """*folder* over HTTP on *address*; gives the base URL."""
    handler = functools.partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer((address, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
