"""The programs themselves read what we write for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installer.webserver.front import Front, snippet
from tests.lab.pki import CURVE
from tests.lab.procs import run
from tests.web_servers import Program, find

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

FRONT = Front("dify-2", "dify.example.com", "127.0.0.1:8080", "205M", 3600, 3600)
FORMS = [
    pytest.param(FRONT, False, id="plain"),
    pytest.param(replace(FRONT, hsts=True), True, id="tls"),
    pytest.param(
        replace(FRONT, name="[2001:db8::1]", backend="[fd00::5]:8080", redirect=False), True, id="ipv6"
    ),
    pytest.param(replace(FRONT, name="xn--r8jz45g.jp", body="0", ipv6=False, placed=True), True, id="placed"),
]
every_form = pytest.mark.parametrize(("front", "tls"), FORMS)
MODULES = (
    *(
        "mpm_event",
        "authz_core",
        "alias",
        "socache_shmcb",
        "ssl",
        "headers",
        "rewrite",
        "proxy",
        "proxy_http",
    ),
    "proxy_wstunnel",
)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program | None]:
    return {name: find(name, tmp_path_factory.mktemp(name)) for name in ("nginx", "apache2", "caddy")}


def needed(programs: dict[str, Program | None], name: str) -> Program:
    program = programs[name]
    if program is None:
        pytest.skip(f"NOT TESTED: there is no {name} here, nor could its package be fetched")
    return program


def encrypted(front: Front, folder: Path, *, tls: bool) -> Front:
    """*front* with a certificate that is really there."""
    if not tls:
        return front
    certificate, key = folder / "x.crt", folder / "x.key"
    subject = ("-subj", "/CN=x", "-days", "9")
    run(["openssl", "req", "-x509", *CURVE, *subject, "-keyout", key, "-out", certificate])
    return replace(front, certificate=str(certificate), key=str(key))


@every_form
def test_nginx(programs: dict[str, Program | None], front: Front, tls: bool, tmp_path: Path) -> None:
    nginx = needed(programs, "nginx")
    site, main = tmp_path / "site.conf", tmp_path / "nginx.conf"
    site.write_text(snippet("nginx", encrypted(front, tmp_path, tls=tls)))
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {tmp_path}/{name};" for name in names)
    main.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error; events {{}}\n"
        f"http {{ access_log off; {paths} include {site}; }}\n"
    )
    done = nginx.run("-t", "-c", str(main), "-e", str(tmp_path / "first"))
    assert done.returncode == 0, done.stdout
    assert "warn" not in done.stdout, done.stdout


@every_form
def test_apache(programs: dict[str, Program | None], front: Front, tls: bool, tmp_path: Path) -> None:
    apache = needed(programs, "apache2")
    modules = apache.path.parents[1] / "lib" / "apache2" / "modules"
    main = tmp_path / "apache.conf"
    main.write_text(
        f'ServerRoot "{tmp_path}"\nServerName x\nPidFile {tmp_path}/pid\n'
        f"ErrorLog {tmp_path}/error\nMutex file:{tmp_path}\n"
        + "".join(f'LoadModule {name}_module "{modules}/mod_{name}.so"\n' for name in MODULES)
        + snippet("apache", encrypted(front, tmp_path, tls=tls))
    )
    done = apache.run("-t", "-f", str(main))
    assert done.returncode == 0 and "Syntax OK" in done.stdout, done.stdout


@every_form
def test_caddy(programs: dict[str, Program | None], front: Front, tls: bool, tmp_path: Path) -> None:
    caddy = needed(programs, "caddy")
    main = tmp_path / "Caddyfile"
    main.write_text(snippet("caddy", encrypted(front, tmp_path, tls=tls)))
    home = {
        **caddy.env,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    done = Program(caddy.path, home).run("validate", "--adapter", "caddyfile", "--config", str(main))
    assert done.returncode == 0 and "Valid configuration" in done.stdout, done.stdout
