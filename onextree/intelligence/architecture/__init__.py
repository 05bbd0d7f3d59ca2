"""What a project is made of: patterns, layers, entry points, key files."""
