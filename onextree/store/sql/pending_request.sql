SELECT reason, paths, attempts, correlation_id
FROM onextree.update_requests WHERE project_key = %(project_key)s
