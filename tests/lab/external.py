"""Servers of somebody else in the lab's network: PostgreSQL, MariaDB, Redis with TLS, an S3-compatible store.

Real programs: the lab's own images of Debian's packages, and moto from Python's index. Redis' certificate is
of an authority that nobody in the lab knows.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import cache, releases
from .lab import Lab
from .locks import held
from .pki import CURVE
from .place import CACHE
from .procs import run, wait_until

USER, PASSWORD, DATABASE = "dify", "Ext-pass/1@x", "dify_data"
NAMES = ("ext-postgresql", "ext-mariadb", "ext-redis", "ext-s3")
TLS_PORT, S3_PORT = 6380, 9000
#: What moto brings besides; pinned, as its rules for rights are what is tested with.
PACKAGES = ("moto[server,s3,iam]==5.2.5",)


@dataclass(frozen=True)
class External:
    """All four, up. ``stop`` removes them."""

    lab: Lab

    def ip(self, name: str) -> str:
        """The address of one of ``NAMES``."""
        return str(self.lab.place.network.network_address + 240 + NAMES.index(name))

    @property
    def folder(self) -> Path:
        return self.lab.place.run / "external"

    @property
    def authority(self) -> Path:
        """Of Redis' certificate."""
        return self.folder / "ca.crt"

    def start(self) -> None:
        """Idempotent: servers that run stay."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._certificates()
        self._postgresql()
        self._mariadb()
        self._redis()
        self._s3()

    def stop(self) -> None:
        """Remove them with what they kept."""
        for name in NAMES:
            self.lab.engine.docker("rm", "-f", "-v", name, check=False)

    # ------------------------------------------------------------------ each

    def _run(self, name: str, *words: str | Path) -> bool:
        """Start container *name* unless it runs; whether it was started."""
        engine = self.lab.engine
        if engine.docker("inspect", "-f", "{{.State.Running}}", name, check=False) == "true":
            return False
        engine.docker("rm", "-f", "-v", name, check=False)
        network = ("--network", self.lab.place.docker_network, "--ip", self.ip(name))
        engine.docker("run", "-d", "--name", name, *network, *words)
        return True

    def _exec(self, name: str, *words: str, check: bool = True) -> str:
        return self.lab.engine.docker("exec", name, *words, check=check)

    def _postgresql(self) -> None:
        name = NAMES[0]
        if not self._run(name, "-e", f"POSTGRES_PASSWORD={PASSWORD}", "postgres:15-alpine"):
            return
        ask = ("psql", "-h", "127.0.0.1", "-U", "postgres", "-Atqc")
        wait_until(lambda: self._sql(name, *ask, "select 1") == "1", 40, 0.3)
        self._sql(name, *ask, f"create role {USER} login createdb password '{PASSWORD}'")
        self._sql(name, *ask, f"create database {DATABASE} owner {USER}")
        self._sql(name, *ask, "create role poor login password 'poor'")

    def _sql(self, name: str, *words: str) -> str:
        return self._exec(name, "env", f"PGPASSWORD={PASSWORD}", *words, check=False)

    def _mariadb(self) -> None:
        name = NAMES[1]
        if not self._run(name, "-e", f"MYSQL_ROOT_PASSWORD={PASSWORD}", "mysql:8.0"):
            return
        ask = ("env", f"MYSQL_PWD={PASSWORD}", "mysql", "-uroot", "-Ne")
        wait_until(lambda: self._exec(name, *ask, "select 1", check=False) == "1", 60, 0.3)
        made = [f"create user {USER}@'%' identified by '{PASSWORD}'"]
        for database in (DATABASE, "dify_plugin"):
            made += [f"create database {database}", f"grant all on {database}.* to {USER}@'%'"]
        self._exec(name, *ask, "; ".join(made))

    def _redis(self) -> None:
        files = ("/ca.crt", "/redis.crt", "/redis.key")
        mounts = [w for f in files for w in ("-v", f"{self.folder}{f}:{f}:ro")]
        tls = ["--tls-port", str(TLS_PORT), "--tls-cert-file", "/redis.crt", "--tls-key-file", "/redis.key"]
        tls += ["--tls-ca-cert-file", "/ca.crt", "--tls-auth-clients", "no"]
        self._run(NAMES[2], *mounts, "redis:6-alpine", *tls, "--requirepass", PASSWORD)
        wait_until(lambda: "PONG" in self._ping(), 20, 0.2)

    def _ping(self) -> str:
        return self._exec(NAMES[2], "redis-cli", "-a", PASSWORD, "--no-auth-warning", "ping", check=False)

    def _s3(self) -> None:
        script = Path(__file__).with_name("object_store.py")
        mounts = ("-v", f"{packages()}:/packages:ro", "-v", f"{script}:/object_store.py:ro")
        known = cache.images(releases.with_images())
        image = next(i.name for i in known if i.repository == "langgenius/dify-api")
        python = ("--entrypoint", "python3", "-e", "PYTHONPATH=/packages", image, "/object_store.py")
        if self._run(NAMES[3], *mounts, *python):
            wait_until(lambda: self._keys_line() != "", 40, 0.3)

    def _keys_line(self) -> str:
        said = self.lab.engine.docker("logs", NAMES[3], check=False)
        return next((line for line in said.splitlines() if line.startswith("[")), "")

    @cached_property
    def keys(self) -> tuple[str, str]:
        """Access key and secret key of the S3-compatible store."""
        access, secret = json.loads(self._keys_line())
        return str(access), str(secret)

    def _certificates(self) -> None:
        if self.authority.is_file():
            return
        authority, key = self.authority, self.folder / "ca.key"
        usage = ("basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign")
        extensions = [word for text in usage for word in ("-addext", text)]
        subject = ["-days", "3650", "-subj", "/CN=Somebody else"]
        run(["openssl", "req", "-x509", *CURVE, *subject, *extensions, "-keyout", key, "-out", authority])
        request, more = self.folder / "redis.csr", self.folder / "redis.ext"
        server = self.folder / "redis.key"
        run(["openssl", "req", *CURVE, "-subj", "/CN=redis", "-keyout", server, "-out", request])
        more.write_text(
            f"subjectAltName=IP:{self.ip(NAMES[2])}\nauthorityKeyIdentifier=keyid\n"
            "subjectKeyIdentifier=hash\nextendedKeyUsage=serverAuth\n"
        )
        signer = ["-CA", str(authority), "-CAkey", str(key), "-CAcreateserial", "-days", "3000"]
        signer += ["-extfile", str(more)]
        run(["openssl", "x509", "-req", "-in", request, *signer, "-out", self.folder / "redis.crt"])
        server.chmod(0o644)  # read by a user of the container


def packages() -> Path:
    """A folder with moto, for the Python of the lab's images (Debian's, as this machine's); made once."""
    folder = (
        CACHE / f"packages-{PACKAGES[0].rpartition('==')[2]}-py{sys.version_info[0]}.{sys.version_info[1]}"
    )
    done = folder / ".done"
    with held(CACHE / "packages.lock"):
        if not done.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            pip = [sys.executable, "-m", "pip", "-q", "install", "--disable-pip-version-check"]
            run([*pip, "--target", folder / "all", *PACKAGES])
            done.touch()
    return folder / "all"
