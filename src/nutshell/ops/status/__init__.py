"""The status page: what works and since when, asked every minute, kept as a file that the front serves by itself.

The worker looks at what it uses (key store, mail) and leaves its findings; a web process adds what it reads itself; a
process beside the front asks web processes, remembers, and writes the page. No step knows of any person.
"""
