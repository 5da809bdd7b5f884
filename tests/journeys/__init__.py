"""Whole ways through the site, from the browser's first request to its last, with the development provider."""
