"""What every room may use: clock, ids, units, aims and the closed list of errors. Pure Python."""
