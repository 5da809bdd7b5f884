"""A Django project as small as a user's, for the tests."""
