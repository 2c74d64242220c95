"""``--restart NAME``: a known server is restarted from a shortcut, with nothing but what is kept."""

from __future__ import annotations

from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import Servers
from installer.cli.commands import Call
from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.operations.known_login import PERSON_NEEDED, by_name, here_names, restart_known

COMMANDS = frozenset({"named_restart"})


def run_named_restart(call: Call) -> int:
    """Restart Dify there and wait until it answers."""
    home, output, name = Home(), call.output, call.arguments.name
    server = by_name(Servers(home).all(), name, here_names(output.texts))
    try:
        record = restart_known(
            server, home, Keychain(), emit=output.emit, redact=call.redact, cancel=call.cancel
        )
    except InstallError as error:
        if error.code in PERSON_NEEDED and not output.as_json:
            output.note(output.texts.say("restart_person", name=name))
        raise
    output.done(record.url, record.version, changed=True, key="done_restart")
    return 0
