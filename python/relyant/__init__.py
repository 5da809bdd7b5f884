"""Relyant signs people in to Django with OpenID Connect and lets the provider decide who may do what.

Add `"relyant"` to `INSTALLED_APPS`. Importing this package costs nothing: Django's app loading does the rest.
"""
