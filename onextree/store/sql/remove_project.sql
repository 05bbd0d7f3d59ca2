-- Its versions go with it, and their rows with them.
DELETE FROM onextree.projects WHERE project_key = %(project_key)s
