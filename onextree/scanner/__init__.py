"""Trees in memory, of directories of this machine, and what can be asked of them; no database."""
