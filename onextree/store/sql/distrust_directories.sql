UPDATE onextree.projects SET hashed_version = NULL WHERE project_key = %(project_key)s
