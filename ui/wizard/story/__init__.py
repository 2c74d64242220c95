"""What happened: a report, or the installation that is connected."""
