"""The languages that all texts are there in, with what each calls itself."""

LANGUAGES = (("en", "English (US)"), ("en-gb", "English (UK)"), ("de", "Deutsch"))
CODES = frozenset(code for code, _name in LANGUAGES)
