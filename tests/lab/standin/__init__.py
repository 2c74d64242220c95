"""Stand-in for Dify's own images and the bundled stores: answers like them, and really uses the secrets it
gets.

Runs in the images on Debian's Python with the standard library only. ``LAB_ROLE`` and ``LAB_VERSION``
are part of an image; all else comes from the Compose file, so a release's real wiring is what is tested.
"""
