"""``python -m installer``: the engine's command line.

A frozen program has no ``python -m``: it runs detached jobs of this computer as itself with
``--job-runner FOLDER`` (see ``installer.hosts.local.host``).
"""

import sys

from installer.cli.main import main
from installer.hosts.local.job_runner import main as run_job


def run(argv: list[str]) -> int:
    """The exit code of the command in *argv*."""
    if argv[:1] == ["--job-runner"] and len(argv) == 2:
        return run_job(argv[1])
    return main(argv)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
