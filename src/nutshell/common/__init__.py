"""What every room may use: clock, ids, units, aims, languages and the closed list of errors. Pure Python."""
