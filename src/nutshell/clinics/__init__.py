"""Clinics: organisations that read by keys of their own, their members and roles, and their clients.

All that a clinic knows lies sealed in its own vault. A membership is a grant of that vault's keys, so a role is what
somebody's keys reach: assistants the list of clients, clinicians also the clinic's sealing key, by which clients'
grants open, and administrators the whole bundle.
"""
