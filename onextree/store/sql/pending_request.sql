SELECT reason, paths FROM onextree.update_requests WHERE project_key = %(project_key)s
