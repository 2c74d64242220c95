"""Web servers of the machine: what the script finds, and how it is read."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from installer.facts.packages import Process
from installer.facts.parsers.webservers import webservers
from tests.unit.facts.test_script import SHELLS, parts

BODY = """\
nginx=/usr/sbin/nginx
apache=
caddy=/usr/bin/caddy
nginx_running=yes
nginx_include=/etc/nginx/modules-enabled/*.conf
nginx_include=conf.d/*.conf
place=/etc/nginx/conf.d
ours=0123 /etc/nginx/conf.d/dify-dify.conf
certificate=dify.example.com
"""


def test_read() -> None:
    found = webservers(BODY, [Process(7, "caddy"), Process(8, "nginx"), Process(9, "httpd")])
    assert (found.nginx, found.apache, found.caddy) == ("/usr/sbin/nginx", "", "/usr/bin/caddy")
    assert found.running == {"nginx", "caddy", "apache"}
    assert found.includes == ("/etc/nginx/modules-enabled/*.conf", "/etc/nginx/conf.d/*.conf")
    assert found.ours == {"/etc/nginx/conf.d/dify-dify.conf": "0123"}
    assert found.certificates == {"dify.example.com"} and found.places == ("/etc/nginx/conf.d",)


def test_an_nginx_in_a_container_is_not_the_machine_s() -> None:
    assert webservers("nginx=\n", [Process(7, "nginx")]).running == frozenset()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX shells and /proc")
@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_found_by_every_shell(shell: list[str], tmp_path: Path) -> None:
    """The part of the script, with its folders below one of ours."""
    root = str(tmp_path)
    for name in ("etc/nginx/conf.d", "etc/nginx/sites-enabled", "etc/letsencrypt/live/a.example", "run"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/letsencrypt/live/half.example").mkdir()
    (tmp_path / "etc/letsencrypt/live/half.example/fullchain.pem").write_text("x")
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / "etc/letsencrypt/live/a.example" / name).write_text("x")
    (tmp_path / "etc/nginx/conf.d/dify-shop.conf").write_text("ours\n")
    (tmp_path / "etc/nginx/nginx.conf").write_text(
        "http {\n\tinclude   mime.types;\n    include /etc/nginx/conf.d/*.conf; # ours\n#   include no;\n}\n"
    )
    (tmp_path / "run/nginx.pid").write_text("1\n")  # of somebody else by now
    text = (
        parts("part_webservers\n")
        .replace("/etc/", f"{root}/etc/")
        .replace("/run/nginx.pid", f"{root}/run/nginx.pid")
    )
    done = subprocess.run(
        [*shell, "-s", "--", "MARK", "/opt/dify", "shop"],
        input=text,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found = webservers(done.stdout.replace(root, ""), ())
    assert (
        found.includes == ("/etc/nginx/mime.types", "/etc/nginx/conf.d/*.conf")
        and found.running == frozenset()
    )
    assert found.ours == {"/etc/nginx/conf.d/dify-shop.conf": hashlib.sha256(b"ours\n").hexdigest()}
    assert found.places == ("/etc/nginx/sites-enabled", "/etc/nginx/conf.d")
    assert found.certificates == {"a.example"}
