"""A websocket that says one word and ends (RFC 6455)."""

from __future__ import annotations

import base64
import hashlib

from .handler import Handler

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
WORD = b"lab"


def talk(request: Handler) -> None:
    """Answer the upgrade, say ``lab`` in a text frame, close."""
    key = request.headers.get("Sec-WebSocket-Key") or ""
    accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
    request.send_response(101)
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(bytes((0x81, len(WORD))) + WORD + bytes((0x88, 0)))
    request.close_connection = True
