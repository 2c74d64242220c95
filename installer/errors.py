"""What can go wrong, as codes. The sentences for people are in ``resources/texts/<language>/errors.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """Every error the engine raises on purpose. A test proves that each has its text in every language."""

    # answers and secrets files
    ANSWERS_UNREADABLE = "answers.unreadable"
    ANSWERS_UNKNOWN_KEY = "answers.unknown_key"
    ANSWERS_BAD_VALUE = "answers.bad_value"
    ANSWERS_OWNED_KEY = "answers.owned_key"
    ANSWERS_RESERVED = "answers.reserved"
    SECRETS_UNREADABLE = "secrets.unreadable"
    SECRETS_EXPOSED = "secrets.exposed"
    SERVICE_UNKNOWN = "service.unknown"
    # connecting
    SSH_UNREACHABLE = "ssh.unreachable"
    SSH_REFUSED = "ssh.refused"
    SSH_NAME_UNKNOWN = "ssh.name_unknown"
    SSH_TIMEOUT = "ssh.timeout"
    SSH_CLOSED_EARLY = "ssh.closed_early"
    SSH_NOT_SSH = "ssh.not_ssh"
    SSH_NEGOTIATION = "ssh.negotiation"
    SSH_HOST_KEY_UNKNOWN = "ssh.host_key_unknown"
    SSH_HOST_KEY_CHANGED = "ssh.host_key_changed"
    SSH_LOGIN_REFUSED = "ssh.login_refused"
    SSH_METHOD_NOT_ALLOWED = "ssh.method_not_allowed"
    SSH_KEY_UNREADABLE = "ssh.key_unreadable"
    SSH_PASSPHRASE_NEEDED = "ssh.passphrase_needed"  # noqa: S105
    SSH_PASSPHRASE_WRONG = "ssh.passphrase_wrong"  # noqa: S105
    SSH_CONNECTION_LOST = "ssh.connection_lost"
    SSH_SESSION_REFUSED = "ssh.session_refused"
    SSH_FORWARDING_REFUSED = "ssh.forwarding_refused"
    SUDO_PASSWORD_NEEDED = "sudo.password_needed"  # noqa: S105
    SUDO_PASSWORD_WRONG = "sudo.password_wrong"  # noqa: S105
    SUDO_NOT_ALLOWED = "sudo.not_allowed"
    # the machine
    HOST_TIMEOUT = "host.timeout"
    HOST_COMMAND_FAILED = "host.command_failed"
    HOST_FILE_FAILED = "host.file_failed"
    HOST_UNSUPPORTED = "host.unsupported"
    LOCAL_UNSUPPORTED = "local.unsupported"
    HOST_ADDRESS_UNREACHABLE = "host.address_unreachable"
    HOST_PROBE_FAILED = "host.probe_failed"
    # Docker
    DOCKER_MISSING = "docker.missing"
    DOCKER_NOT_RUNNING = "docker.not_running"
    DOCKER_NO_RIGHTS = "docker.no_rights"
    DOCKER_API_FAILED = "docker.api_failed"
    COMPOSE_MISSING = "compose.missing"
    COMPOSE_TOO_OLD = "compose.too_old"
    # what is in the way
    PORT_IN_USE = "port.in_use"
    DIRECTORY_FOREIGN = "directory.foreign"
    DIRECTORY_NOT_EMPTY = "directory.not_empty"
    DIRECTORY_NOT_WRITABLE = "directory.not_writable"
    RELEASE_DIFFERS = "release.differs"
    PROJECT_CLASH = "project.clash"
    INSTALLATION_ABSENT = "installation.absent"
    INSTALLATION_LOCKED = "installation.locked"
    DISK_TOO_SMALL = "disk.too_small"
    # worth knowing, no reason to stop
    MEMORY_LOW = "memory.low"
    DISK_LOW = "disk.low"
    TLS_OFF = "tls.off"
    FILES_CHANGED = "files.changed"
    ENV_KEY_UNKNOWN = "env.key_unknown"
    RELEASE_PARTLY_UNKNOWN = "release.partly_unknown"
    # releases
    RELEASE_LIST_FAILED = "release.list_failed"
    RELEASE_RATE_LIMITED = "release.rate_limited"
    RELEASE_UNKNOWN = "release.unknown"
    RELEASE_DOWNLOAD_FAILED = "release.download_failed"
    RELEASE_BROKEN = "release.broken"
    RELEASE_UNSAFE = "release.unsafe"
    RELEASE_TOO_BIG = "release.too_big"
    RELEASE_WRONG_VERSION = "release.wrong_version"
    RELEASE_INCOMPLETE = "release.incomplete"
    RELEASE_LAYOUT_UNKNOWN = "release.layout_unknown"
    # configuration
    STORE_UNKNOWN = "store.unknown"
    ENV_VALUE_UNSUPPORTED = "env.value_unsupported"
    ENV_MISSING = "env.missing"
    ENV_UNREADABLE = "env.unreadable"
    CERTIFICATE_UNREADABLE = "certificate.unreadable"
    # doing it
    UPLOAD_DAMAGED = "upload.damaged"
    PULL_FAILED = "pull.failed"
    DATABASE_NOT_READY = "database.not_ready"
    START_FAILED = "start.failed"
    NOT_READY = "ready.timeout"
    SERVICE_FAILED = "ready.service_failed"
    ADMIN_PASSWORD_MISSING = "admin.password_missing"  # noqa: S105
    ADMIN_FAILED = "admin.failed"
    JOB_VANISHED = "job.vanished"
    ACTION_FAILED = "action.failed"
    INTERNAL = "internal"


#: Code → id in the catalogue of known failures, where one fits.
CATALOGUE: Mapping[Code, str] = {
    Code.SSH_HOST_KEY_UNKNOWN: "SSH-01",
    Code.SSH_LOGIN_REFUSED: "SSH-15",
    Code.SSH_UNREACHABLE: "SSH-16",
    Code.SSH_TIMEOUT: "SSH-16",
    Code.SSH_METHOD_NOT_ALLOWED: "SSH-07",
    Code.SSH_SESSION_REFUSED: "SSH-09",
    Code.SUDO_PASSWORD_NEEDED: "SSH-10",
    Code.DOCKER_NOT_RUNNING: "INST-13",
    Code.DOCKER_NO_RIGHTS: "INST-05",
    Code.COMPOSE_MISSING: "INST-06",
    Code.COMPOSE_TOO_OLD: "INST-08",
    Code.PORT_IN_USE: "HOST-01",
}


class InstallError(Exception):
    """An expected failure.

    *params* fill the ``{fields}`` of the code's text; they hold no secrets. *detail* is the technical
    text (already redacted by whoever emits it).
    """

    def __init__(self, code: Code, params: Mapping[str, str] | None = None, *, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.params: Mapping[str, str] = dict(params or {})
        self.detail = detail

    @property
    def catalogue(self) -> str:
        """Id in the catalogue of known failures, or an empty string."""
        return CATALOGUE.get(self.code, "")
