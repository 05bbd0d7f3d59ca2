UPDATE onextree.projects SET last_version = %(last_version)s WHERE project_key = %(project_key)s
