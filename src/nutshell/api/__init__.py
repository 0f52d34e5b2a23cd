"""The JSON door: parses, asks the gate, lets a room decide, answers JSON. All its routes stand in one table."""
