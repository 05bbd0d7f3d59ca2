-- Of versions too: their rows go with them, and what has no version goes here.
WITH versions AS (
    DELETE FROM onextree.versions WHERE project_key = %(project_key)s
), current_rows AS (
    DELETE FROM onextree.current_entries WHERE project_key = %(project_key)s
)
DELETE FROM onextree.closed_entries WHERE project_key = %(project_key)s
