"""The walls between the rooms of the house, and what holds the whole repository together."""
