"""``LocalHost``: this computer."""
