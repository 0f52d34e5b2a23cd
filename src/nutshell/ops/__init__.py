"""The operator's door: the `nutshell` command, start-up checks, certificates, the launcher and its processes."""
