"""Logins on real databases: SQLite, PostgreSQL and MariaDB."""
