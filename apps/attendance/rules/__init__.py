"""The attendance rules as pure functions: marks, shifts, leave and terms in, sessions, figures and reasons out.

Nothing here reads a clock, a database or a setting. Instants are aware datetimes; durations are whole seconds.
"""
