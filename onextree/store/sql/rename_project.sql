-- Its versions have the new id by the foreign key. Dagster, where the project is another partition
-- now, is to be told of the newest one again, and shows its enrichment when it is made anew.
WITH renamed AS (
    UPDATE onextree.projects SET project_id = %(project_id)s WHERE project_key = %(project_key)s
), newest AS (
    SELECT version FROM onextree.versions WHERE project_key = %(project_key)s
    ORDER BY version DESC LIMIT 1
), announced AS (
    INSERT INTO onextree.pending_materialisations (project_key, version)
    SELECT %(project_key)s, version FROM newest
    ON CONFLICT DO NOTHING
)
INSERT INTO onextree.enrichment_queue (project_key, version, reason)
SELECT %(project_key)s, version, 'generated' FROM newest
ON CONFLICT DO NOTHING
