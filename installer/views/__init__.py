"""What a front end shows, as plain data. No Qt."""
