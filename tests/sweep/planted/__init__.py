"""A small application with seven leaks in it, and the same one without: what the sweep must find, and must not."""
