"""Where an address leads: what this computer's resolver says, and who answers there."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import threading
from dataclasses import dataclass
from typing import Literal

from installer.core.cancel import CancelToken
from installer.hosts.http_request import authority
from installer.network.outside import failure

#: A packet that is dropped is sent again after 1 and 3 seconds.
ATTEMPT_SECONDS = 6.0
_LIMIT = 4096
_STEP_SECONDS = 0.1
Met = Literal["ours", "other", "timeout", "refused", "route"]


@dataclass(frozen=True)
class Names:
    """Addresses of a name, by kind of record. *known* False: no resolver could be asked."""

    four: tuple[str, ...] = ()
    six: tuple[str, ...] = ()
    known: bool = True

    @property
    def all(self) -> tuple[str, ...]:
        """Both kinds."""
        return (*self.four, *self.six)


@dataclass(frozen=True)
class Answered:
    """What *address* said on port 80. *status* and *said*: of an answer that is not ours."""

    address: str
    met: Met
    status: int = 0
    said: str = ""


def look_up(name: str) -> Names:
    """A and AAAA of *name*; an IP address stands for itself. Asks this computer's resolver; blocks."""
    with contextlib.suppress(ValueError):
        ip = ipaddress.ip_address(name)
        return Names((str(ip),)) if ip.version == 4 else Names((), (str(ip),))
    found: dict[int, tuple[str, ...]] = {}
    known = True
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            infos = socket.getaddrinfo(name, 80, family, socket.SOCK_STREAM)
        except socket.gaierror as exc:
            known = known and exc.errno not in (socket.EAI_AGAIN, socket.EAI_FAIL)
            infos = []
        except (OSError, UnicodeError):
            known, infos = False, []
        found[family] = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
    return Names(found[socket.AF_INET], found[socket.AF_INET6], known or any(found.values()))


def look_up_under(name: str, cancel: CancelToken) -> Names:
    """As ``look_up``, but ends with *cancel* at once: a resolver that does not answer is waited for a long
    time. Raises ``Cancelled``."""
    found: list[Names] = []
    thread = threading.Thread(target=lambda: found.append(look_up(name)), name="resolver", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_STEP_SECONDS)
        cancel.check()
    return found[0]


def ask(address: str, name: str, path: str, word: str, cancel: CancelToken) -> Answered:
    """``GET http://address/path`` with *name* in the Host header: whether *word* comes back. Redirects are
    not followed, as nothing of ours redirects this path."""
    connection = http.client.HTTPConnection(address, 80, timeout=ATTEMPT_SECONDS)

    def shut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    try:
        with contextlib.closing(connection), cancel.on_cancel(shut):
            connection.request("GET", path, headers={"Host": authority(name, 80, tls=False)})
            answer = connection.getresponse()
            body = answer.read(_LIMIT).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as exc:
        cancel.check()
        reason = failure(exc).reason
        met: Met = reason if reason in ("timeout", "refused", "route") else "other"  # type: ignore[assignment]
        return Answered(address, met, said=f"{type(exc).__name__}: {exc}")
    if answer.status == 200 and body.strip() == word:
        return Answered(address, "ours")
    server = answer.headers.get("Server", "")
    return Answered(address, "other", answer.status, server or body[:100])
