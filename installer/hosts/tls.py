"""TLS over any byte stream, to look at a web server through a host's own connection."""

from __future__ import annotations

import ssl

from installer.core.streams import ByteStream

PIECE = 65536


class TlsStream:
    """A ``ByteStream`` inside TLS.

    The certificate is not verified against an authority: the server asked is the one on the host's own
    address, and a self-signed certificate must be possible. ``certificate`` says what was
    shown, so that the caller can compare it with what it installed.
    """

    def __init__(self, stream: ByteStream, name: str) -> None:
        """Does the handshake. Raises ``OSError`` (``ssl.SSLError`` is one)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._stream = stream
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._exchange()
        self._flush()

    @property
    def certificate(self) -> bytes:
        """The server's certificate, DER."""
        return self._tls.getpeercert(binary_form=True) or b""

    def sendall(self, data: bytes) -> None:
        """Encrypt and send."""
        self._tls.write(data)
        self._flush()

    def recv(self, size: int) -> bytes:
        """Decrypted bytes, empty at the end."""
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                self._exchange()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def settimeout(self, seconds: float | None) -> None:
        """Of the stream below."""
        self._stream.settimeout(seconds)

    def close(self) -> None:
        """Close the stream below."""
        self._stream.close()

    def _flush(self) -> None:
        data = self._out.read()
        if data:
            self._stream.sendall(data)

    def _exchange(self) -> None:
        self._flush()
        data = self._stream.recv(PIECE)
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()
