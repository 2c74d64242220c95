"""An expired password on a server that logs in first and then runs ``passwd`` on a terminal instead of us.

OpenSSH does so for keys and plain passwords (session.c, ``do_pwchange``); without a terminal it only says
"Password change required but no TTY available". New machines of several providers begin like this.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.ssh.keyboard_interactive import Answerer

if TYPE_CHECKING:
    import paramiko

    from installer.core.secrets import Secret
    from installer.hosts.ssh.login import SshLogin

#: what OpenSSH and PAM say instead of running a command
EXPIRED = re.compile(
    r"password change required|password has expired|must change your password", re.IGNORECASE
)
#: the end of a line without an end that waits for something
_PROMPT_ENDS = (":", "：", "?")
_QUIET = 0.4
_SERVER_SECONDS = 30.0
#: between two questions, however much the server says
_LONGEST_SECONDS = 120.0
_POLL = 0.05
#: bytes of what the server says that are kept: the end
_KEPT = 1 << 14


def change_password(
    channel: paramiko.Channel, login: SshLogin, answerer: Answerer, cancel: CancelToken
) -> Secret:
    """Have ``passwd`` on *channel*'s terminal get its answers from *answerer*; the new password.

    Raises ``InstallError(SSH_PASSWORD_EXPIRED)`` if it was not changed; ``Cancelled``.
    """
    channel.settimeout(_SERVER_SECONDS)
    channel.get_pty(width=500)
    channel.invoke_shell()
    output = ""
    while True:
        text, ended = _listen(channel, cancel)
        output = (output + text)[-_KEPT:]
        if ended:
            break
        *before, prompt = text.replace("\r", "").split("\n")
        (reply,) = answerer("", "\n".join(line for line in before if line.strip()), [(prompt, False)])
        channel.sendall(f"{reply}\n".encode())
    if channel.recv_exit_status() != 0 or answerer.new_password is None:
        params = {"host": login.host, "port": str(login.port), "user": login.user}
        raise InstallError(Code.SSH_PASSWORD_EXPIRED, params, detail=output.strip())
    return answerer.new_password


def asks(text: str) -> bool:
    """Whether *text* ends as a prompt does. No pattern: it is asked again and again while *text* grows."""
    return text.rstrip().endswith(_PROMPT_ENDS)


def _listen(channel: paramiko.Channel, cancel: CancelToken) -> tuple[str, bool]:
    """What comes up to a prompt (a line without an end, then silence) or to the end."""
    data = b""
    began = heard = time.monotonic()
    while time.monotonic() < min(heard + _SERVER_SECONDS, began + _LONGEST_SECONDS):
        cancel.check()
        if channel.recv_ready():
            data = (data + channel.recv(65536))[-_KEPT:]
            heard = time.monotonic()
        elif channel.closed or (channel.eof_received and channel.exit_status_ready()):
            return data.decode("utf-8", "replace"), True
        elif time.monotonic() - heard > _QUIET and asks(data.decode("utf-8", "replace")):
            return data.decode("utf-8", "replace"), False
        else:
            time.sleep(_POLL)
    raise TimeoutError("passwd neither asks nor ends")
