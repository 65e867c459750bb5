"""What `manage.py evaluate` measures: identification of people, presentation attacks, and the report of both.

A command's work, never a request's: it brings in scipy and matplotlib, which the web process must not load.
"""
