"""An app with one model, for permissions to be about."""
