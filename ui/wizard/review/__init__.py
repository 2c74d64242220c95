"""Review: the plan before anything changes."""
