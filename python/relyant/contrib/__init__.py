"""Relyant for other packages of Django's world: each one is imported only by who uses it."""
