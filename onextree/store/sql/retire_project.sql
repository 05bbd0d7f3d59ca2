UPDATE onextree.projects SET removed_at = now() WHERE project_key = %(project_key)s
