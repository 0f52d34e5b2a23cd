"""The key store: a process of its own that alone reaches the `keys` database and the KMS."""
