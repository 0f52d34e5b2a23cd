"""Keyslots: the sealed copies of a bundle (or of a token's keys). Their table lies in `accounts`."""
