"""What can go wrong, as codes. The sentences for people are in ``resources/texts/<language>/errors.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from installer.core.resources import table


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
    SERVICE_NOT_SCALED = "service.not_scaled"
    SERVER_UNKNOWN = "server.unknown"
    SERVER_AMBIGUOUS = "server.ambiguous"
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
    SSH_PROMPTS_NEEDED = "ssh.prompts_needed"
    SSH_ANSWER_LATE = "ssh.answer_late"
    SSH_PASSWORD_EXPIRED = "ssh.password_expired"  # noqa: S105
    SSH_TOO_MANY_FAILURES = "ssh.too_many_failures"
    SSH_KEY_IS_PUBLIC = "ssh.key_is_public"
    SSH_KEY_UNREADABLE = "ssh.key_unreadable"
    SSH_PASSPHRASE_NEEDED = "ssh.passphrase_needed"  # noqa: S105
    SSH_PASSPHRASE_WRONG = "ssh.passphrase_wrong"  # noqa: S105
    SSH_CONNECTION_LOST = "ssh.connection_lost"
    SSH_SESSION_REFUSED = "ssh.session_refused"
    SSH_FORWARDING_REFUSED = "ssh.forwarding_refused"
    SUDO_PASSWORD_NEEDED = "sudo.password_needed"  # noqa: S105
    SUDO_PASSWORD_WRONG = "sudo.password_wrong"  # noqa: S105
    SUDO_NOT_ALLOWED = "sudo.not_allowed"
    KEYRING_FAILED = "keyring.failed"
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
    # repairs
    REPAIR_WAITED = "repair.waited"
    REPAIR_FAILED = "repair.failed"
    REPAIR_NO_SOURCE = "repair.no_source"
    DAEMON_FILE_UNREADABLE = "daemon.unreadable"
    # the machine, as the checks find it
    SYSTEM_UNKNOWN = "system.unknown"
    SYSTEM_RETIRED = "system.retired"
    PROCESSOR_UNSUPPORTED = "processor.unsupported"
    PROCESSOR_OLD = "processor.old"
    PROCESSOR_FEW = "processor.few"
    PROCESSOR_PAGES = "processor.pages"
    PROCESSOR_PARTS = "processor.parts"
    VIRTUALIZATION_UNSUITABLE = "virtualization.unsuitable"
    VIRTUALIZATION_LIMITED = "virtualization.limited"
    KERNEL_OLD = "kernel.old"
    KERNEL_REBOOT = "kernel.reboot"
    KERNEL_CGROUPS = "kernel.cgroups"
    KERNEL_SETTING = "kernel.setting"
    CLOCK_WRONG = "clock.wrong"
    CLOCK_OFF = "clock.off"
    PACKAGES_BUSY = "packages.busy"
    PACKAGES_INTERRUPTED = "packages.interrupted"
    # Docker, as the checks find it
    DOCKER_PODMAN = "docker.podman"
    DOCKER_SNAP = "docker.snap"
    DOCKER_SNAP_FOLDER = "docker.snap_folder"
    DOCKER_ROOTLESS = "docker.rootless"
    DOCKER_TOO_OLD = "docker.too_old"
    DOCKER_OLD = "docker.old"
    DOCKER_CLIENT_OLD = "docker.client_old"
    DOCKER_SESSION = "docker.session"
    DOCKER_NOT_ENABLED = "docker.not_enabled"
    DOCKER_MASKED = "docker.masked"
    DOCKER_MASKED_LATER = "docker.masked_later"
    DOCKER_WINDOWS = "docker.windows"
    DOCKER_CREDENTIALS = "docker.credentials"
    DAEMON_BROKEN = "daemon.broken"
    DAEMON_BROKEN_LATER = "daemon.broken_later"
    DAEMON_IPTABLES = "daemon.iptables"
    COMPOSE_ONE = "compose.one"
    PROFILE_VARIABLES = "profile.variables"
    # Docker on this computer
    DESKTOP_NOT_STARTED = "desktop.not_started"
    DESKTOP_VIRTUALIZATION = "desktop.virtualization"
    DESKTOP_WSL = "desktop.wsl"
    DESKTOP_MEMORY = "desktop.memory"
    DESKTOP_GROUP = "desktop.group"
    DESKTOP_OLD = "desktop.old"
    # what is in the way
    PORT_IN_USE = "port.in_use"
    PORT_LEFT = "port.left"
    PORT_RESERVED = "port.reserved"
    DIRECTORY_FOREIGN = "directory.foreign"
    DIRECTORY_NOT_EMPTY = "directory.not_empty"
    DIRECTORY_NOT_WRITABLE = "directory.not_writable"
    DIRECTORY_OF_OTHERS = "directory.of_others"
    DIRECTORY_OPEN = "directory.open"
    DIRECTORY_UNCHECKED = "directory.unchecked"
    RELEASE_DIFFERS = "release.differs"
    PROJECT_CLASH = "project.clash"
    PROJECT_OTHER = "project.other"
    VOLUMES_LEFT = "volumes.left"
    VOLUMES_MISSING = "volumes.missing"
    INSTALLATION_ABSENT = "installation.absent"
    INSTALLATION_LOCKED = "installation.locked"
    DISK_TOO_SMALL = "disk.too_small"
    FILESYSTEM_UNSUITABLE = "filesystem.unsuitable"
    # worth knowing, no reason to stop
    MEMORY_LOW = "memory.low"
    MEMORY_NO_SWAP = "memory.no_swap"
    DISK_LOW = "disk.low"
    DISK_INODES = "disk.inodes"
    FILESYSTEM_REMOTE = "filesystem.remote"
    DIRECTORY_PROTECTED = "directory.protected"
    TLS_OFF = "tls.off"
    TLS_HSTS_LEFT = "tls.hsts_left"
    WEBSERVER_UNUSABLE = "webserver.unusable"
    WEBSERVER_BYPASSED = "webserver.bypassed"
    WEBSERVER_NO_CERTIFICATE = "webserver.no_certificate"
    FIREWALL_UFW = "firewall.ufw"
    FIREWALL_FIREWALLD = "firewall.firewalld"
    FIREWALL_OWN = "firewall.own"
    SELINUX_LABELS = "selinux.labels"
    NETWORK_POOL = "network.pool"
    DIFY_ELSEWHERE = "dify.elsewhere"
    DIFY_OF_OTHERS = "dify.of_others"
    FILES_CHANGED = "files.changed"
    ENV_KEY_UNKNOWN = "env.key_unknown"
    RELEASE_LIST_OLD = "release.list_old"
    RELEASE_ELSEWHERE = "release.elsewhere"
    RELEASE_PARTLY_UNKNOWN = "release.partly_unknown"
    # what the network lets through
    NETWORK_REGISTRY_CLOSED = "network.registry_closed"
    NETWORK_NAME_UNKNOWN = "network.name_unknown"
    NETWORK_MIRROR_REFUSES = "network.mirror_refuses"
    NETWORK_IPV6_HALF = "network.ipv6_half"
    NETWORK_CLOCK_OFF = "network.clock_off"
    NETWORK_DOCKER_SITE_CLOSED = "network.docker_site_closed"
    NETWORK_MARKETPLACE_CLOSED = "network.marketplace_closed"
    REACH_CLOSED = "reach.closed"
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
    STORE_DIFFERS = "store.differs"
    DATABASE_UNKNOWN = "database.unknown"
    DATABASE_DIFFERS = "database.differs"
    STORAGE_UNKNOWN = "storage.unknown"
    STORAGE_DIFFERS = "storage.differs"
    DATABASE_ELSEWHERE = "database.elsewhere"
    # external services
    EXTERNAL_LOOPBACK = "external.loopback"
    EXTERNAL_FIELD_UNKNOWN = "external.field_unknown"
    EXTERNAL_NAME_UNKNOWN = "external.name_unknown"
    EXTERNAL_CLOSED = "external.closed"
    EXTERNAL_OTHER_ANSWER = "external.other_answer"
    EXTERNAL_TLS = "external.tls"
    EXTERNAL_LOGIN_REFUSED = "external.login_refused"
    EXTERNAL_MISSING = "external.missing"
    EXTERNAL_RIGHTS = "external.rights"
    EXTERNAL_VERSION_OLD = "external.version_old"
    EXTERNAL_VERSION_UNFIT = "external.version_unfit"
    EXTERNAL_RELATIVE = "external.relative"
    EXTERNAL_UNPROVED = "external.unproved"
    EXTERNAL_MAIL = "external.mail"
    EXTERNAL_UNTESTED = "external.untested"
    ENV_VALUE_UNSUPPORTED = "env.value_unsupported"
    ENV_MISSING = "env.missing"
    ENV_UNREADABLE = "env.unreadable"
    CERTIFICATE_UNREADABLE = "certificate.unreadable"
    CERTIFICATE_EXPIRES = "certificate.expires"
    # certificates by ACME
    TLS_PORT_NEEDED = "tls.port_needed"
    TLS_ADDRESS_NOT_PUBLIC = "tls.address_not_public"
    TLS_RELEASE_CANNOT = "tls.release_cannot"
    TLS_DNS_MISSING = "tls.dns_missing"
    TLS_DNS_WRONG = "tls.dns_wrong"
    TLS_PORT_CLOSED = "tls.port_closed"
    TLS_CHALLENGE_OTHER = "tls.challenge_other"
    TLS_CHALLENGE_BROKEN = "tls.challenge_broken"
    TLS_CHALLENGE_FAILED = "tls.challenge_failed"
    TLS_RATE_LIMITED = "tls.rate_limited"
    TLS_SERVER_UNREACHABLE = "tls.server_unreachable"
    TLS_CAA = "tls.caa"
    TLS_EAB_WRONG = "tls.eab_wrong"
    TLS_NAME_REFUSED = "tls.name_refused"
    TLS_CERTBOT_OLD = "tls.certbot_old"
    TLS_ISSUE_FAILED = "tls.issue_failed"
    TLS_RENEWAL_FAILED = "tls.renewal_failed"
    TLS_RENEWAL_NONE = "tls.renewal_none"
    TLS_EXPIRING = "tls.expiring"
    TLS_SYSTEM_CANNOT = "tls.system_cannot"
    # doing it
    UPLOAD_DAMAGED = "upload.damaged"
    PULL_FAILED = "pull.failed"
    PULL_RATE_LIMITED = "pull.rate_limited"
    PULL_REGISTRY_CLOSED = "pull.registry_closed"
    PULL_NAME_UNKNOWN = "pull.name_unknown"
    PULL_REFUSED = "pull.refused"
    PULL_IMAGE_UNKNOWN = "pull.image_unknown"
    PULL_NO_PLATFORM = "pull.no_platform"
    PULL_DISK_FULL = "pull.disk_full"
    CARRY_REGISTRY_CLOSED = "carry.registry_closed"
    CARRY_DAMAGED = "carry.damaged"
    CARRY_DISK_FULL = "carry.disk_full"
    CARRY_LOAD_FAILED = "carry.load_failed"
    REGISTRY_LOGIN_REFUSED = "registry.login_refused"
    REGISTRY_LOGIN_FAILED = "registry.login_failed"
    DATABASE_NOT_READY = "database.not_ready"
    START_FAILED = "start.failed"
    NOT_READY = "ready.timeout"
    SERVICE_FAILED = "ready.service_failed"
    ADMIN_PASSWORD_MISSING = "admin.password_missing"  # noqa: S105
    ADMIN_FAILED = "admin.failed"
    WEBSERVER_BROKEN = "webserver.broken"
    WEBSERVER_REFUSED = "webserver.refused"
    JOB_VANISHED = "job.vanished"
    JOB_REBOOTED = "job.rebooted"
    UNDO_NAME_DIFFERS = "undo.name_differs"
    UNDO_BACKUP_GONE = "undo.backup_gone"
    UNDO_CHANGED = "undo.changed"
    ACTION_FAILED = "action.failed"
    SHELL_NONE = "shell.none"
    SHELL_STOPPED = "shell.stopped"
    SHELL_LOST = "shell.lost"
    CANCEL_UNANSWERED = "cancel.unanswered"
    BUNDLE_UNREADABLE = "bundle.unreadable"
    INTERNAL = "internal"


#: Code → id in the catalogue of known failures, for what no check finds. Ask ``catalogue_of``.
CATALOGUE: Mapping[Code, str] = {
    Code.SSH_HOST_KEY_UNKNOWN: "SSH-01",
    Code.SSH_LOGIN_REFUSED: "SSH-15",
    Code.SSH_UNREACHABLE: "SSH-16",
    Code.SSH_TIMEOUT: "SSH-16",
    Code.SSH_REFUSED: "HOST-09",
    Code.SSH_CLOSED_EARLY: "SSH-08",
    Code.SSH_CONNECTION_LOST: "SSH-13",
    Code.SSH_METHOD_NOT_ALLOWED: "SSH-07",
    Code.SSH_SESSION_REFUSED: "SSH-09",
    Code.SUDO_PASSWORD_NEEDED: "SSH-10",
    Code.NETWORK_REGISTRY_CLOSED: "PULL-01",
    Code.NETWORK_NAME_UNKNOWN: "PULL-05",
    Code.NETWORK_MIRROR_REFUSES: "PULL-12",
    Code.NETWORK_IPV6_HALF: "PULL-06",
    Code.NETWORK_CLOCK_OFF: "PULL-07",
    Code.NETWORK_DOCKER_SITE_CLOSED: "INST-20",
    Code.NETWORK_MARKETPLACE_CLOSED: "PLG-01",
    Code.REACH_CLOSED: "HOST-07",
    Code.CERTIFICATE_UNREADABLE: "TLS-01",
    Code.TLS_PORT_NEEDED: "TLS-02",
    Code.TLS_DNS_MISSING: "TLS-02",
    Code.TLS_DNS_WRONG: "TLS-02",
    Code.TLS_PORT_CLOSED: "TLS-02",
    Code.TLS_CHALLENGE_OTHER: "TLS-02",
    Code.TLS_CHALLENGE_BROKEN: "TLS-02",
    Code.TLS_CHALLENGE_FAILED: "TLS-02",
    Code.TLS_CAA: "TLS-02",
    Code.TLS_RATE_LIMITED: "TLS-03",
    Code.TLS_RENEWAL_FAILED: "TLS-04",
    Code.PULL_RATE_LIMITED: "PULL-02",
    Code.PULL_REGISTRY_CLOSED: "PULL-01",
    Code.PULL_NAME_UNKNOWN: "PULL-05",
    Code.PULL_REFUSED: "PULL-12",
    Code.PULL_IMAGE_UNKNOWN: "PULL-03",
    Code.PULL_NO_PLATFORM: "PULL-04",
    Code.PULL_DISK_FULL: "HOST-04",
}


def catalogue_of(code: Code) -> str:
    """*code*'s id in the catalogue of known failures, or an empty string. Those of the checks are data
    (``resources/checks.toml``)."""
    found = CATALOGUE.get(code) or str(table("checks")["check"].get(code.value, {}).get("catalogue", ""))
    return "" if found == "none" else found


#: What a test of an external service may find (``installer.external``).
EXTERNAL_FINDINGS = (
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


@dataclass(frozen=True)
class KnownFailure:
    """An entry of the catalogue that a log or a state proves, and the *lines* that do, at most five.
    *service*: whose they are; empty where that is not known, or where they are the machine's or Compose's."""

    code: str
    lines: tuple[str, ...]
    service: str = ""


class InstallError(Exception):
    """An expected failure.

    *params* fill the ``{fields}`` of the code's text; they hold no secrets. *detail* is the technical
    text (redacted by the code that emits it). *known_failures*: those that explain it, root causes
    first; the engine looks for them before the error reaches a front end (``explain``).
    """

    def __init__(self, code: Code, params: Mapping[str, str] | None = None, *, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.params: Mapping[str, str] = dict(params or {})
        self.detail = detail
        self.known_failures: tuple[KnownFailure, ...] = ()

    @property
    def catalogue(self) -> str:
        """Id in the catalogue of known failures: what was found to be the cause, else what the code always
        means; or an empty string."""
        return self.known_failures[0].code if self.known_failures else catalogue_of(self.code)
