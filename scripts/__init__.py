"""What the Makefile calls. Only the standard library is imported here: most of it runs before anything is installed."""
