"""What Relyant's own templates load."""
