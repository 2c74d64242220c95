"""A known server by the name that people gave it, and logging in there with nothing but what is kept.

For what happens without a person: a restart from a shortcut, and connecting in the background. The user is
asked nothing, and a host key that is not known is not accepted.
"""

from __future__ import annotations

import difflib
import re
import shlex
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from installer.answers import Answers, Secrets, Target
from installer.appdata.keychain import Kept, Keychain
from installer.appdata.known_servers import KnownServer
from installer.apply.locked_change import Operation
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.operations.actions import act
from installer.texts import LANGUAGES, Texts

if TYPE_CHECKING:
    from installer.connect import Connected
    from installer.core.events import Emit
    from installer.core.secrets import Redactor
    from installer.facts.model import Record

#: What only a person can give or decide.
PERSON_NEEDED = frozenset(
    {
        Code.SSH_HOST_KEY_UNKNOWN,
        Code.SSH_HOST_KEY_CHANGED,
        Code.SSH_LOGIN_REFUSED,
        Code.SSH_METHOD_NOT_ALLOWED,
        Code.SSH_KEY_UNREADABLE,
        Code.SSH_PASSPHRASE_NEEDED,
        Code.SSH_PASSPHRASE_WRONG,
        Code.SSH_PROMPTS_NEEDED,
        Code.SSH_PASSWORD_EXPIRED,
        Code.SUDO_PASSWORD_NEEDED,
        Code.SUDO_PASSWORD_WRONG,
        Code.SUDO_NOT_ALLOWED,
    }
)
#: After these what the keyring holds may help a user who logs in without a password.
_MAY_BE_KEPT = frozenset({Code.SSH_PASSPHRASE_NEEDED, Code.SUDO_PASSWORD_NEEDED})
#: What cmd.exe, PowerShell and sh read alike, in quotes; and what they read alike without.
_PLAIN_NAME = re.compile(r"[\w.@][\w .@:-]*")
_BARE = re.compile(r"[\w.@:\\/-]+")
#: Ways of logging in that usually need nothing of the keyring's.
_BY_THEMSELVES = ("key", "agent")


def here_names(texts: Texts) -> tuple[str, ...]:
    """What this computer is called, in the language of *texts* first."""
    others = (Texts(language) for language in LANGUAGES if language != texts.language)
    return tuple(t.ui("common.this_computer") for t in (texts, *others))


def by_name(known: Sequence[KnownServer], name: str, here: Sequence[str] = ()) -> KnownServer:
    """The server called *name*: by its name in the list, its address, ``user@host`` or its id; *here*: what
    this computer is called. Upper and lower case do not matter.

    Raises ``InstallError`` SERVER_UNKNOWN, SERVER_AMBIGUOUS.
    """
    wanted = _plain(name)
    for names in (_called, _places):
        found = [s for s in known if wanted in {_plain(n) for n in names(s, here)}]
        if len(found) == 1:
            return found[0]
        if found:
            places = [(s.id, s.target.host or here_name(here), s.target.directory) for s in found]
            ids = ", ".join(f"{id_} ({host} {folder})" for id_, host, folder in places)
            raise InstallError(Code.SERVER_AMBIGUOUS, {"name": name, "servers": ids})
    names_ = [call_name(s, known, here) for s in known]
    near = difflib.get_close_matches(name, names_, n=1)
    params = {"name": name, "near": near[0] if near else "", "servers": ", ".join(names_)}
    raise InstallError(Code.SERVER_UNKNOWN, params)


def call_name(server: KnownServer, known: Sequence[KnownServer], here: Sequence[str] = ()) -> str:
    """What finds *server* among *known* by ``by_name``: what people call it, or its id where others are
    called the same."""
    name = server.name or (server.target.host if server.target.host_kind.remote else here_name(here))
    same = [s for s in known if _plain(name) in {_plain(n) for n in _called(s, here)}]
    return name if [s.id for s in same] == [server.id] else server.id


def here_name(here: Sequence[str]) -> str:
    """The first of the names of this computer."""
    return here[0] if here else "localhost"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _called(server: KnownServer, here: Sequence[str]) -> tuple[str, ...]:
    local = not server.target.host_kind.remote and not server.name
    return (server.id, *((server.name,) if server.name else ()), *((*here, "localhost") if local else ()))


def _places(server: KnownServer, here: Sequence[str]) -> tuple[str, ...]:
    target = server.target
    if not target.host_kind.remote:
        return (*here, "localhost")
    host = target.host.rstrip(".")
    return host, f"{target.user}@{host}", f"{host}:{target.port}", f"{target.user}@{host}:{target.port}"


def restart_words(name: str) -> tuple[str, ...]:
    """The program and its arguments that restart the server *name*: for a shortcut."""
    return (*program_words(), "--restart", name)


def program_words() -> tuple[str, ...]:
    """What starts this program from any folder: the frozen file, the checkout's ``run``, or the module where
    it is installed as a package."""
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    script = Path(__file__).resolve().parents[2] / ("run.cmd" if sys.platform == "win32" else "run")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "ui")


def restart_command(server: KnownServer, name: str) -> str:
    """``restart_words`` as one types them into this system's command line. *name*: what *server* is called
    (``call_name``). Where some command line would read something else in it, its id stands for it: the name
    may come from the server, and cmd.exe has no quotes for ``%``."""
    words = restart_words(name if _PLAIN_NAME.fullmatch(name) else server.id)
    quoted = " ".join(word if _BARE.fullmatch(word) else f'"{word}"' for word in words)
    return quoted if sys.platform == "win32" else shlex.join(words)


def answers_for(server: KnownServer) -> Answers:
    """What is needed to work there."""
    return Answers(target=server.target)


def connect_kept(
    server: KnownServer,
    home: Home,
    keychain: Keychain,
    cancel: CancelToken | None = None,
    redact: Redactor | None = None,
) -> Connected:
    """Log in with the key, the agent or what the keyring holds. *redact* learns what is used.

    Raises what ``connect`` raises, and SUDO_NOT_ALLOWED where the login has no rights.
    """
    target = server.target
    first = target.host_kind.needs_login and server.login not in _BY_THEMSELVES
    secrets = _kept(target, keychain) if first else Secrets()
    try:
        return _connect(server, secrets, home, cancel, redact)
    except InstallError as error:
        if first or error.code not in _MAY_BE_KEPT:
            raise
        secrets = _kept(target, keychain)
        if not any(secrets.all()):
            raise
    return _connect(server, secrets, home, cancel, redact)


def restart_known(
    server: KnownServer,
    home: Home,
    keychain: Keychain,
    *,
    emit: Emit,
    redact: Redactor,
    cancel: CancelToken,
) -> Record:
    """Restart Dify there and wait until it answers. Raises what ``connect_kept`` and ``act`` raise."""
    host = connect_kept(server, home, keychain, cancel, redact).host
    try:
        answers, client = answers_for(server), home.client_id()
        return act(Operation(host, answers, client, emit, redact, cancel), "restart", ())
    finally:
        host.close()


def _connect(
    server: KnownServer, secrets: Secrets, home: Home, cancel: CancelToken | None, redact: Redactor | None
) -> Connected:
    if redact is not None:
        redact.learn(*secrets.all())
    connected = connect(answers_for(server), secrets, home, cancel)
    if connected.rights == "none":
        connected.host.close()
        target = server.target
        params = {"host": target.host, "user": target.user, "owner": target.user}
        raise InstallError(Code.SUDO_NOT_ALLOWED, {**params, "command": connected.admin_command})
    return connected


def _kept(target: Target, keychain: Keychain) -> Secrets:
    """What the keyring holds for *target*; nothing if there is none, or it stays locked. A passphrase is for
    its own key file alone."""
    try:
        kept = keychain.get(target)
    except InstallError:
        kept = Kept()
    same_key = kept.identity_file == target.identity_file
    return Secrets(
        ssh_password=kept.password,
        ssh_passphrase=kept.passphrase if same_key else None,
        sudo_password=kept.sudo_password,
    )
