"""The JSON door: parses, asks the gate, lets a room decide, answers JSON. See `routes.py` for the one table of routes."""
