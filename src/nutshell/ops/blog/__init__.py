"""The blog: posts in Markdown, a look without script, and the generator that makes files of them for Caddy."""
