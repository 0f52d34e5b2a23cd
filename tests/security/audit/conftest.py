from tests.keystore import key_store, node  # noqa: F401
