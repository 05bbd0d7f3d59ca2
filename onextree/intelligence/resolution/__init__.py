"""Which files imports lead to, by the rules of each language."""
