"""A row for each service of one's own, once it was tried."""

from __future__ import annotations

from collections.abc import Iterator

from installer.checking.row import Inputs, Row, codes
from installer.errors import Code
from installer.external.catalogue import Chosen, chosen

_CODES = codes(
    Code.EXTERNAL_NAME_UNKNOWN,
    Code.EXTERNAL_CLOSED,
    Code.EXTERNAL_OTHER_ANSWER,
    Code.EXTERNAL_TLS,
    Code.EXTERNAL_LOGIN_REFUSED,
    Code.EXTERNAL_MISSING,
    Code.EXTERNAL_RIGHTS,
    Code.EXTERNAL_VERSION_OLD,
    Code.EXTERNAL_VERSION_UNFIT,
    Code.EXTERNAL_RELATIVE,
    Code.EXTERNAL_UNPROVED,
    Code.EXTERNAL_UNTESTED,
    Code.EXTERNAL_MAIL,
)


def external_rows(inputs: Inputs) -> Iterator[Row]:
    """Known once it was tried."""
    mail = inputs.answers.mail.kind
    services = (*chosen(inputs.answers), *([Chosen("mail", mail)] if mail else []))
    results = inputs.situation.external if inputs.situation is not None else ()
    tried = {tested.section: tested for tested in results}
    for service in services:
        tested = tried.get(service.section)
        params = {"service": service.name, "section": service.section, "address": "", "version": ""}
        if tested is not None:
            params |= {"address": tested.address, "version": tested.version}
            params["variant"] = "version" if tested.version and not tested.problems else ""
        name = f"external:{service.section}"
        known = tested is not None and tested.verdict != "unknown"
        yield Row(name, "network", params, _CODES, known=known, match=("section",), repeats=True)
