"""Install: progress, failures and what can be done about them, undo."""
