"""The program with a window: what it owns, its appearance, the open installations, the tray, one instance,
the self-test.
"""
