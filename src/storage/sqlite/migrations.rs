//! Schemas, step by step. A file under migrations/ is frozen once released; each runs in one transaction with its number.

use rusqlite::{Connection, TransactionBehavior};

use crate::storage::StorageError;

/// What kind of file it is, and the way to its newest schema.
pub(super) struct Schema {
    /// `PRAGMA application_id`: tells our files from those of other programs, and from each other.
    pub(super) application: i32,
    /// In order; the first has number 1.
    pub(super) migrations: &'static [&'static str],
}

/// The schema of the database.
pub(super) const DATABASE: Schema = Schema {
    // "Csgn"
    application: 0x4373_676e,
    migrations: &[
        include_str!("../../../migrations/sqlite/0001_begin.sql"),
        include_str!("../../../migrations/sqlite/0002_sessions.sql"),
        include_str!("../../../migrations/sqlite/0003_people_and_history.sql"),
        include_str!("../../../migrations/sqlite/0004_publication_facts.sql"),
        include_str!("../../../migrations/sqlite/0005_publication_tallies.sql"),
        include_str!("../../../migrations/sqlite/0006_live_records.sql"),
    ],
};

/// Whether the file is one that this program can bring up to date: empty, or of this kind and not from the future.
pub(super) fn accept(connection: &Connection, schema: &Schema) -> Result<(), StorageError> {
    // One state: another process may be making the file just now.
    let state = connection.unchecked_transaction()?;
    let application: i32 = state.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application == schema.application {
        return number(&state, schema).map(|_| ());
    }
    let tables: i64 = state.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if application == 0 && tables == 0 {
        return Ok(());
    }
    Err(StorageError::Unavailable { what: "not a file of this kind: another program's database".to_owned() })
}

/// Runs what is missing. Stopped in the middle, the file has the schema of the last migration that was committed, and the
/// next start goes on from there.
pub(super) fn run(connection: &mut Connection, schema: &Schema) -> Result<(), StorageError> {
    for (step, sql) in (1_u64..).zip(schema.migrations) {
        // Asked first without a lock: a file that is up to date opens beside a long write.
        if number(connection, schema)? >= step {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Asked again inside: another process may have been faster.
        if number(&transaction, schema)? >= step {
            continue;
        }
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", schema.application)?;
        transaction.pragma_update(None, "user_version", i64::try_from(step).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}

/// The number of the last migration that ran.
fn number(connection: &Connection, schema: &Schema) -> Result<u64, StorageError> {
    let number: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = u64::try_from(number)
        .map_err(|_| StorageError::Corrupt { table: "sqlite_schema", column: "user_version" })?;
    let known = u64::try_from(schema.migrations.len()).unwrap_or(u64::MAX);
    if found > known { Err(StorageError::NewerSchema { found, known }) } else { Ok(found) }
}
