"""History: the journal, and the report for support."""
