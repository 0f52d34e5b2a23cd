"""The food diary: days, entries with their own snapshot, own foods, favourites and reports. Pure Python, no tables."""
