UPDATE onextree.versions SET parent_snapshot_id = %(parent)s WHERE id = %(snapshot_id)s
