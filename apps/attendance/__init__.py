"""Sightings, punches and the state of each person."""
