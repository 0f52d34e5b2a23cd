"""Backups of the embedded databases: sealed to a key that is not on the machine, and back again."""
