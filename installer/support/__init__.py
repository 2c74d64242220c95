"""The report for support: one file with what is known of an installation, and without its secrets.

``scrub``, ``forms`` and ``shapes`` take secrets out, ``gather`` asks the target, ``write`` makes the file,
``read`` reads one from an untrusted source.
"""
