"""What this program keeps in its own folder on this computer: preferences, known servers, the draft of
answers, the keychain.
"""
