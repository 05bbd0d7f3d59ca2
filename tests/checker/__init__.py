"""A checker in the manner of Jepsen: an installation under faults, and what must hold of it."""
