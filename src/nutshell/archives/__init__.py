"""Everything of a person in one file to take away, and back from it. Nothing of a file is kept on the server."""
