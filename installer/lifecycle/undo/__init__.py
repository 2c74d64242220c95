"""Taking back what was done: an installation that never was ready, or the last change of one that ran."""
