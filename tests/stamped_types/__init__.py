"""Files of many types, and what reads each type: a stamp must not change what is read."""
