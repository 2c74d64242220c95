"""The smallest honest S3 client: an object is kept and read again (AWS Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from .settings import ENV


class ObjectStoreError(Exception):
    pass


def keep(key: str, data: bytes) -> None:
    """Write an object and read it back. Raises ``ObjectStoreError``."""
    _ask("PUT", key, data)
    if _ask("GET", key) != data:
        raise ObjectStoreError(f"{key} is not what was written")


def _ask(method: str, key: str, data: bytes = b"") -> bytes:
    endpoint = urllib.parse.urlsplit(ENV.get("S3_ENDPOINT", ""))
    path = f"/{ENV.get('S3_BUCKET_NAME', '')}/{key}"
    at, region = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), ENV.get("S3_REGION", "us-east-1")
    digest = hashlib.sha256(data).hexdigest()
    names = "host;x-amz-content-sha256;x-amz-date"
    head = f"host:{endpoint.netloc}\nx-amz-content-sha256:{digest}\nx-amz-date:{at}\n"
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    wanted = hashlib.sha256(f"{method}\n{path}\n\n{head}\n{names}\n{digest}".encode()).hexdigest()
    signing = f"AWS4{ENV.get('S3_SECRET_KEY', '')}".encode()
    for part in (at[:8], region, "s3", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{wanted}".encode(), "sha256").hex()
    credential = f"Credential={ENV.get('S3_ACCESS_KEY', '')}/{scope}"
    headers = {
        "x-amz-content-sha256": digest,
        "x-amz-date": at,
        "Content-Type": "application/octet-stream",  # else it is taken for a form
        "Authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}",
    }
    url = f"{endpoint.scheme}://{endpoint.netloc}{path}"
    request = urllib.request.Request(url, data or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        code = re.search(rb"<Code>(\w+)</Code>", error.read())
        raise ObjectStoreError(code[1].decode() if code else f"HTTP {error.code}") from error
    except OSError as error:
        raise ObjectStoreError(f"Could not connect to the endpoint URL: {error}") from error
