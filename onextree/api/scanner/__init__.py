"""The OnexTree service: upstream's REST interface to the trees of this machine."""
