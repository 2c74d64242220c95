"""Raw images: what takes minutes (Debian packages), without anything that changes often.

Built once per machine by the lab's own engine and kept in the cache as the data folder of a registry, so
that no other lab or checkout builds them again. What changes often (stand-in, entry points) becomes a
layer later.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .engine import Engine
from .errors import LabError, LabUnavailable
from .locks import held
from .names import DEBIAN_CODENAME
from .packages import find_program
from .pki import ca_certificate
from .place import CACHE
from .places import port_is_free
from .procs import run, wait_until

IMAGES = Path(__file__).parent / "images"
BASE = "dify-lab/base"
PREFIX = "127.0.0.1"
ON_BASE = ("postgres", "mariadb", "redis", "nginx", "squid", "standin", "certbot", "pebble", "busybox")
RAW = (*ON_BASE, "vps-bare", "vps")
BASE_PACKAGES = "python3,curl,ca-certificates,openssl"
LEFT_OUT = ("man", "locale", "doc", "info")


def raw_key() -> str:
    """Hash of everything that the raw images are made from."""
    parts = [DEBIAN_CODENAME, BASE_PACKAGES, ca_certificate().read_text(), sources().read_text()]
    parts += [(IMAGES / name / "Dockerfile").read_text() for name in RAW]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def raw_folder() -> Path:
    return CACHE / f"raw-{raw_key()}"


def sources() -> Path:
    """This machine's own apt sources: the images get the same."""
    for path in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        if path.is_file():
            return path
    raise LabUnavailable("no apt sources of Debian on this machine")


def ensure_raw(engine: Engine) -> Path:
    """The cache folder with ``base.tar`` and ``registry``; builds it with *engine* when there is none."""
    folder = raw_folder()
    with held(CACHE / f"{folder.name}.lock"):
        if (folder / "done").is_file():
            return folder
        draft = folder.with_name(folder.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        _build(engine, draft)
        (draft / "done").write_text("")
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    return folder


def _build(engine: Engine, draft: Path) -> None:
    context = draft / "context"
    shutil.copytree(IMAGES, context)
    wheels = _download_wheels(context / "certbot" / "wheels", draft)
    _busybox(context / "busybox")
    _bootstrap(draft / "base.tar")
    engine.docker("import", "-c", 'CMD ["bash"]', draft / "base.tar", BASE)
    if wheels.wait():
        raise LabError("pip download certbot failed:\n" + (draft / "pip.log").read_text()[-1500:])
    _docker_builds(engine, context, [*ON_BASE, "vps-bare"])
    _docker_builds(engine, context, ["vps"])
    with temporary_registry(draft / "registry") as port:
        _push(engine, port)
    images = engine.docker("images", "-q", "dify-lab/*").split()
    engine.docker("rmi", "-f", *sorted(set(images)), check=False)
    shutil.rmtree(context)


def _download_wheels(folder: Path, draft: Path) -> subprocess.Popen[bytes]:
    """certbot for the image's Python, with this machine's ordinary pip settings; runs beside the rest."""
    platforms = [w for p in ("manylinux_2_28_x86_64", "manylinux2014_x86_64") for w in ("--platform", p)]
    command = [
        sys.executable,
        "-m",
        "pip",
        "-q",
        "download",
        "--disable-pip-version-check",
        "-d",
        str(folder),
    ]
    command += ["--python-version", "3.13", *platforms, "--only-binary=:all:", "certbot"]
    with (draft / "pip.log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _busybox(folder: Path) -> None:
    """The root of a busybox image from Debian's static binary."""
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "busybox-static"]
    if run(command, cwd=folder, check=False).returncode:
        run(["apt-get", "-qq", "update"])
        run(command, cwd=folder)
    package = next(folder.glob("busybox-static*.deb"))
    root, unpacked = folder / "root", folder / "unpacked"
    run(["dpkg-deb", "-x", package, unpacked])
    for name in ("bin", "tmp", "etc", "root"):
        (root / name).mkdir(parents=True)
    binary = next(
        path for path in unpacked.rglob("busybox") if path.is_file() and path.stat().st_size > 500_000
    )
    shutil.copy(binary, root / "bin" / "busybox")
    for applet in run([binary, "--list"]).stdout.split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    run(["tar", "-C", root, "-cf", folder / "busybox.tar", "."])


def _bootstrap(target: Path) -> None:
    """A minimal Debian that trusts the lab's authority, as a tar file."""
    authority = f"copy-in {ca_certificate()} /usr/local/share/ca-certificates"
    settings = (
        'DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true";};'
        ' APT::Keep-Downloaded-Packages "false";'
    )
    # written at the end: deleting packages in an apt hook breaks mmdebstrap itself
    hooks = [
        authority,
        "mv $1/usr/local/share/ca-certificates/ca.crt $1/usr/local/share/ca-certificates/lab-ca.crt",
        'chroot "$1" update-ca-certificates >/dev/null',
        f"echo '{settings}' >\"$1/etc/apt/apt.conf.d/99lab\"",
    ]
    options = [f"--customize-hook={hook}" for hook in hooks]
    options += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    options += ["--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"']
    options += ['--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Check-Valid-Until "false"']
    start = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={BASE_PACKAGES}"]
    run([*start, *options, DEBIAN_CODENAME, target, sources()], timeout=900)


def _docker_builds(engine: Engine, context: Path, names: list[str]) -> None:
    """Side by side: most of the time is waiting for packages."""
    network = engine.place.docker_network
    jobs = {}
    for name in names:
        words = ["build", "-q", "--network", network, "-t", f"dify-lab/{name}", str(context / name)]
        jobs[name] = engine.popen(words)
    for name, job in jobs.items():
        _, err = job.communicate()
        if job.returncode:
            tail = "\n".join(err.decode(errors="replace").strip().splitlines()[-12:])
            raise LabError(f"image {name} cannot be built:\n{tail}")


def _push(engine: Engine, port: int) -> None:
    names = [f"{PREFIX}:{port}/raw/{name}" for name in ("base", *RAW)]
    for name in names:
        engine.docker("tag", f"dify-lab/{name.rpartition('/')[2]}", name)
    engine.docker("push", "-q", names[0])  # first, so that the others find its layer
    jobs = [engine.popen(["push", "-q", name]) for name in names[1:]]
    for job in jobs:
        _, err = job.communicate()
        if job.returncode:
            raise LabError("push to the cache failed: " + err.decode(errors="replace")[-500:])
    engine.docker("rmi", *names, check=False)


@contextmanager
def temporary_registry(folder: Path) -> Iterator[int]:
    """A writable registry over *folder* on a free port of 127.0.0.1, which Docker talks to without TLS."""
    folder.mkdir(parents=True, exist_ok=True)
    port = next(p for p in range(26000 + os.getpid() % 500, 28000) if port_is_free(p))
    settings = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder)}, "cache": {"blobdescriptor": "inmemory"}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    config = folder.parent / f"{folder.name}-config.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    log = folder.parent / f"{folder.name}-log.txt"
    with log.open("wb") as out:
        command = [find_program("docker-registry") or "docker-registry", "serve", str(config)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        if not wait_until(lambda: not port_is_free(port) or process.poll() is not None, 15) or process.poll():
            raise LabError("registry does not start: " + log.read_text()[-500:])
        time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)
        config.unlink()
        log.unlink()
