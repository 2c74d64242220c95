"""Facts of servers that really have what the checks look for."""
