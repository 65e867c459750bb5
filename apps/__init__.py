"""The rooms of the platform; who may import whom stands in docs/frame-walk.md."""
