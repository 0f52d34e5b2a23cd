"""Studies: what a researcher may read of whom, for how long, and what was handed over."""
