"""The product as a person meets it: Chromium, its own certificate store, and a virtual passkey."""
