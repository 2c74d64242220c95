"""What certbot's failure lacks: whose certificate it was, and which record would be right."""

from __future__ import annotations

import contextlib

from installer.acme.certificates import address_of, server_name
from installer.acme.dns import look_up
from installer.errors import InstallError
from installer.situation import Situation


def complete(error: InstallError, situation: Situation) -> None:
    """Give *error*, if it is one of an authority's, its address, server, and the record to make."""
    if not error.code.startswith("tls."):
        return
    answers = situation.answers
    more = {"address": address_of(answers), "name": address_of(answers), "server": server_name(answers)}
    if answers.target.kind == "ssh" and not error.params.get("value"):
        with contextlib.suppress(OSError):
            more["value"] = next(iter(look_up(answers.target.host).four), "")
    error.params = {**error.params, **more}
