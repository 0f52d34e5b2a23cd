"""The cryptography of Nutshell, pure: implements docs/envelope-v1.md and nothing else.

Only `vault` and `audit` import this room. It keeps no state, opens no file and knows no database.
"""
