"""Taking back what was done to a target: an installation that never was ready, or the last change of one that ran."""
