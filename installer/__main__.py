"""``python -m installer``: the engine's command line."""

import sys

from installer.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
