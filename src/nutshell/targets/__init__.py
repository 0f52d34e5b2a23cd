"""What a person aims at: reference intakes, energy budget, own targets and their history. Pure Python."""
