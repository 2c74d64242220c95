#!/bin/sh
# The image itself, after what this release would add.
set -e
exec standin
