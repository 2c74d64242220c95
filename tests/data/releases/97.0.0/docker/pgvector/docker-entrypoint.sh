#!/bin/sh
# The image's own entry point, after what this release would add.
set -e
exec docker-entrypoint.sh postgres
