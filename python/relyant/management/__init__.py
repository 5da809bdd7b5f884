"""Relyant's management commands."""
