"""The window around pages: rail, bottom bar, dialogs."""
