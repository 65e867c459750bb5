"""Presentation attack detection (ISO/IEC 30107): whether a face is there, and not its picture. docs/liveness.md."""
