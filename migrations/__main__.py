"""Write each revision as plain SQL beside the migrations: ``python -m migrations``."""

from onextree.store import migrate

SCRIPTS = {
    "012_create_onextree_snapshots.sql": ("base", "012_create_onextree_snapshots"),
    "012_rollback_onextree_snapshots.sql": ("012_create_onextree_snapshots", "base"),
    "013_add_file_classes.sql": ("012_create_onextree_snapshots", "013_add_file_classes"),
    "013_rollback_file_classes.sql": ("013_add_file_classes", "012_create_onextree_snapshots"),
    "014_lifecycle_of_versions.sql": ("013_add_file_classes", "014_lifecycle_of_versions"),
    "014_rollback_lifecycle_of_versions.sql": ("014_lifecycle_of_versions", "013_add_file_classes"),
    "015_compact_entries.sql": ("014_lifecycle_of_versions", "015_compact_entries"),
    "015_rollback_compact_entries.sql": ("015_compact_entries", "014_lifecycle_of_versions"),
    "016_pending_work.sql": ("015_compact_entries", "016_pending_work"),
    "016_rollback_pending_work.sql": ("016_pending_work", "015_compact_entries"),
    "017_views_for_analysts.sql": ("016_pending_work", "017_views_for_analysts"),
    "017_rollback_views_for_analysts.sql": ("017_views_for_analysts", "016_pending_work"),
    "018_entries_of_any_version.sql": ("017_views_for_analysts", "018_entries_of_any_version"),
    "018_rollback_entries_of_any_version.sql": (
        "018_entries_of_any_version",
        "017_views_for_analysts",
    ),
    "019_update_requests.sql": ("018_entries_of_any_version", "019_update_requests"),
    "019_rollback_update_requests.sql": ("019_update_requests", "018_entries_of_any_version"),
    "020_incremental_versions.sql": ("019_update_requests", "020_incremental_versions"),
    "020_rollback_incremental_versions.sql": ("020_incremental_versions", "019_update_requests"),
    "021_remote_projects.sql": ("020_incremental_versions", "021_remote_projects"),
    "021_rollback_remote_projects.sql": ("021_remote_projects", "020_incremental_versions"),
    "022_circuit_breakers.sql": ("021_remote_projects", "022_circuit_breakers"),
    "022_rollback_circuit_breakers.sql": ("022_circuit_breakers", "021_remote_projects"),
    "023_api_keys.sql": ("022_circuit_breakers", "023_api_keys"),
    "023_rollback_api_keys.sql": ("023_api_keys", "022_circuit_breakers"),
    "024_counters.sql": ("023_api_keys", "024_counters"),
    "024_rollback_counters.sql": ("024_counters", "023_api_keys"),
    "025_events.sql": ("024_counters", "025_events"),
    "025_rollback_events.sql": ("025_events", "024_counters"),
    "026_intelligence.sql": ("025_events", "026_intelligence"),
    "026_rollback_intelligence.sql": ("026_intelligence", "025_events"),
    "027_stamps.sql": ("026_intelligence", "027_stamps"),
    "027_rollback_stamps.sql": ("027_stamps", "026_intelligence"),
}
"""Name to the revisions from and to which it leads."""


def main() -> None:
    for name, (before, after) in SCRIPTS.items():
        script = migrate.render(before, after, down="rollback" in name)
        (migrate.MIGRATIONS / name).write_text(script)


if __name__ == "__main__":
    main()
