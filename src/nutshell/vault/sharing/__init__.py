"""Grants in the vault: what the owner's keys do (`owner`, `rings`), what the grantee's do (`grantee`), and the rows."""
