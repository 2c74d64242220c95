"""Containers: the grid, its columns, and the selected container."""
