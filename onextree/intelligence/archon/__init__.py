"""The Archon service: what it knows of a project, asked within seconds and never trusted."""
