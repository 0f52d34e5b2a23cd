"""Nutshell: a nutrition tracker whose diary opens only for its owner, and for whom the owner says."""

__version__ = "0.1.0"
