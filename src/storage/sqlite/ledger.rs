//! The ledger of spent versions in a file of its own, beside the keys: a database that is restored from a backup does not bring
//! spent versions back. Every row is kept: each is a signature that may exist.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{
    Access, PATIENCE, Settings,
    columns::Columns,
    migrations::{self, Schema},
};
use crate::{
    signing::{Ledger, LedgerError, Spending, Spent},
    storage::StorageError,
    types::{BucketId, CollectionId, CollectionPath, Sha256Digest},
};

/// A durable ledger. Several processes may use one file: each step is one transaction that waits for the others.
#[derive(Debug)]
pub struct SqliteLedger(Mutex<Connection>);

impl SqliteLedger {
    /// Opens the ledger, or makes an empty one, readable by its owner alone.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let settings = Settings { patience: PATIENCE, path: path.to_owned(), synchronous: "FULL" };
        let mut connection = settings.connect(Access::Write, &SCHEMA)?;
        migrations::run(&mut connection, &SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Runs `work` in one transaction, durable when it returns.
    fn write(&self, work: impl FnOnce(&Connection) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&transaction)?;
        Ok(transaction.commit()?)
    }
}

impl Ledger for SqliteLedger {
    fn highest(&self, path: &CollectionPath) -> Result<Option<Spent>, LedgerError> {
        highest(&self.0.lock().unwrap_or_else(PoisonError::into_inner), path)
    }

    fn list(&self) -> Result<Vec<(CollectionPath, Spent)>, LedgerError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spent = Vec::new();
        for path in paths(&connection)? {
            if let Some(highest) = highest(&connection, &path)? {
                spent.push((path, highest));
            }
        }
        Ok(spent)
    }

    fn spend(
        &self,
        path: &CollectionPath,
        version: u64,
        text_hash: &Sha256Digest,
    ) -> Result<(), LedgerError> {
        self.write(|connection| {
            let highest = highest(connection, path)?;
            match Spent::judge(highest.as_ref(), version, text_hash)? {
                Spending::Again => Ok(()),
                Spending::New => insert(connection, path, version, Some(text_hash)),
            }
        })
    }

    fn raise(&self, path: &CollectionPath, version: u64) -> Result<(), LedgerError> {
        self.write(|connection| {
            let highest = highest(connection, path)?;
            if highest.is_some_and(|highest| highest.version >= version) {
                return Ok(());
            }
            insert(connection, path, version, None)
        })
    }
}

fn paths(connection: &Connection) -> Result<Vec<CollectionPath>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT bucket, collection FROM spent ORDER BY bucket, collection")?;
    let paths = statement.query_map([], |row| {
        let columns = Columns::of(row, "spent");
        Ok(columns.parsed(0, "bucket", BucketId::parse).and_then(|bucket| {
            Ok(CollectionPath::new(bucket, columns.parsed(1, "collection", CollectionId::parse)?))
        }))
    })?;
    let paths: Result<Vec<_>, rusqlite::Error> = paths.collect();
    Ok(paths?.into_iter().collect::<Result<_, StorageError>>()?)
}

fn highest(connection: &Connection, path: &CollectionPath) -> Result<Option<Spent>, LedgerError> {
    let spent = connection
        .prepare_cached(
            "SELECT version, text_hash FROM spent WHERE bucket = ?1 AND collection = ?2
             ORDER BY version DESC LIMIT 1",
        )?
        .query_row([path.bucket.as_str(), path.collection.as_str()], |row| {
            let columns = Columns::of(row, "spent");
            Ok(columns.number(0, "version").and_then(|version| {
                let text_hash = columns.digest_or_null(1, "text_hash")?;
                Ok(Spent { text_hash, version })
            }))
        })
        .optional()?;
    Ok(spent.transpose()?)
}

fn insert(
    connection: &Connection,
    path: &CollectionPath,
    version: u64,
    text_hash: Option<&Sha256Digest>,
) -> Result<(), LedgerError> {
    // Beyond 2^63−1 nothing is granted: statements end at 2^53−1.
    let column =
        i64::try_from(version).map_err(|_| StorageError::Corrupt { table: "spent", column: "version" })?;
    connection
        .prepare_cached("INSERT INTO spent (bucket, collection, version, text_hash) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            path.bucket.as_str(),
            path.collection.as_str(),
            column,
            text_hash.map(Sha256Digest::as_bytes),
        ])?;
    Ok(())
}

impl From<StorageError> for LedgerError {
    fn from(error: StorageError) -> Self {
        Self::Unavailable { what: error.to_string() }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        StorageError::from(error).into()
    }
}

const SCHEMA: Schema = Schema {
    // "Cspt"
    application: 0x4373_7074,
    migrations: &[include_str!("../../../migrations/ledger/0001_begin.sql")],
};
