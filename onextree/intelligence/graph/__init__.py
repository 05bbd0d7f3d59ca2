"""The graph of files: cycles, and what everything hangs on."""
