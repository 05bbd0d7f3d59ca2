SELECT dir, name, kind, size, digest, class_id
FROM onextree.entries_at(%(project_key)s, %(version)s)
