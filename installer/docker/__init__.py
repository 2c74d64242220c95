"""Docker Engine's API and Compose's command line."""
