-- Its versions follow by themselves.
UPDATE onextree.projects SET project_id = %(project_id)s WHERE project_key = %(project_key)s
