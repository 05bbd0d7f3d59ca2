"""OnexTree: code projects as trees, every change of them as a numbered snapshot."""
