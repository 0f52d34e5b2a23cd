"""People: sign-up, log-in, second factors, passkeys, sessions, tokens, consents. All identity is sealed at rest."""
