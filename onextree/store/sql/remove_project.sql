WITH current_rows AS (
    DELETE FROM onextree.current_entries WHERE project_key = %(project_key)s
), closed_rows AS (
    DELETE FROM onextree.closed_entries WHERE project_key = %(project_key)s
)
DELETE FROM onextree.projects WHERE project_key = %(project_key)s
