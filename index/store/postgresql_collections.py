"""Collections of a PostgreSQL database: a schema each, whose tables no query of another collection sees."""

from collections.abc import Iterator
from contextlib import contextmanager

from index.store.named_collections import NAME, check_name, name_taken, require_named
from index.store.postgresql_connections import SCHEMA_PREFIX, Connections, DatabaseError, failure, schema_name

SCHEMAS = b"SELECT nspname, oid::text FROM pg_catalog.pg_namespace WHERE starts_with(nspname, %s)"


class PostgresCollections:
    """Collections of one database, for any number of processes."""

    def __init__(self, address: str) -> None:
        """Store the address; does not connect. Raises InputError when it is not one."""
        self._connections = Connections(address)

    def names(self) -> list[str]:
        """Return the names in their order."""
        return sorted(self._schemas(SCHEMA_PREFIX))

    def identity(self, name: str) -> str | None:
        """Return the number of the schema, which a later one of the same name does not have."""
        return self._schemas(schema_name(name)).get(name) if NAME.fullmatch(name) else None

    def _schemas(self, beginning: str) -> dict[str, str]:
        with self._reported():
            found = self._connections.rows(SCHEMAS, (beginning,))
        numbers = {schema.removeprefix(SCHEMA_PREFIX): number for schema, number in found}
        return {name: number for name, number in numbers.items() if NAME.fullmatch(name)}

    def add(self, name: str) -> None:
        """Create the schema; its tables are created when the collection is opened."""
        check_name(name)
        if self.identity(name) is not None:
            raise name_taken(name)
        self._change(f'CREATE SCHEMA "{schema_name(name)}"')

    def remove(self, name: str) -> None:
        """Drop the schema with all its tables."""
        require_named(name, self)
        self._change(f'DROP SCHEMA "{schema_name(name)}" CASCADE')

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close_idle()

    def _change(self, statement: str) -> None:
        with self._reported(), self._connections.transaction("BEGIN") as connection:
            connection.execute(statement.encode())
            connection.execute("COMMIT")

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            raise failure(self._connections.name, error) from error
