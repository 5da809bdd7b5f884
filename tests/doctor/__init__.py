"""The doctor on the development provider: each seeded fault is named, and nothing else is."""
