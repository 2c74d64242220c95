"""The program under a Windows Python (Wine, Debian); see docs/dev/windows.md."""
