"""An app with a user model without user names."""
