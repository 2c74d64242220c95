"""What the network lets through: what a server reaches, whether it is reached, and a way through SSH."""
