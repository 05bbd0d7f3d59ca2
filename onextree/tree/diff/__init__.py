"""What differs between two trees: changes, renames among them, and sums by directory."""
