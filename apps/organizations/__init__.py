"""Organizations, sites, cameras, memberships: the ground every other room stands on."""
