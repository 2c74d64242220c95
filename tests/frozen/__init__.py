"""The program as people get it: frozen by PyInstaller, looked at from outside."""
