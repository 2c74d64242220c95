"""The job that writes logs to a file of this computer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.docker.containers import Container
from installer.logs.export import export
from installer.redaction.scrub import Scrubber
from installer.redaction.secrets_in_use import values_there

if TYPE_CHECKING:
    from ui.panel.controller import PanelController
    from ui.panel.intents import SaveLog


def save_work(
    panel: PanelController, intent: SaveLog, containers: Sequence[Container]
) -> Callable[[Emit, CancelToken, Callable[[Any], None]], int]:
    """For ``Jobs.stream``: gives the number of lines written now and then, and at its end."""
    host, answers, redact = panel.host, panel.state.answers, panel.session.redact

    def work(_emit: Emit, cancel: CancelToken, put: Callable[[Any], None]) -> int:
        assert intent.path is not None  # noqa: S101
        clean = None
        if intent.clean:
            scrub = Scrubber(redact.values())
            with host.under(cancel):
                scrub.learn([*values_there(host, answers, None)])
            clean = scrub.text
        try:
            return export(host, containers, intent.path, clean, put, cancel)
        except OSError as exc:
            params = {"path": str(intent.path)}
            raise InstallError(Code.HOST_FILE_FAILED, params, detail=str(exc)) from exc

    return work
