"""Space: disk usage, data, cleaning up images, open ports, removal."""
