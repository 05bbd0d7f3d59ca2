"""The git hook: what it writes, where it is installed, and how what it wrote is delivered.

Its background process has to start fast: nothing here imports the store or Dagster.
"""
