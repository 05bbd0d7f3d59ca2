"""The code of a version read, linked and judged; what did not change is not looked at again."""
