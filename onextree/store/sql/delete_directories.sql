DELETE FROM onextree.current_directories WHERE project_key = %(project_key)s
