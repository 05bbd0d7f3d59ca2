"""Working on when something outside fails."""
