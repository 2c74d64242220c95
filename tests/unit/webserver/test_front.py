"""The configurations for a web server in front of Dify: what they say, and that nothing typed becomes part of
them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.answers import Answers, answer_problems
from installer.answers.model import Ports, Site, Target, Tls
from installer.config.https import HSTS_SECONDS
from installer.https.reverse_proxy.front import Front, certbot_command, server_name, snippet
from installer.https.reverse_proxy.kinds import KINDS, Kind

FRONT = Front("dify", "dify.example.com", "127.0.0.1:8080", "100M", 3600, 1800)
TLS = FRONT.with_certbot()
BEHIND = Answers(
    target=Target(host="203.0.113.5", user="root", directory="/opt/dify"),
    site=Site("dify.example.com", "127.0.0.1"),
    ports=Ports(http=8080),
    tls=Tls(mode="proxy"),
)
ODD = "aA1.-_日;{}\n\"'$\\ %:"
MARKS = ";{}$\"'\\#<>"
every_kind = pytest.mark.parametrize("kind", KINDS)


def without_comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def test_nginx_passes_everything_that_dify_needs() -> None:
    lines = without_comments(snippet("nginx", TLS))
    for wanted in (
        "listen 443 ssl;",
        "server_name dify.example.com;",
        'ssl_certificate "/etc/letsencrypt/live/dify.example.com/fullchain.pem";',
        'ssl_certificate_key "/etc/letsencrypt/live/dify.example.com/privkey.pem";',
        "return 301 https://dify.example.com$request_uri;",
        "client_max_body_size 100M;",
        "proxy_pass http://127.0.0.1:8080;",
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_buffering off;",
        "proxy_read_timeout 3600s;",
        "proxy_send_timeout 1800s;",
    ):
        assert wanted in lines, wanted
    assert lines.count("listen 80;") == 1 and lines.count("listen [::]:80;") == 1


def test_apache_and_caddy() -> None:
    apache = without_comments(snippet("apache", TLS))
    for wanted in (
        r'RedirectMatch permanent "^/(?!\.well-known/acme-challenge/)(.*)$" "https://dify.example.com/$1"',
        "ProxyPreserveHost On",
        "RewriteRule ^/(.*)$ ws://127.0.0.1:8080/$1 [P,L]",
        'ProxyPass "/" "http://127.0.0.1:8080/" flushpackets=on timeout=3600 nocanon',
        'RequestHeader set X-Forwarded-Proto "https"',
    ):
        assert wanted in apache, wanted
    caddy = without_comments(snippet("caddy", FRONT))
    assert caddy == ["dify.example.com {", "reverse_proxy 127.0.0.1:8080 {", "flush_interval -1", "}", "}"]
    assert 'tls "/a.crt" "/a.key"' in without_comments(
        snippet("caddy", replace(FRONT, certificate="/a.crt", key="/a.key"))
    )


@every_kind
def test_switches(kind: Kind) -> None:
    with_all = snippet(kind, replace(TLS, hsts=True))
    assert "Strict-Transport-Security" in with_all and f'"max-age={HSTS_SECONDS}"' in with_all
    assert "Strict-Transport-Security" not in snippet(kind, TLS)
    if kind != "caddy":  # it redirects by itself
        no_redirect = without_comments(snippet(kind, replace(TLS, redirect=False)))
        assert not any(
            line.startswith(("listen 80", "return 301", "<VirtualHost *:80")) for line in no_redirect
        )
        assert "443" not in "".join(without_comments(snippet(kind, FRONT)))
    assert not re.search(r"@[A-Za-z!]", with_all), "a field or a flag is left"


def test_proofs_for_an_authority_are_neither_redirected_nor_kept_to_https() -> None:
    nginx = without_comments(snippet("nginx", replace(TLS, hsts=True)))
    plain = nginx[nginx.index("server {") : nginx.index("server {", nginx.index("server {") + 1)]
    assert plain.index("location ^~ /.well-known/acme-challenge/ {") < plain.index("location / {")
    assert nginx.count(r'~^/\.well-known/acme-challenge/ "";') == 1
    apache = without_comments(snippet("apache", replace(TLS, hsts=True)))
    hsts = next(line for line in apache if "Strict-Transport-Security" in line)
    assert hsts.endswith(r'"expr=%{REQUEST_URI} !~ m#^/\.well-known/acme-challenge/#"')


def test_without_ipv6_and_without_a_certificate() -> None:
    text = snippet("nginx", replace(FRONT, ipv6=False, placed=True, hsts=True))
    assert "[::]" not in text and "ssl" not in "".join(without_comments(text))
    assert "Strict-Transport-Security" not in text  # over plain http it means nothing
    assert "certbot certonly --nginx -d dify.example.com" in text
    assert "certbot" not in snippet("nginx", replace(FRONT, name="203.0.113.5"))


def test_limits_are_those_of_dify() -> None:
    env = {
        "NGINX_CLIENT_MAX_BODY_SIZE": "205M",
        "NGINX_PROXY_READ_TIMEOUT": "2h",
        "NGINX_PROXY_SEND_TIMEOUT": "90",
    }
    front = Front.of(BEHIND, env)
    assert (front.body, front.read, front.send) == ("205M", 7200, 90)
    strange = Front.of(BEHIND, {"NGINX_CLIENT_MAX_BODY_SIZE": "1m; }", "NGINX_PROXY_READ_TIMEOUT": "1d 2h"})
    assert (strange.body, strange.read) == ("100M", 3600)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Dify.Example.com.", "dify.example.com"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("203.0.113.5", "203.0.113.5"),
        ("2001:DB8:0::1", "[2001:db8::1]"),
        ("fe80::1%eth0;}", "[fe80::1]"),
    ],
)
def test_names_as_browsers_send_them(address: str, name: str) -> None:
    assert server_name(address) == name


@pytest.mark.parametrize("address", ["a b", "a;b", "a{b", "a\nb", 'a"b', "", "a..b", "$host"])
def test_what_is_no_name_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        server_name(address)


def test_a_backend_that_others_reach_too() -> None:
    assert Front.of(replace(BEHIND, site=Site("x.jp", "0.0.0.0")), {}).backend == "127.0.0.1:8080"
    assert Front.of(replace(BEHIND, site=Site("x.jp", "fd00::5")), {}).backend == "[fd00::5]:8080"


def test_certbot_is_for_names() -> None:
    assert certbot_command("nginx", "x.jp") and not certbot_command("nginx", "[2001:db8::1]")
    assert not certbot_command("caddy", "x.jp")


@given(
    address=st.one_of(
        st.text(max_size=30), st.ip_addresses().map(str), st.text("aA1.-_日;{}\n\"'$\\ %:", max_size=20)
    ),
    bind=st.one_of(st.ip_addresses().map(str), st.text("fe80:%;}{\n1", max_size=12)),
    port=st.integers(-5, 70000),
    directory=st.one_of(st.text(max_size=20), st.text("/aZ;{}\n#\"'$日", max_size=20)),
    project=st.text("aZ_-;{}\n$", max_size=8),
    paths=st.text('/aZ.;{}\n"$ \\-_@', max_size=20),
)
def test_nothing_that_is_typed_becomes_configuration(
    address: str, bind: str, port: int, directory: str, project: str, paths: str
) -> None:
    """Answers that the settings let through give the same lines as harmless ones, apart from the fields."""
    answers = Answers(
        target=Target(host="203.0.113.5", user="root", directory=f"/srv/{directory}", project=project),
        site=Site(address, bind),
        ports=Ports(http=port),
        tls=Tls(mode="proxy", proxy_certificate=paths, proxy_key=paths),
    )
    if answer_problems(answers):
        return
    front = Front.of(answers, {})
    chain = "c" if front.certificate else ""
    for kind in KINDS:
        name = "[::1]" if "[" in front.name else "x" if certbot_command("nginx", front.name) else "1"
        plain = replace(front, name=name, project="p", backend="b:1", certificate=chain, key=chain)
        shape, made = snippet(kind, plain), snippet(kind, front)
        assert len(made.splitlines()) == len(shape.splitlines())
        assert {mark: made.count(mark) for mark in MARKS} == {mark: shape.count(mark) for mark in MARKS}
        assert made.isascii()
