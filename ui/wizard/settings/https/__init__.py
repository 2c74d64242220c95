"""What each way of making HTTPS asks, a module for each."""
