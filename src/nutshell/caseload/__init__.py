"""A clinic's work with its clients' diaries: who logged, how they keep to their targets, handing a profile over."""
