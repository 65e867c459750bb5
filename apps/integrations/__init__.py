"""The door for HR systems: credentials and the REST API."""
