"""Work beside the GUI thread: jobs, waking the GUI thread, work in chunks, garbage collection."""
