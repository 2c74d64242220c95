"""What is there: one probe of the target and the pure parsers of its answer."""
