UPDATE onextree.projects SET project_root = %(project_root)s WHERE project_key = %(project_key)s
