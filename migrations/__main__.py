"""Write each revision as plain SQL beside the migrations: ``python -m migrations``."""

from onextree.store import migrate, schema

SCRIPTS = {
    "012_create_onextree_snapshots.sql": (schema.LATEST, False),
    "012_rollback_onextree_snapshots.sql": (schema.LATEST, True),
}


def main() -> None:
    for name, (revision, down) in SCRIPTS.items():
        (migrate.MIGRATIONS / name).write_text(migrate.render(revision, down=down))


if __name__ == "__main__":
    main()
