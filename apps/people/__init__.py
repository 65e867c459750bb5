"""People whose attendance is kept, and their departments."""
