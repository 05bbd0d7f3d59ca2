UPDATE onextree.versions SET is_pinned = %(is_pinned)s
WHERE project_id = %(project_id)s AND version = %(version)s
