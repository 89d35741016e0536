//! The schema, step by step. A file under migrations/ is frozen once released; each runs in one transaction with its number.

use rusqlite::{Connection, TransactionBehavior};

use crate::storage::StorageError;

/// Whether the file is one that this program can bring up to date: empty, or ours and not from the future.
pub(super) fn accept(connection: &Connection) -> Result<(), StorageError> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application == APPLICATION_ID {
        return schema(connection).map(|_| ());
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if application == 0 && tables == 0 {
        return Ok(());
    }
    Err(StorageError::Unavailable { what: "a database of another program".to_owned() })
}

/// Runs what is missing. Stopped in the middle, the file has the schema of the last migration that was committed, and the
/// next start goes on from there.
pub(super) fn run(connection: &mut Connection) -> Result<(), StorageError> {
    for (number, sql) in (1_u64..).zip(MIGRATIONS) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Asked inside: another process may have been faster.
        if schema(&transaction)? >= number {
            continue;
        }
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", i64::try_from(number).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}

/// The number of the last migration that ran.
fn schema(connection: &Connection) -> Result<u64, StorageError> {
    let number: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let corrupt = StorageError::Corrupt { table: "sqlite_schema", column: "user_version" };
    let found = u64::try_from(number).map_err(|_| corrupt)?;
    let known = u64::try_from(MIGRATIONS.len()).unwrap_or(u64::MAX);
    if found > known { Err(StorageError::NewerSchema { found, known }) } else { Ok(found) }
}

/// "Csgn": tells our files from those of other programs.
const APPLICATION_ID: i32 = 0x4373_676e;

const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/sqlite/0001_begin.sql")];
