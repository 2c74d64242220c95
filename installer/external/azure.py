"""Azure Blob Storage: the container is looked for, and a small blob is written, read and deleted.

Signed with the account's key (learn.microsoft.com, "Authorize with Shared Key").
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from installer.core.errors import Code
from installer.external.asking import PROBE, Scene
from installer.external.s3 import error_code
from installer.external.web import Answer, Request, Web, address_of
from installer.state.external_report import Trial

_VERSION = "2021-08-06"


def try_azure(scene: Scene, trial: Trial) -> None:
    """Try it; raises ``Stopped``."""
    address = address_of(scene, trial.service.entry)
    if address is None:
        return
    account, key = scene.get("AZURE_BLOB_ACCOUNT_NAME"), scene.get("AZURE_BLOB_ACCOUNT_KEY")
    container = scene.get("AZURE_BLOB_CONTAINER_NAME")
    web = Web(scene, trial, address, field="AZURE_BLOB_ACCOUNT_URL")
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise trial.stop("login", Code.EXTERNAL_LOGIN_REFUSED, user=account, reason="signature") from exc

    def ask(method: str, path: str, body: bytes = b"", query: str = "") -> Answer:
        request = Request(method, address.path + path, query, body)
        return web.ask(request, signed(request, account, raw, datetime.now(UTC)))

    def check(answer: Answer, right: str) -> None:
        if answer.status < 300:
            return
        code = answer.headers.get("x-ms-error-code") or error_code(answer)
        said = f"{code} {answer.text}".strip()[:200]
        if code in ("ContainerNotFound", "ResourceNotFound"):
            trial.mark("login")
            params = {"name": container, "reason": "container"}
            raise trial.stop("rights", Code.EXTERNAL_MISSING, **params, said=said)
        if code in ("AuthenticationFailed", "InvalidAuthenticationInfo"):
            raise trial.stop(
                "login", Code.EXTERNAL_LOGIN_REFUSED, user=account, reason="signature", said=said
            )
        params = {"user": account, "name": container, "reason": right}
        raise trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, said=said)

    place = f"/{quote(container, safe='')}"
    blob, data = f"{place}/{PROBE}-{secrets.token_hex(6)}", b"dify-installer"
    check(ask("GET", place, query="restype=container"), "read")
    trial.mark("login")
    check(ask("PUT", blob, data), "write")
    read = ask("GET", blob)
    removed = ask("DELETE", blob)
    check(read, "read")
    check(removed, "delete")
    trial.mark("rights")


def signed(request: Request, account: str, key: bytes, now: datetime) -> dict[str, str]:
    """The headers of a request."""
    query, body = request.query, request.body
    extra = {"x-ms-blob-type": "BlockBlob"} if request.method == "PUT" else {}
    headers = {"x-ms-date": format_datetime(now, usegmt=True), "x-ms-version": _VERSION, **extra}
    named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    parameters = "".join(f"\n{part.replace('=', ':', 1)}" for part in sorted(filter(None, query.split("&"))))
    length = str(len(body)) if body else ""
    kind = "application/octet-stream" if body else ""
    resource = f"/{account}{request.path}{parameters}"
    text = f"{request.method}\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n{named}{resource}"
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    if kind:
        headers["Content-Type"] = kind
    return {**headers, "Authorization": f"SharedKey {account}:{signature}"}
