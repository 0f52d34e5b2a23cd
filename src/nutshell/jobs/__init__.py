"""Work that nobody waits for: sweeps and the audit's sequencer, run by the worker process on a schedule."""
