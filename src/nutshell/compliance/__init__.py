"""What standards and laws ask for, what keeps it, and whether the last run of the tests showed it."""
