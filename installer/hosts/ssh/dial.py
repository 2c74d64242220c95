"""A TCP connection made by a program on the server, where sshd forwards none (``AllowTcpForwarding no``)."""

from __future__ import annotations

from installer.core.errors import Code, InstallError
from installer.hosts.base import Command
from installer.hosts.limits import Limits
from installer.hosts.ssh.run import Runner
from installer.hosts.ssh.streams import ProcessStream

_START_SECONDS = 30.0

#: Python 3.6 must do. The input's end is passed on; the end of what the other side sends ends it.
DIAL_PYTHON = """
import os, socket, sys, threading
link = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)
link.settimeout(None)
def send():
    try:
        data = os.read(0, 65536)
        while data:
            link.sendall(data)
            data = os.read(0, 65536)
        link.shutdown(socket.SHUT_WR)
    except OSError:
        os._exit(1)
threading.Thread(target=send, daemon=True).start()
data = link.recv(65536)
while data:
    while data:
        data = data[os.write(1, data):]
    data = link.recv(65536)
os._exit(0)
"""
#: Whichever direction ends first ends both: bash cannot close half a connection.
DIAL_BASH = """
exec 3<>"/dev/tcp/$1/$2" 4<&0 || exit 1
cat <&3 & down=$!
cat <&4 >&3 & up=$!
wait -n
kill "$down" "$up" 2>/dev/null
exit 0
"""
DIAL_SCRIPT = """
if command -v python3 >/dev/null; then exec python3 -c "$3" "$1" "$2"; fi
if command -v bash >/dev/null; then exec bash -c "$4" bash "$1" "$2"; fi
if command -v nc >/dev/null; then exec nc "$1" "$2"; fi
exit 127
"""
_MISSING = 127


def dial_by_program(runner: Runner, address: str, port: int) -> ProcessStream:
    """A connection from the server to *address*:*port*. A session channel of its own.

    Raises as ``Runner.start``. A connection that is refused shows in ``recv``:
    ``InstallError(HOST_ADDRESS_UNREACHABLE)``, or SSH_FORWARDING_REFUSED where no program can dial.
    """

    def refused(text: str, exit_code: int) -> InstallError:
        params = {"address": address, "port": str(port)}
        if exit_code == _MISSING:
            return InstallError(Code.SSH_FORWARDING_REFUSED, runner.pool.lost().params, detail=text)
        return InstallError(Code.HOST_ADDRESS_UNREACHABLE, params, detail=text.strip())

    words = ("sh", "-c", DIAL_SCRIPT, "sh", address, str(port), DIAL_PYTHON, DIAL_BASH)
    bound = runner.pool.bound
    limits = Limits.of(bound.token, _START_SECONDS)
    process = runner.start(Command(words, admin=False), limits)
    try:
        process.wait_ready(limits)
    except BaseException:
        process.close()
        raise
    return bound.keep(ProcessStream(process, refused))
