"""Generator of register files from one JSON description; docs/registers.md documents the format."""
