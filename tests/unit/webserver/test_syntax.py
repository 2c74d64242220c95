"""The programs themselves read what we write for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installer.https.reverse_proxy.front import Front, snippet
from tests.web_servers import Program, apache_modules, encrypted, needed

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
    main = tmp_path / "apache.conf"
    main.write_text(
        f'ServerRoot "{tmp_path}"\nServerName x\nPidFile {tmp_path}/pid\n'
        f"ErrorLog {tmp_path}/error\nMutex file:{tmp_path}\n"
        + apache_modules(apache)
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
