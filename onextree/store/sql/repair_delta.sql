UPDATE onextree.versions
SET paths_added = %(added)s, paths_modified = %(modified)s, paths_removed = %(removed)s
WHERE id = %(snapshot_id)s
