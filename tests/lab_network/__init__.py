"""The network of lab servers: what they reach, whether they are reached, and the way through SSH."""
