"""Why a user has her rights, for the command and the admin: it reads what logins left, and writes nothing."""
