"""The settings of a web server in front of Dify: names, ports, limits, and its configuration by kind.
Pure.

Whatever a person typed goes through ``server_name`` or a check of the settings, so that nothing of it can be
read as configuration.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from installer.answers import Answers
from installer.config.https import HSTS_SECONDS
from installer.core.addresses import url_host
from installer.core.resources import filled, read_text, table
from installer.hosts.http import reachable_address
from installer.https.reverse_proxy.kinds import Kind

_FLAG = re.compile(r"@(!?)([a-z0-9]+)\?")
_SIZE = re.compile(r"(\d{1,12})([kKmMgG]?)")
_TIME = re.compile(r"(\d{1,8})([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Front:
    """*name*: the name in a configuration (ASCII, IPv6 in brackets). *backend*: where Dify's own web server
    is reached from there. *body*: as nginx writes it, 0 = no limit; *read* and *send* in seconds.
    *certificate* and *key*: paths there, empty for none; *assumed*: they were not given. *ipv6*: it listens
    there, too. *placed*: the text is for a file that this program keeps."""

    project: str
    name: str
    backend: str
    body: str
    read: int
    send: int
    certificate: str = ""
    key: str = ""
    assumed: bool = False
    redirect: bool = True
    hsts: bool = False
    ipv6: bool = True
    placed: bool = False

    @classmethod
    def of(cls, answers: Answers, env: Mapping[str, str]) -> Front:
        """For *answers*; *env*: Dify's ``.env``, which says how large a file and how long an answer may
        be."""
        limits = table("webserver")["limits"]
        return cls(
            project=answers.project,
            name=server_name(answers.site_address),
            backend=f"{url_host(reachable_address(answers.site.bind))}:{answers.ports.http}",
            body=_size(env.get(limits["body_variable"], ""), limits["body"]),
            read=_seconds(env.get(limits["read_variable"], ""), limits["seconds"]),
            send=_seconds(env.get(limits["send_variable"], ""), limits["seconds"]),
            certificate=answers.tls.proxy_certificate,
            key=answers.tls.proxy_key,
            redirect=answers.tls.redirect,
            hsts=answers.tls.hsts,
        )

    def with_certbot(self) -> Front:
        """With the certificate where certbot puts it."""
        certificate, key = certbot_files(self.name)
        return replace(self, certificate=certificate, key=key)


def server_name(address: str) -> str:
    """*address* as browsers send it: names in ASCII and lower case, IPv6 in brackets and without a zone.

    ``ValueError`` for what is neither a name nor an address.
    """
    plain = address.partition("%")[0]
    try:
        return url_host(str(ipaddress.ip_address(plain)))
    except ValueError:
        name = address.rstrip(".").encode("idna").decode().lower()
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", name):
        raise ValueError(address)
    return name


def certbot_files(name: str) -> tuple[str, str]:
    """Where certbot puts the certificate for *name*, and its key."""
    known = table("webserver")["certbot"]
    return known["certificate"].format(name=name), known["key"].format(name=name)


def certbot_command(kind: Kind, name: str) -> str:
    """What a person runs to get a certificate for *name*; empty where none is needed, and for an address:
    certbot gets them for names."""
    if not re.search("[a-z]", name) or ":" in name:
        return ""
    return str(table("webserver")["certbot"]["command"][kind].format(name=name))


def snippet_for(kind: Kind, answers: Answers, env: Mapping[str, str]) -> str:
    """The configuration that people put in place themselves: without a named certificate the one that certbot
    would get is assumed. *env* as for ``Front.of``."""
    front = Front.of(answers, env)
    if not front.certificate and kind != "caddy":
        front = replace(front.with_certbot(), assumed=True)
    return snippet(kind, front)


def snippet(kind: Kind, front: Front) -> str:
    """The configuration for *kind*: the same front gives the same text."""
    tls = bool(front.certificate)
    flags = {
        "tls": tls,
        "assumed": front.assumed,
        "redirect": front.redirect and tls,
        "hsts": front.hsts and (tls or kind == "caddy"),
        "ipv6": front.ipv6,
        "placed": front.placed,
        "named": "[" not in front.name,
        "command": bool(certbot_command(kind, front.name)),
    }
    fields = {
        "PROJECT": front.project,
        "VARIABLE": re.sub(r"[^a-z0-9]", "_", front.project),
        "NAME": front.name,
        "BACKEND": front.backend,
        "BODY": front.body,
        "READ": str(front.read),
        "SEND": str(front.send),
        "CERTIFICATE": front.certificate,
        "KEY": front.key,
        "HSTS": str(HSTS_SECONDS),
        "COMMAND": certbot_command(kind, front.name),
    }
    lines = (_line(line, flags) for line in read_text(f"webserver/{kind}.conf").splitlines())
    text = "".join(f"{line}\n" for line in lines if line is not None)
    return filled(text, fields)


def _line(line: str, flags: Mapping[str, bool]) -> str | None:
    """*line* without its flags, None if one of them does not hold."""
    while flag := _FLAG.match(line):
        if flags[flag[2]] == bool(flag[1]):
            return None
        line = line[flag.end() :]
        if not _FLAG.match(line):
            line = line.removeprefix(" ")
    return line.rstrip()


def _size(text: str, default: str) -> str:
    return text if _SIZE.fullmatch(text) else default


def _seconds(text: str, default: int) -> int:
    time = _TIME.fullmatch(text)
    return int(time[1]) * _SECONDS[time[2]] if time and int(time[1]) else default
