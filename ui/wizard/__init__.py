"""The wizard: each page with its controller."""
