"""Alembic's environment: runs on the connection that `onextree.store.schema` hands over."""

from alembic import context

VERSION_TABLE = "onextree_alembic_version"


def run() -> None:
    connection = context.config.attributes.get("connection")
    context.configure(
        connection=connection,
        dialect_name="postgresql",
        version_table=VERSION_TABLE,
        version_table_schema="public",
        transactional_ddl=True,
        dialect_opts={"paramstyle": "pyformat"},
    )
    with context.begin_transaction():
        context.run_migrations()


run()
