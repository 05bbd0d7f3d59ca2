"""What is wrong with a project: rules, what they find, and what to do about it."""
