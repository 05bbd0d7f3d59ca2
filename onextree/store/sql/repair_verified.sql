UPDATE onextree.projects SET verified_at = NULL WHERE project_key = %(project_key)s
