"""How the house is kept: backups, restoring, what is wrong, what is removed when, what machines ask."""
