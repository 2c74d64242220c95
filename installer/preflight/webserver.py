"""A web server in front of Dify: is it there, can it take our file, does every request have to pass it?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.facts.model import Facts
from installer.https.reverse_proxy.front import Front, certbot_command
from installer.https.reverse_proxy.place import asked, certificate, why_not


def judge_webserver(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Nothing unless it does the encryption."""
    if not answers.tls.way.in_front:
        return
    if _open(answers.site.bind):
        params = {"port": str(answers.ports.http), "bind": answers.site.bind}
        yield finding(Code.WEBSERVER_BYPASSED, params)
    if not asked(answers):
        return
    reason, holder = why_not(answers, facts)
    if reason:
        yield finding(Code.WEBSERVER_UNUSABLE, {"reason": reason, "holder": holder}, detail=holder)
    elif not certificate(answers, facts)[0]:
        name = Front.of(answers, {}).name
        command = certbot_command("nginx", name)
        params = {"name": name, "command": command, "reason": "name" if command else "address"}
        yield finding(Code.WEBSERVER_NO_CERTIFICATE, params)


def _open(bind: str) -> bool:
    """Whether more than a private network can reach what listens on *bind*."""
    address = ipaddress.ip_address(bind)
    return address.is_unspecified or address.is_global
