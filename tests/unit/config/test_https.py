"""What our web server does with HTTPS beyond a release: its text, and a real nginx with it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from installer.answers import Answers, Ports, Secrets, Target, Tls
from installer.config import Configuration, render
from installer.config.https import HSTS_SECONDS, HTTPS_TEMPLATE
from tests.certificates import SITE_NAME, key_pem, pem, site
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release
from tests.releases import model_of, tree_of

OWN = site(None)
CHALLENGE = "/.well-known/acme-challenge/token"
needs_nginx = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("envsubst")), reason="no nginx or envsubst here"
)


def configure(version: str, folder: Path, *, redirect: bool, hsts: bool, port: int = 443) -> Configuration:
    (folder / "c.pem").write_bytes(pem(OWN))
    (folder / "k.pem").write_bytes(key_pem(OWN.key))
    tls = Tls("own", str(folder / "c.pem"), str(folder / "k.pem"), redirect=redirect, hsts=hsts)
    answers = Answers(target=Target(host=SITE_NAME, user="u"), tls=tls, ports=Ports(https=port))
    return render(answers, Secrets(), tree_of(version), model_of(version))


def template(configuration: Configuration) -> str:
    return {f.path: f.data.decode() for f in configuration.files}.get(HTTPS_TEMPLATE, "")


@every_release
def test_the_releases_own_lines_stay(version: str, tmp_path: Path) -> None:
    own = tree_of(version).text("nginx/https.conf.template").rstrip("\n")
    for redirect, hsts in ((True, False), (False, True), (True, True)):
        text = template(configure(version, tmp_path, redirect=redirect, hsts=hsts))
        assert text.startswith(f"{own}\n")
        assert ("return 301 https://$host$request_uri;" in text) == redirect
        assert ("Strict-Transport-Security" in text) == hsts
        assert text.count(r'if ($uri ~ "^/\.well-known/acme-challenge/")') == redirect + hsts
    assert "https://$host:8443$request_uri" in template(
        configure(version, tmp_path, redirect=True, hsts=False, port=8443)
    )
    neither = configure(version, tmp_path, redirect=False, hsts=False)
    assert template(neither) == "" and "https.conf.template" not in neither.override_text


@every_release
@needs_compose
@pytest.mark.parametrize(("redirect", "hsts"), [(True, False), (False, True), (True, True)])
def test_the_container_keeps_every_variable_of_nginx(
    version: str, redirect: bool, hsts: bool, tmp_path: Path
) -> None:
    """The entry point puts the environment in place of all variables of the template."""
    configuration = configure(version, tmp_path, redirect=redirect, hsts=hsts)
    (tmp_path / "tree").mkdir()
    contents = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
    nginx = compose_config(tmp_path / "tree", contents)["services"]["nginx"]
    ours = template(configuration).removeprefix(tree_of(version).text("nginx/https.conf.template").rstrip())
    used = set(re.findall(r"\$\{?(\w+)", ours))
    assert used and {name: nginx["environment"][name] for name in used} == {n: f"${n}" for n in used}


@every_release
def test_no_header_of_a_release_hides_ours(version: str) -> None:
    """nginx takes add_header from the level above only where a level has none of its own."""
    for name in ("nginx/conf.d/default.conf.template", "nginx/proxy.conf.template"):
        assert "add_header" not in tree_of(version).text(name)


# ------------------------------------------------------------------------- a real nginx


@dataclass(frozen=True)
class Nginx:
    """Where it listens."""

    http: int
    https: int

    def get(self, path: str, *, tls: bool) -> HTTPResponse:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = (
            HTTPSConnection("127.0.0.1", self.https, timeout=10, context=context)
            if tls
            else HTTPConnection("127.0.0.1", self.http, timeout=10)
        )
        with closing(connection):
            connection.request("GET", path, headers={"Host": SITE_NAME})
            answer = connection.getresponse()
            answer.read()
        return answer


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def filled(text: str, environment: dict[str, str], names: str = "") -> str:
    """By ``envsubst``, as the entry point of a release has it; without *names* it replaces all."""
    words = ["envsubst", *([names] if names else [])]
    path = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        words, input=text, env={**environment, **path}, capture_output=True, text=True, check=True
    )
    return done.stdout


@contextmanager
def nginx(version: str, folder: Path, *, redirect: bool, hsts: bool) -> Iterator[Nginx]:
    """With the files of the release and ours; only what they hand requests on to is not there."""
    http, https = free_ports()
    configuration = configure(version, folder, redirect=redirect, hsts=hsts)
    (folder / "www" / ".well-known" / "acme-challenge").mkdir(parents=True)
    (folder / "www" / CHALLENGE[1:]).write_text("proof")
    for file in configuration.files:
        if file.path.startswith("nginx/ssl/"):
            (folder / Path(file.path).name).write_bytes(file.data)
    files = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
    (folder / "tree").mkdir()
    environment = {
        **compose_config(folder / "tree", files)["services"]["nginx"]["environment"],
        **{"NGINX_PORT": str(http), "NGINX_SSL_PORT": f"127.0.0.1:{https}"},
        **{"SSL_CERTIFICATE_PATH": f"{folder}/dify.crt", "SSL_CERTIFICATE_KEY_PATH": f"{folder}/dify.key"},
    }
    given = template(configuration) or tree_of(version).text("nginx/https.conf.template")
    environment["HTTPS_CONFIG"] = filled(given, environment)
    environment["ACME_CHALLENGE_LOCATION"] = f"location /.well-known/acme-challenge/ {{ root {folder}/www; }}"
    names = " ".join(f"${name}" for name in environment)
    server = filled(tree_of(version).text("nginx/conf.d/default.conf.template"), environment, names)
    server = re.sub(r"http://(\w+):(\d+)", "http://127.0.0.1:9", server)  # names that nobody answers for
    proxy = filled(tree_of(version).text("nginx/proxy.conf.template"), environment, names)
    (folder / "proxy.conf").write_text(proxy)
    whole = (
        ("user root;\n" if os.geteuid() == 0 else "")  # whose folders these are
        + f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log notice;\n"
        + "events {}\nhttp {\naccess_log off;\n"
        + "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"{server}\n}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    words = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(words)
    try:
        wait_for(http, process, folder)
        yield Nginx(http, https)
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(100):
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not listen")


@every_release
@needs_nginx
@needs_compose
def test_with_redirect_and_hsts(version: str, tmp_path: Path) -> None:
    with nginx(version, tmp_path, redirect=True, hsts=True) as there:
        for path in ("/", "/console/api/setup?a=b%20c", "/files/x", "/.well-known/other"):
            sent = there.get(path, tls=False)
            assert (sent.status, sent.headers["Location"]) == (301, f"https://{SITE_NAME}{path}")
            assert sent.headers["Strict-Transport-Security"] is None
        proof = there.get(CHALLENGE, tls=False)
        assert proof.status == 200 and proof.headers["Strict-Transport-Security"] is None
        assert there.get("/.well-known/acme-challenge/none", tls=False).status == 404
        for path in ("/", CHALLENGE, "/console/api/setup"):
            answer = there.get(path, tls=True)
            assert answer.status == (200 if path == CHALLENGE else 502)  # nobody is behind it
            hsts = None if path == CHALLENGE else f"max-age={HSTS_SECONDS}"
            assert answer.headers["Strict-Transport-Security"] == hsts
    assert "emerg" not in (tmp_path / "error.log").read_text()


@needs_nginx
@needs_compose
@pytest.mark.parametrize(("redirect", "hsts"), [(False, True), (True, False), (False, False)])
def test_with_one_of_them_or_none(redirect: bool, hsts: bool, tmp_path: Path) -> None:
    with nginx("99.0.0", tmp_path, redirect=redirect, hsts=hsts) as there:
        assert there.get("/", tls=False).status == (301 if redirect else 502)
        assert there.get(CHALLENGE, tls=False).status == 200
        assert there.get("/", tls=False).headers["Strict-Transport-Security"] is None
        secure = there.get("/", tls=True)
        assert secure.status == 502 and bool(secure.headers["Strict-Transport-Security"]) == hsts
