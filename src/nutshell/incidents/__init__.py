"""Breaches of security: what happened, until when who must have done what, what was decided and who was told."""
