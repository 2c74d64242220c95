"""The command line: the second front end, and the only place of the engine that prints."""
