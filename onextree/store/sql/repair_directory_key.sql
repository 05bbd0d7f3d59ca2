WITH closed AS (
    UPDATE onextree.closed_entries SET dir = %(key)s, long_dir = %(long_dir)s
    WHERE project_key = %(project_key)s AND dir = %(dir)s
      AND long_dir = %(stored)s
)
UPDATE onextree.current_entries SET dir = %(key)s, long_dir = %(long_dir)s
WHERE project_key = %(project_key)s AND dir = %(dir)s
  AND long_dir = %(stored)s
