"""Does the lab itself do what the other tests rely on?"""
