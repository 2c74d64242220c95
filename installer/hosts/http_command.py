"""An HTTP request by a program on the host, for servers whose sshd forwards no connections.

``AllowTcpForwarding no`` is a common hardening (and Alpine's default). What may be secret (body, cookies)
goes to the program's standard input; an argument list can be read by every user of that machine. No program
follows redirects or verifies the certificate: it is the host's own server that is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, Host, Result
from installer.hosts.http_request import Request

_MISSING = 127
_EXTRA_SECONDS = 10.0  # for starting the program

_PYTHON = """
import socket, ssl, sys
address, port, name, tls, seconds = sys.argv[1:]
stream = socket.create_connection((address, int(port)), float(seconds))
if tls == "yes":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    stream = context.wrap_socket(stream, server_hostname=name)
stream.sendall(sys.stdin.buffer.read())
while True:
    data = stream.recv(65536)
    if not data:
        break
    sys.stdout.buffer.write(data)
"""

_BASH = 'exec 3<>"/dev/tcp/$1/$2" || exit 1; cat >&3; cat <&3'

#: busybox's wget has fewer options: it follows redirects, but the first answer is the one that is read
_WGET = """
command -v wget >/dev/null || exit 127
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
if wget --help 2>&1 | grep -q max-redirect; then
    set -- --max-redirect=0 --content-on-error --tries=1 "$@"
fi
exec wget -S -O - --no-check-certificate "$@"
"""
_WGET_HEAD = re.compile(r"^ +(HTTP/1\.\d \d{3}.*(?:\n +\S.*)*)", re.MULTILINE)


def _python(asked: Request) -> Command:
    arguments = (
        asked.address,
        str(asked.port),
        asked.name,
        "yes" if asked.tls else "no",
        f"{asked.timeout:.0f}",
    )
    return Command(("python3", "-c", _PYTHON, *arguments), stdin=asked.raw, admin=False)


def _curl(asked: Request) -> Command:
    options = [
        ("url", f"{asked.scheme}://{asked.authority}{asked.path}"),
        ("connect-to", f"::{asked.literal}:{asked.port}"),
        ("request", asked.method),
        ("noproxy", "*"),
        ("max-time", f"{asked.timeout:.0f}"),
        *(("header", f"{key}: {value}") for key, value in asked.headers.items()),
    ]
    if asked.body is not None:
        options.append(("data-raw", asked.body.decode()))
    flags = ("include", "insecure", "silent", "show-error", "http1.0", "globoff")
    lines = [*flags, *(f"{name} = {_quoted(value)}" for name, value in options)]
    # -q: without the user's own settings
    return Command(("curl", "-q", "-K", "-"), stdin=("\n".join(lines) + "\n").encode(), admin=False)


def _quoted(value: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        value = value.replace(plain, escaped)
    return f'"{value}"'


def _bash(asked: Request) -> Command | None:
    if asked.tls:
        return None
    return Command(
        ("bash", "-c", _BASH, "bash", asked.address, str(asked.port)), stdin=asked.raw, admin=False
    )


def _wget(asked: Request) -> Command | None:
    if asked.method != "GET" or asked.body is not None or any(k.lower() == "cookie" for k in asked.headers):
        return None  # they would have to be arguments
    headers = {"Host": asked.authority, **asked.headers}
    options = ("-T", f"{asked.timeout:.0f}", *(f"--header={key}: {value}" for key, value in headers.items()))
    url = f"{asked.scheme}://{asked.literal}:{asked.port}{asked.path}"
    return Command(("sh", "-c", _WGET, "sh", *options, url), admin=False)


#: In this order: the first two can everything.
TOOLS: tuple[Callable[[Request], Command | None], ...] = (_python, _curl, _bash, _wget)


def ask_by_command(host: Host, asked: Request) -> tuple[bytes, str] | None:
    """The raw answer (empty: none) and what the program said about a failure; None if none is there."""
    for tool in TOOLS:
        command = tool(asked)
        if command is None:
            continue
        try:
            result = host.run(command, timeout=asked.timeout + _EXTRA_SECONDS)
        except InstallError as e:
            if e.code is not Code.HOST_TIMEOUT:
                raise
            return b"", str(e)
        if result.exit_code != _MISSING:
            return _answer(result), result.errors.strip().rpartition("\n")[2]
    return None


def _answer(result: Result) -> bytes:
    head = _WGET_HEAD.search(result.errors)
    if head is None:
        return result.stdout
    lines = [line.strip() for line in head[1].splitlines()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + result.stdout
