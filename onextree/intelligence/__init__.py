"""What is known of a snapshot beyond its files."""
