"""The fault table: which step meets which fault, and what must come of it."""

from __future__ import annotations

from .model import FAULTS, GOES_ON, KILLED, STEPS, Ending, Never, Row

LOST = Ending(1, "ssh.connection_lost", "SSH-13")
EARLY = Ending(1, "ssh.closed_early", "SSH-08")
REFUSED = Ending(1, "ssh.refused", "HOST-09")
SILENT = (Ending(1, "ssh.timeout", "SSH-16"), Ending(1, "ssh.unreachable", "SSH-16"))
#: A line that is cut and refuses for seconds: whichever way it is met; got over if it is back in time.
CUT = (GOES_ON, LOST, EARLY, REFUSED)
#: A server that is not there for some seconds.
AWAY = (*CUT, *SILENT)
#: A line on which nothing comes any more.
DEAD = (LOST, EARLY, *SILENT)
VANISHED = Ending(1, "job.vanished")
FULL = Ending(1, "host.file_failed", "HOST-04")
NO_DAEMON = "INST-13"
#: The web server is not there again yet.
NO_ADMIN = Ending(1, "admin.failed", "WEB-01")

BEFORE_JOB = ("connect", "facts", "release", "upload")
REGISTRY = ("registry down", "registry slow", "registry 429", "registry 503", "image missing")
CONTAINERS = ("container crashing", "never healthy", "other password")

NEVER = (
    Never(
        tuple(s for s in STEPS if s != "pull"),
        REGISTRY,
        "asks no registry: before the pull nothing does, after it all images are there",
    ),
    Never((*BEFORE_JOB, "repair", "pull"), CONTAINERS, "no container of Dify has been started yet"),
    Never(("reach",), CONTAINERS, "its container is ours and answers one question"),
    Never(("repair",), ("Docker restarted",), "there is no Docker yet: the step installs it"),
    Never(("databases",), ("other password",), "asks the databases from inside, where no password is wanted"),
    Never(
        ("start",),
        ("container crashing", "other password"),
        "ends when the containers were started; the gate looks at them",
    ),
    Never(("admin",), CONTAINERS, "begins when the gate has seen every container well"),
)

ROWS = (
    # connect
    Row("connect", "line dropped", CUT),
    Row("connect", "line stalled", DEAD),
    Row("connect", "client killed", (KILLED,)),
    Row("connect", "server rebooted", AWAY),
    Row("connect", "Docker restarted", (GOES_ON, Ending(3, "docker.not_running", NO_DAEMON))),
    Row("connect", "disk full", (Ending(3, "disk.too_small", "HOST-04"),)),
    # facts
    Row("facts", "line dropped", CUT),
    Row("facts", "line stalled", (GOES_ON,), more="for a moment"),
    Row("facts", "line stalled", (GOES_ON, *DEAD)),
    Row("facts", "client killed", (KILLED,)),
    Row("facts", "server rebooted", AWAY),
    Row("facts", "Docker restarted", (GOES_ON, Ending(3, "docker.not_running", NO_DAEMON))),
    Row("facts", "disk full", (FULL,)),
    # release
    Row("release", "line dropped", CUT),
    Row("release", "line stalled", (GOES_ON, *DEAD)),
    Row("release", "client killed", (KILLED,)),
    Row("release", "server rebooted", AWAY),
    Row("release", "Docker restarted", (GOES_ON,)),
    Row("release", "disk full", (FULL,)),
    # repair
    Row("repair", "line dropped", (GOES_ON,), target="vps-bare"),
    Row("repair", "line stalled", (GOES_ON,), target="vps-bare"),
    Row("repair", "client killed", (KILLED,), target="vps-bare"),
    Row("repair", "server rebooted", (VANISHED,), target="vps-bare"),
    Row("repair", "disk full", (Ending(1, "repair.failed", "HOST-04"),), target="vps-bare"),
    # upload
    Row("upload", "line dropped", CUT),
    Row("upload", "line stalled", (GOES_ON, *DEAD)),
    Row("upload", "client killed", (KILLED,)),
    Row("upload", "server rebooted", AWAY),
    Row("upload", "Docker restarted", (GOES_ON,)),
    Row("upload", "disk full", (FULL,)),
    # pull
    Row("pull", "line dropped", (GOES_ON,)),
    Row("pull", "line stalled", (GOES_ON,)),
    Row("pull", "client killed", (KILLED,)),
    Row("pull", "server rebooted", (VANISHED,)),
    Row("pull", "Docker restarted", (GOES_ON, Ending(1, "pull.failed", NO_DAEMON))),
    Row("pull", "disk full", (Ending(1, "pull.disk_full", "HOST-04"),)),
    Row("pull", "registry down", (GOES_ON,), more="for a moment"),
    Row("pull", "registry down", (Ending(1, "pull.registry_closed", "PULL-01"),)),
    Row("pull", "registry slow", (GOES_ON,)),
    Row("pull", "registry 429", (Ending(1, "pull.rate_limited", "PULL-02"),)),
    Row("pull", "registry 503", (GOES_ON,), more="for a moment"),
    Row("pull", "registry 503", (Ending(1, "pull.failed", "PULL-01"),)),
    Row("pull", "image missing", (Ending(1, "pull.image_unknown", "PULL-03"),)),
    # reach
    Row("reach", "line dropped", (GOES_ON,)),
    Row("reach", "line stalled", (GOES_ON,)),
    Row("reach", "client killed", (KILLED,)),
    Row("reach", "server rebooted", (VANISHED,)),
    Row("reach", "Docker restarted", (GOES_ON, Ending(1, "start.failed", NO_DAEMON))),
    Row(
        "reach",
        "disk full",
        (FULL, Ending(1, "start.failed", "HOST-04"), Ending(1, "database.not_ready", "HOST-04")),
    ),
    # databases
    Row("databases", "line dropped", (GOES_ON,)),
    Row("databases", "line stalled", (GOES_ON,)),
    Row("databases", "client killed", (KILLED,)),
    Row("databases", "server rebooted", (VANISHED,)),
    Row("databases", "Docker restarted", (GOES_ON, Ending(1, "start.failed", NO_DAEMON))),
    Row(
        "databases",
        "disk full",
        (FULL, Ending(1, "start.failed", "HOST-04"), Ending(1, "database.not_ready", "HOST-04")),
    ),
    Row("databases", "container crashing", (Ending(1, "database.not_ready", "PG-02"),)),
    Row("databases", "never healthy", (GOES_ON,), more="for a moment"),
    # start
    Row("start", "line dropped", (GOES_ON,)),
    Row("start", "line stalled", (GOES_ON,)),
    Row("start", "client killed", (KILLED,)),
    Row("start", "server rebooted", (VANISHED,)),
    Row("start", "Docker restarted", (GOES_ON, Ending(1, "start.failed", NO_DAEMON))),
    Row(
        "start",
        "disk full",
        (GOES_ON, FULL, Ending(1, "start.failed", "HOST-04"), Ending(1, "ready.service_failed", "HOST-04")),
    ),
    Row("start", "never healthy", (GOES_ON,), more="for a moment"),
    # ready
    Row("ready", "line dropped", CUT),
    Row("ready", "line stalled", (GOES_ON, *DEAD)),
    Row("ready", "client killed", (KILLED,)),
    Row("ready", "server rebooted", AWAY),
    Row("ready", "Docker restarted", (GOES_ON, Ending(1, "docker.not_running", NO_DAEMON))),
    Row("ready", "disk full", (GOES_ON, FULL, Ending(1, "ready.service_failed", "HOST-04"))),
    Row("ready", "container crashing", (Ending(1, "ready.service_failed", "SBX-04"),)),
    Row("ready", "never healthy", (GOES_ON,), more="for a moment"),
    Row("ready", "other password", (Ending(1, "ready.service_failed", "ENV-02"),)),
    # admin
    Row("admin", "line dropped", CUT),
    Row("admin", "line stalled", (GOES_ON, *DEAD)),
    Row("admin", "client killed", (KILLED,)),
    Row("admin", "server rebooted", (*AWAY, NO_ADMIN)),
    Row("admin", "Docker restarted", (GOES_ON, NO_ADMIN)),
    Row("admin", "disk full", (GOES_ON, FULL, Ending(1, "admin.failed", "HOST-04"))),
)


#: Rows that meet one and the same installation, one after the other, by their ids. In every run: "usual".
#: Whichever ends ``apply`` has the next one begin where the last one left it.
STORIES = {
    "usual": (
        "connect-line-dropped",
        "facts-line-stalled-for-a-moment",
        "release-Docker-restarted",
        "upload-disk-full",
        "pull-registry-429",
        "pull-image-missing",
        "pull-registry-down-for-a-moment",
        "pull-registry-503-for-a-moment",
        "pull-registry-slow",
        "pull-server-rebooted",
        "reach-line-dropped",
        "databases-never-healthy-for-a-moment",
        "start-client-killed",
        "ready-container-crashing",
        "admin-line-dropped",
        "ready-other-password",
    ),
    "failing": (
        "facts-line-dropped",
        "release-line-dropped",
        "release-server-rebooted",
        "release-disk-full",
        "upload-line-dropped",
        "upload-server-rebooted",
        "upload-Docker-restarted",
        "pull-Docker-restarted",
        "pull-registry-down",
        "pull-registry-503",
        "reach-Docker-restarted",
        "reach-server-rebooted",
        "reach-disk-full",
        "databases-Docker-restarted",
        "databases-server-rebooted",
        "databases-disk-full",
        "start-Docker-restarted",
        "start-server-rebooted",
        "start-disk-full",
        "ready-Docker-restarted",
        "ready-server-rebooted",
        "ready-line-dropped",
        "ready-client-killed",
        "admin-Docker-restarted",
    ),
    "going on": (
        "connect-client-killed",
        "connect-server-rebooted",
        "connect-Docker-restarted",
        "facts-client-killed",
        "facts-server-rebooted",
        "facts-Docker-restarted",
        "release-client-killed",
        "upload-client-killed",
        "pull-line-dropped",
        "pull-client-killed",
        "databases-line-dropped",
        "start-line-dropped",
        "ready-never-healthy-for-a-moment",
        "admin-client-killed",
    ),
}
USUAL = frozenset(STORIES["usual"])


def without_a_row() -> dict[tuple[str, str], str]:
    """Pairs that cannot meet, with the reason."""
    return {pair: never.why for never in NEVER for pair in never.pairs()}


def pairs() -> list[tuple[str, str]]:
    """All of them."""
    return [(step, fault) for step in STEPS for fault in FAULTS]
