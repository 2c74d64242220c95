"""The running stack: what its containers do, their logs, and the actions on them."""
