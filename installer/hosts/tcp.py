"""A TCP connection that can be cancelled while it is being made."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from typing import Any

from installer.core.cancel import CancelToken
from installer.hosts.cancel_scope import waiting

_IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", errno.EWOULDBLOCK)}
_POLL = 0.1


def connect_tcp(host: str, port: int, seconds: float, cancel: CancelToken) -> socket.socket:
    """Connected socket with TCP_NODELAY (an exec on an open SSH connection: 45 ms → 2.4 ms).

    Tries every address of *host*, the time is shared. Raises ``OSError`` (``gaierror``, ``TimeoutError``,
    ``ConnectionRefusedError``…) of the last address, ``Cancelled``.
    """
    deadline = time.monotonic() + seconds

    def resolve() -> list[Any]:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    addresses = waiting(resolve, cancel, lambda _: None)  # a resolver without an answer cannot be ended
    for number, (family, kind, protocol, _name, address) in enumerate(addresses, 1):
        sock = socket.socket(family, kind, protocol)
        try:
            _connect(sock, address, deadline, cancel)
        except OSError:
            sock.close()
            if number == len(addresses):
                raise
        except BaseException:
            sock.close()
            raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise socket.gaierror(socket.EAI_NONAME, "no address")


def _connect(sock: socket.socket, address: object, deadline: float, cancel: CancelToken) -> None:
    sock.setblocking(False)
    code = sock.connect_ex(address)  # type: ignore[arg-type]
    if code not in _IN_PROGRESS:
        raise OSError(code, os.strerror(code))
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while not selector.select(_POLL):
            cancel.check()
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "no answer")
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
    sock.setblocking(True)
