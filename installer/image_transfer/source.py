"""What a registry has of an image, asked by this computer: its manifest, and its blobs one by one.

By the distribution protocol (``docs/spec/api.md`` of distribution/distribution). Everything with a digest is
verified by it; a tag is whatever its registry says, over HTTPS.
"""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.registry.digest import Digest
from installer.registry.fetch import MOST_BYTES, read_token, token_url
from installer.registry.manifests import HUB, TYPES, Blob, Reference, blobs_of, digest_for, list_of
from installer.registry.pull_help import again_at
from installer.release import web
from installer.untrusted.json import loads

#: For a manifest or a token, which are some kilobytes.
_SECONDS = 60.0
#: Statuses that say what is wrong with an image; any other is the registry's trouble.
_STATUS = {
    401: Code.PULL_REFUSED,
    403: Code.PULL_REFUSED,
    404: Code.PULL_IMAGE_UNKNOWN,
    410: Code.PULL_IMAGE_UNKNOWN,
    429: Code.PULL_RATE_LIMITED,
}


@dataclass(frozen=True)
class Image:
    """An image as it is carried: *name* is what it is called on the target, *reference* where it comes from;
    *config* and *layers* in their order (a layer may be there twice)."""

    name: str
    reference: Reference
    config: Blob
    layers: tuple[Blob, ...]

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Each once, the configuration first."""
        return tuple(dict.fromkeys((self.config, *self.layers)))


class Source:
    """Asks registries, anonymously; a token that one gives is kept for the repository."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._tokens: dict[str, str] = {}

    def image(self, name: str, reference: Reference, arch: str) -> Image:
        """The image for Linux on *arch* (Go's name).

        Raises ``InstallError``: PULL_IMAGE_UNKNOWN, PULL_NO_PLATFORM, PULL_REFUSED, PULL_RATE_LIMITED,
        CARRY_REGISTRY_CLOSED, CARRY_DAMAGED; ``Cancelled``.
        """
        body = self._manifest(name, reference, reference.tag)
        if list_of(body):
            digest = digest_for(body, arch)
            if not digest:
                raise InstallError(Code.PULL_NO_PLATFORM, {"image": name, "platform": f"linux/{arch}"})
            body = self._manifest(name, reference, digest)
        blobs = blobs_of(body)
        if not blobs:
            raise InstallError(Code.CARRY_DAMAGED, {"image": name}, detail=f"no manifest: {body[:200]!r}")
        return Image(name, reference, blobs[0], blobs[1:])

    @contextmanager
    def blob(self, image: Image, blob: Blob, begin: int) -> Iterator[HTTPResponse]:
        """The open answer with *blob* from byte *begin* on, or from its beginning (status 200)."""
        headers = {"Range": f"bytes={begin}-"} if begin else {}
        with self._open(image.reference, f"blobs/{blob.digest}", headers) as response:
            yield response

    def _manifest(self, name: str, reference: Reference, which: str) -> bytes:
        try:
            accept = {"Accept": ", ".join(TYPES)}
            with self._open(reference, f"manifests/{which}", accept, _SECONDS) as response:
                body = response.read(MOST_BYTES)
        except (*web.TRANSPORT_ERRORS, OSError, ValueError) as exc:
            raise failed(name, reference, exc) from exc
        if isinstance(which, Digest) and not which.fits([body]):
            raise InstallError(Code.CARRY_DAMAGED, {"image": name}, detail=f"manifest is not {which}")
        return body

    @contextmanager
    def _open(
        self, reference: Reference, what: str, headers: Mapping[str, str], seconds: float | None = None
    ) -> Iterator[HTTPResponse]:
        """*seconds*: for each of the answers, where they are short."""
        url = f"{reference.base}/v2/{reference.name}/{what}"
        key = f"{reference.registry}/{reference.name}"
        try:
            token = self._tokens.get(key, "")
            with web.get(url, headers, token=token, cancel=self._cancel, seconds=seconds) as response:
                yield response
                return
        except urllib.error.HTTPError as exc:
            realm = token_url(exc.headers.get("WWW-Authenticate", ""))
            if exc.code != 401 or not realm:
                raise
            exc.close()
        with web.get(realm, cancel=self._cancel, seconds=_SECONDS) as response:
            self._tokens[key] = read_token(response.read(MOST_BYTES))
        token = self._tokens[key]
        with web.get(url, headers, token=token, cancel=self._cancel, seconds=seconds) as response:
            yield response


def architecture_in(config: bytes) -> str:
    """The processor type (Go's name) that an image's configuration names, or an empty string."""
    try:
        return str(loads(config).get("architecture", ""))
    except (ValueError, AttributeError):
        return ""


def failed(name: str, reference: Reference, exc: BaseException) -> InstallError:
    """The error for the image *name* of which this computer could not get something."""
    host = "registry-1.docker.io" if reference.registry == HUB else reference.registry
    params = {"image": name, "host": host, "reset": "", "reason": "other"}
    if isinstance(exc, urllib.error.HTTPError):
        exc.close()
        params["reset"] = again_at(str(exc.headers), time.time())
        code = _STATUS.get(exc.code, Code.CARRY_REGISTRY_CLOSED)
        return InstallError(code, params, detail=f"HTTP {exc.code} {exc.reason}")
    return InstallError(
        Code.CARRY_REGISTRY_CLOSED, params, detail=str(getattr(exc, "reason", exc)) or repr(exc)
    )
