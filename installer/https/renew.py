"""Renewing at a person's wish: what the machine's own timer runs, run now."""

from __future__ import annotations

from installer.acme.explain import explain
from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, Host
from installer.https.renewal import noted_folder, script_path
from installer.state.record import RENEWAL, read_record

#: A renewal that is due takes a minute at most; the image is there.
SECONDS = 300.0


def renew_now(host: Host, answers: Answers, address: str, issuer: str, cancel: CancelToken) -> None:
    """certbot decides whether it is time: nothing is asked of the authority before. *address* and *issuer* of
    the certificate in use are for the errors.

    Raises ``InstallError``: what certbot's words mean (``acme.explain``), TLS_RENEWAL_FAILED for anything
    else; ``Cancelled``; what losing the host raises.
    """
    record = read_record(host, answers.state_folder)
    note = record.data.get(RENEWAL) if record else None
    script = script_path(noted_folder(answers, note))
    result = host.run(Command(("/bin/sh", script)), cancel=cancel, timeout=SECONDS)
    if result.exit_code == 0:
        return
    said = "\n".join(filter(None, (result.text.strip(), result.errors.strip())))
    error = explain(said)
    if error.code is Code.TLS_ISSUE_FAILED:  # no words that are known
        raise InstallError(Code.TLS_RENEWAL_FAILED, {"script": script}, detail=said)
    error.params = {**error.params, "address": address, "name": address, "server": issuer}
    raise error
