"""Who operates the installation: accounts of the console, what operators did, and how the worker's tasks are."""
