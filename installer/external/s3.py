"""S3 and what is compatible: the bucket is looked for, and a small object is written, read and deleted.

Signed as boto3 does it (AWS Signature Version 4, docs.aws.amazon.com), and with the bucket's name where boto3
has it: in the path for a custom endpoint unless ``virtual`` is asked for, else in front of the host.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import quote

from installer.core.errors import Code
from installer.external.asking import PROBE, Scene
from installer.external.web import Address, Answer, Request, Web, address_of
from installer.state.external_report import Trial

_EMPTY = hashlib.sha256(b"").hexdigest()
_REASONS = {
    "InvalidAccessKeyId": "key",
    "InvalidAccessKey": "key",
    "SignatureDoesNotMatch": "signature",
    "RequestTimeTooSkewed": "clock",
    "InvalidToken": "key",
}
_ELSEWHERE = ("NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect")


@dataclass(frozen=True)
class Keys:
    """Who asks, and where."""

    access: str
    secret: str
    region: str


def try_s3(scene: Scene, trial: Trial) -> None:
    """Try it; raises ``Stopped``."""
    entry = trial.service.entry
    known, address = entry["s3"], address_of(scene, entry)
    if address is None:
        return
    field = str(entry["address"].get("url", "-"))
    if scene.on(known.get("managed", "")):
        # only the machine itself has the keys
        Web(scene, trial, address, field=field).ask(Request("GET", "/"))
        return
    keys = Keys(
        scene.get(known["key"]), scene.get(known["secret"]), scene.get(known["region"]) or "us-east-1"
    )
    bucket = scene.get(known["bucket"])
    own = bool(scene.get(entry["address"].get("url", "")))
    style = scene.get(known.get("style", ""))
    in_path = style != "virtual" if own else style == "path"
    prefix = f"{address.path}/{quote(bucket, safe='')}" if in_path else address.path
    if not in_path:
        address = replace(address, host=f"{bucket}.{address.host}")
    store = _Store(Web(scene, trial, address, field=field), trial, address, keys, prefix, bucket)
    store.look()
    store.write()
    trial.mark("rights")


class _Store:
    def __init__(
        self, web: Web, trial: Trial, address: Address, keys: Keys, prefix: str, bucket: str
    ) -> None:
        self._web, self._trial, self._address = web, trial, address
        self._keys, self._prefix, self._bucket = keys, prefix, bucket

    def look(self) -> None:
        """Is the bucket there?"""
        # not HEAD: its answer has no words that tell a wrong key from a missing right
        answer = self._ask("GET", "/", query="list-type=2&max-keys=1")
        code = error_code(answer)
        if answer.status == 403 and code == "AccessDenied":
            self._trial.mark("login")  # listing is more than Dify needs: writing tells
            return
        if answer.status >= 300:
            raise self._stop(answer, "read")
        self._trial.mark("login")

    def write(self) -> None:
        """An object of ours: put, get, delete."""
        key, data = f"/{PROBE}-{secrets.token_hex(6)}", b"dify-installer"
        answer = self._ask("PUT", key, body=data)
        if answer.status >= 300:
            raise self._stop(answer, "write")
        self._trial.mark("login")
        answer = self._ask("GET", key)
        read = answer.status < 300 and answer.body == data
        removed = self._ask("DELETE", key)
        if not read:
            raise self._stop(answer, "read")
        if removed.status >= 300:
            raise self._stop(removed, "delete")

    def _ask(self, method: str, path: str, *, body: bytes = b"", query: str = "") -> Answer:
        path = (self._prefix + path) if path != "/" else (self._prefix or "/")
        request = Request(method, path, query, body)
        headers = signed(request, self._address.name, self._keys, datetime.now(UTC))
        return self._web.ask(request, headers)

    def _stop(self, answer: Answer, right: str) -> Exception:
        trial, code = self._trial, error_code(answer)
        said = f"{code} {_message(answer)}".strip() or f"HTTP {answer.status} {answer.text}"[:200]
        if code in _ELSEWHERE:
            trial.mark("login")
            return trial.stop("rights", Code.EXTERNAL_MISSING, name=self._bucket, reason="bucket", said=said)
        user = self._keys.access or "-"
        if code in _REASONS or not self._keys.access or answer.status == 401:
            reason = _REASONS.get(code, "key" if self._keys.access else "password_missing")
            return trial.stop("login", Code.EXTERNAL_LOGIN_REFUSED, user=user, reason=reason, said=said)
        if not code and answer.status not in (403, 405):
            return trial.stop("reach", Code.EXTERNAL_OTHER_ANSWER, said=said)
        params = {"user": user, "name": self._bucket, "reason": right}
        return trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, said=said)


def error_code(answer: Answer) -> str:
    """The word of an error's XML, empty without one."""
    match = re.search(rb"<Code>([A-Za-z0-9]+)</Code>", answer.body)
    return match[1].decode() if match else ""


def _message(answer: Answer) -> str:
    match = re.search(rb"<Message>([^<]*)</Message>", answer.body)
    return match[1].decode("utf-8", "replace")[:200] if match else ""


def signed(asked: Request, host: str, keys: Keys, now: datetime) -> Mapping[str, str]:
    """The headers of a request."""
    at, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(asked.body).hexdigest() if asked.body else _EMPTY
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": at}
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join((asked.method, asked.path, asked.query, lines, names, digest))
    scope = f"{day}/{keys.region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in (day, keys.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    del headers["host"]
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers
