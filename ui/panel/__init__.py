"""The control panel: what the window is once Dify runs."""
