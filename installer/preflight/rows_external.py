"""A row for each external service, once it was tested."""

from __future__ import annotations

from collections.abc import Iterator

from installer.answers.external_services import Chosen, chosen
from installer.core.errors import EXTERNAL_FINDINGS
from installer.preflight.row import Inputs, Row, codes

_CODES = codes(*EXTERNAL_FINDINGS)


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
