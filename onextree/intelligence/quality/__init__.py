"""What is wrong with a project: rules, findings, recommendations."""
