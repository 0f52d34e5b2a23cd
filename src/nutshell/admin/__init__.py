"""The operators' console: a door of its own, behind a client certificate and a second factor. It has no gate."""
