"""Consent, enrollment sessions, references and the gallery."""
