"""A real ACME server (Debian's pebble) with a mock DNS. It fetches HTTP-01 challenges on port 80.

Every name leads to the vps unless the DNS switch is told otherwise.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import urllib.request
from collections.abc import Mapping
from typing import Any

from .engine import Engine
from .errors import LabError
from .pki import ca_certificate, issue
from .procs import wait_until

CONTAINER = "lab-acme"


class Acme:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.place = engine, engine.place

    def start(self, certificate_seconds: int = 7_776_000, accounts: Mapping[str, str] | None = None) -> None:
        """With certificates that last so long. *accounts*: key id → HMAC key (base64url) of those who may
        have an account; anybody may without it. Another start forgets all accounts."""
        folder = self.place.run / "acme"
        folder.mkdir(parents=True, exist_ok=True)
        names = ["acme.test", "acme-v02.api.letsencrypt.org"]
        certificate, _ = issue(folder, "acme", names, [self.place.acme_ip])
        config = json.dumps({"pebble": _settings(certificate_seconds, accounts or {})}, indent=1)
        (folder / "pebble.json").write_text(config)
        key = hashlib.sha256((config + certificate.read_text()).encode()).hexdigest()[:12]
        state = ["inspect", "-f", "{{.State.Running}} {{.Config.Labels.key}}", CONTAINER]
        if self.engine.docker(*state, check=False) != f"true {key}":
            self.engine.docker("rm", "-f", CONTAINER, check=False)
            self._run(key)
        if not wait_until(self.answers, 20, 0.1):
            raise LabError(
                "ACME server does not answer:\n" + self.engine.docker("logs", CONTAINER, check=False)
            )

    def _run(self, key: str) -> None:
        options = ["--name", CONTAINER, "--label", f"key={key}", "--restart", "unless-stopped"]
        options += ["--network", self.place.docker_network, "--ip", self.place.acme_ip]
        options += ["--stop-signal", "SIGKILL", "-v", f"{self.place.run / 'acme'}:/lab:ro"]
        for line in ("PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0"):
            options += ["-e", line]
        dns = f"pebble-challtestsrv -defaultIPv6 '' -defaultIPv4 {self.place.vps_ip} -dns01 127.0.0.1:8053"
        dns += " -http01 '' -https01 '' -tlsalpn01 '' -doh '' -management :8055"
        server = "pebble -config /lab/pebble.json -dnsserver 127.0.0.1:8053 -strict=false"
        self.engine.docker("run", "-d", *options, "dify-lab/pebble", "sh", "-c", f"{dns} & exec {server}")

    def answers(self) -> bool:
        context = ssl.create_default_context(cafile=str(ca_certificate()))
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        try:
            with urllib.request.build_opener(*handlers).open(self.place.acme_url, timeout=2) as answer:
                return int(answer.status) == 200
        except OSError:
            return False

    def dns(self, path: str, body: dict[str, Any]) -> None:
        """Tell the mock DNS, e.g. ``dns("add-a", {"host": "x.test.", "addresses": ["…"]})``."""
        url = f"http://{self.place.acme_ip}:8055/{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).close()


def _settings(seconds: int, accounts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "listenAddress": "0.0.0.0:14000",
        "managementListenAddress": "0.0.0.0:15000",
        "certificate": "/lab/acme.crt",
        "privateKey": "/lab/acme.key",
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": bool(accounts),
        "externalAccountMACKeys": dict(accounts),
        "retryAfter": {"authz": 1, "order": 1},
        "domainBlocklist": ["blocked.test"],
        "certificateValidityPeriod": seconds,
    }
