"""What the product costs on this machine, beside the customary way of doing the same, measured in one run."""
