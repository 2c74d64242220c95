"""States of Log in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from installer.answers import Answers, Secrets, Target
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Prompt, Question
from installer.hosts.ssh.auth_methods import Door
from installer.hosts.ssh.config import ConfiguredHost
from installer.views.wizard import (
    Busy,
    Failure,
    InstallState,
    Keeping,
    LoginMethod,
    LoginState,
    PageId,
    WizardState,
    WorkState,
)

SERVER = Target(host="203.0.113.24", port=10022, user="difyadmin")
KEY_FILE = "/home/hanako/.ssh/id_ed25519"
KEY: Mapping[str, str] = {
    "host": "203.0.113.24",
    "port": "10022",
    "type": "ssh-ed25519",
    "fingerprint": "SHA256:Qm3x9Rk2Vt0cLz8PyH5bW1dNe7JsU4aFo6GiK2rTxEw",
    "command": "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
    "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOhQ",
}
EXPECTED = "ssh-ed25519 SHA256:b7TtYpKq0Zx1mNfVw5Jc3GhRs8LuEd2AoXi6QyHk9Cg"
#: What is pasted to be compared with the key, by the name of its state.
PASTED = {
    "equal": f"256 {KEY['fingerprint']} root@vps (ED25519)",
    "different": EXPECTED,
    "other_type": f"3072 {EXPECTED.partition(' ')[2]} root@vps (RSA)",
    "md5": "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
}
PARAMS: Mapping[str, str] = {
    **{"host": "203.0.113.24", "port": "10022", "user": "difyadmin"},
    **{"allowed": "publickey", "path": KEY_FILE, "owner": "difyadmin"},
    **{"asks": "Verification code", "private": KEY_FILE},
}
LONG = "knowledge-base-staging.internal-tools.division-east.example.co.jp"


USABLE = Keeping(usable=True)
#: What most servers allow.
BOTH = ("publickey", "password")
BANNER = """Authorized users only. All activity may be monitored and reported.
This server belongs to Example Corporation; ask its operators for access: ops@example.co.jp"""
CONFIGURED = (
    ConfiguredHost("shop", "203.0.113.24", 10022, "difyadmin", (KEY_FILE,)),
    ConfiguredHost("inner", "10.0.0.5", 22, "hanako", (), "hanako@gateway.example.jp"),
    ConfiguredHost("corporate", "dify.corp.example.jp", notes=("ProxyCommand",)),
)
CODE = Question(
    "203.0.113.24",
    "difyadmin",
    "Two-step login",
    "Open the app on your phone.",
    (Prompt("Verification code: "),),
)
EXPIRED = Question(
    "203.0.113.24",
    "difyadmin",
    "",
    "You are required to change your password immediately (administrator enforced).",
    (Prompt("New password: "), Prompt("Retype new password: ")),
    "password_expired",
)
MANY = Question(
    "203.0.113.24",
    "difyadmin",
    "RADIUS <b>challenge</b>",
    "Session 4711\x1b[31m\nChoose how you want to prove that it is you.",
    (
        Prompt("Passcode or option (1-3): ", echo=True),
        Prompt("The answer to the question that you chose when you registered at the desk & its PIN: "),
        Prompt(""),
    ),
)


def door(*methods: str, banner: str = "") -> Door:
    """What the server allows."""
    return Door(SERVER.host, SERVER.port, "OpenSSH_9.6p1 Ubuntu-3ubuntu13", banner, methods or BOTH)


def form(
    target: Target = SERVER,
    *,
    password: str = "",
    login: LoginMethod = "password",
    through: Door | None = None,
    keeping: Keeping = USABLE,
) -> WizardState:
    """A form with *target* in it; the server was asked, if there is one."""
    given = Secrets(ssh_password=Secret(password) if password else None)
    asked = (through or door()) if target.host and target.user else None
    answers = Answers(target=target)
    return WizardState(
        page=PageId.LOGIN,
        answers=answers,
        secrets=given,
        login=LoginState(method=login, door=asked),
        keeping=keeping,
    )


def with_login(state: WizardState, **changes: Any) -> WizardState:
    """*state* with *changes* of what is known of the login."""
    return replace(state, login=replace(state.login, **changes))


def first_stage(**changes: object) -> WizardState:
    """Address and user are there, and nothing was asked yet."""
    return replace(with_login(form(), door=None), keeping=Keeping(), **changes)  # type: ignore[arg-type]


def asked(question: Question) -> WizardState:
    """The login waits for an answer."""
    return replace(filled(), work=WorkState(busy=Busy("connect", time.time() - 3), question=question))


def kept() -> WizardState:
    """The password came from the keyring."""
    return replace(filled(), keeping=Keeping(usable=True, wanted=True, kept=True))


def filled() -> WizardState:
    """All that is needed."""
    return form(password="correct horse")


def with_key() -> WizardState:
    """A key file instead."""
    return form(replace(SERVER, identity_file=KEY_FILE), login="key")


def public_key() -> WizardState:
    """The public half was chosen."""
    return form(replace(SERVER, identity_file=KEY_FILE + ".pub"), login="key")


def failed(code: Code, state: WizardState | None = None, **params: str) -> WizardState:
    """*state* after a failure."""
    error = InstallError(code, {**PARAMS, **params}, detail=f"{code}: as the server said it")
    asked = code in (Code.SUDO_PASSWORD_NEEDED, Code.SUDO_PASSWORD_WRONG)
    return replace(
        with_login(state or filled(), sudo_asked=asked),
        work=WorkState(failure=Failure(PageId.LOGIN, error)),
    )


def key_error(code: Code, **params: str) -> WizardState:
    """The host key is unknown or another one."""
    return replace(
        filled(), work=WorkState(failure=Failure(PageId.LOGIN, InstallError(code, {**KEY, **params})))
    )


def sudo_same() -> WizardState:
    """The same password for sudo."""
    password = Secret("correct horse")
    state = failed(Code.SUDO_PASSWORD_NEEDED)
    return replace(
        state,
        secrets=Secrets(ssh_password=password, sudo_password=password),
        work=replace(state.work, failure=None),
    )


def wrong() -> WizardState:
    """Every field that can be wrong is."""
    target = Target(
        host="203.0.113.", port=0, user="dify admin", identity_file="id_rsa", jump="@x", directory="x"
    )
    return replace(form(target, login="key"), intent="open")


def opening() -> WizardState:
    """A server that was set up before."""
    return replace(form(replace(SERVER, directory="/srv/dify")), intent="open")


def here(error: InstallError | None = None) -> WizardState:
    """This computer's Dify is being opened."""
    state = replace(form(Target(kind="local")), intent="open")
    if error:
        return replace(state, work=replace(state.work, failure=Failure(PageId.LOGIN, error)))
    return replace(state, work=replace(state.work, busy=Busy("connect", time.time() - 3)))


#: The host key of a practice server.
PRACTICE = "ssh-ed25519 SHA256:Z2ah9GnlDWcRjvGdFHvaxI5FlTCIRL6J3rETDsVWqVE"

STATES: Mapping[str, Callable[[], WizardState]] = {
    "first": lambda: form(Target()),
    "asking_first": first_stage,
    "configured": lambda: with_login(form(Target()), configured=CONFIGURED),
    "looking": lambda: first_stage(work=WorkState(busy=Busy("door", time.time() - 1))),
    "looking_failed": lambda: failed(Code.SSH_UNREACHABLE, first_stage()),
    "host_key_first": lambda: replace(
        first_stage(),
        work=WorkState(failure=Failure(PageId.LOGIN, InstallError(Code.SSH_HOST_KEY_UNKNOWN, {**KEY}))),
    ),
    "only_key": lambda: form(login="key", through=door("publickey")),
    "only_password": lambda: form(through=door("password")),
    "only_ask": lambda: form(login="ask", through=door("keyboard-interactive")),
    "key_or_ask": lambda: form(login="ask", through=door("publickey", "keyboard-interactive")),
    "open_door": lambda: form(through=door("none")),
    "no_way": lambda: form(through=door("hostbased", "gssapi-with-mic")),
    "banner": lambda: form(through=door(*BOTH, banner=BANNER)),
    "no_keyring": lambda: form(keeping=Keeping(usable=False)),
    "kept": kept,
    "keeping": lambda: replace(kept(), work=WorkState(busy=Busy("keyring", time.time() - 4))),
    "keyring_failed": lambda: failed(Code.KEYRING_FAILED, kept()),
    "question": lambda: asked(CODE),
    "question_expired": lambda: asked(EXPIRED),
    "question_many": lambda: asked(MANY),
    "key_public": lambda: failed(
        Code.SSH_KEY_IS_PUBLIC, public_key(), path=KEY_FILE + ".pub", private=KEY_FILE
    ),
    "key_public_alone": lambda: failed(
        Code.SSH_KEY_IS_PUBLIC, public_key(), path=KEY_FILE + ".pub", private=""
    ),
    "too_many": lambda: failed(Code.SSH_TOO_MANY_FAILURES, form(login="agent")),
    "password": filled,
    "key": with_key,
    "key_empty": lambda: form(login="key"),
    "agent": lambda: form(login="agent"),
    "jump": lambda: form(replace(SERVER, jump="hanako@gateway.example.jp:2222")),
    "long": lambda: form(Target(host=LONG, port=22022, user="deployment-automation")),
    "wrong": wrong,
    "open": opening,
    "open_first": lambda: replace(form(Target()), intent="open"),
    "resuming": lambda: replace(form(), install=InstallState(resuming=True)),
    "connecting": lambda: replace(filled(), work=WorkState(busy=Busy("connect", time.time() - 3))),
    "cancelling": lambda: replace(
        filled(), work=WorkState(busy=Busy("connect", time.time() - 9), cancelling=True)
    ),
    "stopped": lambda: replace(filled(), work=WorkState(stopped=True)),
    "host_key": lambda: key_error(Code.SSH_HOST_KEY_UNKNOWN),
    "practice": lambda: replace(key_error(Code.SSH_HOST_KEY_UNKNOWN), practice=PRACTICE),
    **{f"host_key_{name}": lambda: key_error(Code.SSH_HOST_KEY_UNKNOWN) for name in PASTED},
    "host_key_known_as": lambda: key_error(Code.SSH_HOST_KEY_UNKNOWN, known_as="shop.example.jp"),
    "host_key_changed": lambda: key_error(Code.SSH_HOST_KEY_CHANGED, expected=EXPECTED),
    "host_key_revoked": lambda: key_error(Code.SSH_HOST_KEY_CHANGED, expected="@revoked"),
    "host_key_long": lambda: key_error(Code.SSH_HOST_KEY_UNKNOWN, host=LONG, type="ecdsa-sha2-nistp256"),
    "passphrase_needed": lambda: failed(Code.SSH_PASSPHRASE_NEEDED, with_key()),
    "passphrase_wrong": lambda: failed(Code.SSH_PASSPHRASE_WRONG, with_key()),
    "key_unreadable": lambda: failed(Code.SSH_KEY_UNREADABLE, with_key()),
    "login_refused": lambda: failed(Code.SSH_LOGIN_REFUSED, allowed="password, publickey"),
    "method_not_allowed": lambda: failed(Code.SSH_METHOD_NOT_ALLOWED),
    "unreachable": lambda: failed(Code.SSH_UNREACHABLE),
    "name_unknown": lambda: failed(Code.SSH_NAME_UNKNOWN),
    "timeout": lambda: failed(Code.SSH_TIMEOUT),
    "refused": lambda: failed(Code.SSH_REFUSED),
    "not_ssh": lambda: failed(Code.SSH_NOT_SSH),
    "closed_early": lambda: failed(Code.SSH_CLOSED_EARLY),
    "connection_lost": lambda: failed(Code.SSH_CONNECTION_LOST),
    "forwarding_refused": lambda: failed(Code.SSH_FORWARDING_REFUSED),
    "sudo_needed": lambda: failed(Code.SUDO_PASSWORD_NEEDED),
    "sudo_same": sudo_same,
    "sudo_wrong": lambda: failed(Code.SUDO_PASSWORD_WRONG),
    "sudo_owner": lambda: failed(Code.SUDO_PASSWORD_NEEDED, owner="root"),
    "sudo_not_allowed": lambda: failed(
        Code.SUDO_NOT_ALLOWED, replace(filled(), rights="root"), command="usermod -aG sudo difyadmin"
    ),
    "local": here,
    "local_failed": lambda: here(InstallError(Code.DOCKER_NOT_RUNNING)),
}
