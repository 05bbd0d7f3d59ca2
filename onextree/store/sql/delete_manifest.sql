DELETE FROM onextree.stamp_manifest WHERE project_key = %(project_key)s
