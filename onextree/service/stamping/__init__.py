"""Use cases of stamping: contents, files on this machine, and what a project's files carry."""
