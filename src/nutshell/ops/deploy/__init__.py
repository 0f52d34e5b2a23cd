"""Files for the machines of a production installation, made from one inventory."""
