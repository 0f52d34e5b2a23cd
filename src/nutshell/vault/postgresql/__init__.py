"""PostgreSQL for the records, where each statement says whose rows it is about."""
