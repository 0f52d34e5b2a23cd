"""The production topology as processes of one machine: for trials and tests, from the files that production takes."""
