"""Who else may see or change a diary: statements of consent, their states, and who may do what."""
