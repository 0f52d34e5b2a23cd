"""What people ask of the data-protection officer, and the clock that runs until they have an answer."""
