"""Public foods and nutrients: an immutable, hashed, memory-mapped artifact and the search over it.

Nothing here is personal. The artifact is built once from USDA SR28 (`build`), opened read-only by
every process (`queries.current`) and never changed; a missing value is unknown, never zero.
"""
