"""What every layer uses: errors, events, cancelling, secrets, the tables in ``resources/``, formatting,
files of the program.
"""
