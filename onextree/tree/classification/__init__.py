"""What the files and directories of a tree are: language, category, purpose, patterns."""
