"""Facts about this computer where no POSIX scripts run (macOS, Windows), and about Docker Desktop."""
