"""What a relay is made of: what sends, what keeps the order, what wakes it."""
