//! The SQLite backend: one file, one writing connection, a pool of reading ones. WAL, synchronous FULL.
//!
//! Only one write transaction runs at a time, in this process by the writer's lock, across processes by SQLite's, which is
//! waited for. It begins IMMEDIATE, so a closure never runs on a state that somebody else changes, and never runs twice.
//! Killed at any point, the next to open the file finds the last commit.

mod chains;
mod columns;
mod contents;
mod counters;
mod credentials;
mod group_members;
mod history;
mod ledger;
mod migrations;
mod objects;
mod password_links;
mod paths;
mod pending;
mod permissions;
mod publication_changes;
mod publications;
mod records;
mod review_requests;
mod sessions;
mod timestamps;
mod tx;

use std::{
    fmt, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

use super::{Backend, End, Health, StorageError, Store, Tx};
use migrations::{DATABASE, Schema};
use tx::{Mode, SqliteTx};

pub use ledger::SqliteLedger;

/// Opens databases in SQLite files.
pub struct SqliteStore {
    /// Connections that no read uses now.
    idle_readers: Mutex<Vec<Connection>>,
    settings: Settings,
    writer: Mutex<Connection>,
    /// Last, so that it goes after the connections into it.
    _folder: Option<TempDir>,
}

impl SqliteStore {
    /// Opens the database, or makes an empty one, readable by its owner alone; brings its schema up to date.
    ///
    /// Waits up to half a minute for writers in other processes, here and at each write.
    pub fn open(path: &Path) -> Result<Store, StorageError> {
        Self::open_with_patience(path, PATIENCE)
    }

    /// As [`SqliteStore::open`], with another time to wait for writers in other processes.
    pub fn open_with_patience(path: &Path, patience: Duration) -> Result<Store, StorageError> {
        let settings = Settings { patience, path: path.to_owned(), synchronous: "FULL" };
        Self::start(settings, None)
    }

    /// Makes a database that goes with the last clone of the store. Not durable: for tests and rehearsals.
    pub fn open_temporary() -> Result<Store, StorageError> {
        let folder = TempDir::new().map_err(|error| StorageError::Unavailable { what: error.to_string() })?;
        let path = folder.path().join("temporary.db");
        Self::start(Settings { patience: PATIENCE, path, synchronous: "OFF" }, Some(folder))
    }

    fn start(settings: Settings, folder: Option<TempDir>) -> Result<Store, StorageError> {
        let mut writer = settings.connect(Access::Write, &DATABASE)?;
        migrations::run(&mut writer, &DATABASE)?;
        Ok(Store::new(Arc::new(Self {
            idle_readers: Mutex::default(),
            settings,
            writer: Mutex::new(writer),
            _folder: folder,
        })))
    }

    /// A reading connection, in nobody else's use.
    fn reader(&self) -> Result<Connection, StorageError> {
        let idle = lock(&self.idle_readers).pop();
        idle.map_or_else(|| self.settings.connect(Access::Read, &DATABASE), Ok)
    }

    fn keep_reader(&self, reader: Connection) {
        let mut idle = lock(&self.idle_readers);
        if idle.len() < MAX_IDLE_READERS {
            idle.push(reader);
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.settings.path).finish_non_exhaustive()
    }
}

impl Backend for SqliteStore {
    fn read(
        &self,
        work: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut reader = self.reader()?;
        let transaction = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let result = work(&mut SqliteTx::new(&transaction, Mode::Read));
        // A failure to end a read loses nothing; the connection is closed instead of kept.
        if transaction.rollback().is_ok() {
            self.keep_reader(reader);
        }
        result
    }

    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn Tx) -> Result<End, StorageError>,
    ) -> Result<(), StorageError> {
        let mut writer = lock(&self.writer);
        // Dropped in any way but `commit`, the transaction is rolled back: by an error, by a panic of the closure.
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match work(&mut SqliteTx::new(&transaction, Mode::Write))? {
            // SQLite has rolled it back itself (a full disk, say), and the closure swallowed the error.
            End::Commit if transaction.is_autocommit() => Err(StorageError::Interrupted),
            End::Commit => Ok(transaction.commit()?),
            End::RollBack => Ok(()),
        }
    }

    fn check(&self) -> Result<Health, StorageError> {
        let reader = self.reader()?;
        let health = health(&reader, &self.settings.path)?;
        self.keep_reader(reader);
        Ok(health)
    }
}

/// How connections are made.
struct Settings {
    patience: Duration,
    path: PathBuf,
    synchronous: &'static str,
}

/// What a connection is for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Access {
    Read,
    Write,
}

impl Access {
    /// KiB, negative as SQLite wants it. What a publication in some hundred thousand rows touches stays in the writer's memory;
    /// the readers, of which there are many, have the operating system's cache below them.
    fn cache_size(self) -> i64 {
        match self {
            Self::Read => -16_384,
            Self::Write => -65_536,
        }
    }
}

impl Settings {
    fn connect(&self, access: Access, schema: &Schema) -> Result<Connection, StorageError> {
        self.try_connect(access, schema).map_err(|error| match error {
            StorageError::Damaged { what } => StorageError::Damaged { what: self.name(&what) },
            StorageError::Unavailable { what } => StorageError::Unavailable { what: self.name(&what) },
            other @ (StorageError::Conflict
            | StorageError::Corrupt { .. }
            | StorageError::Dangling
            | StorageError::Interrupted
            | StorageError::NewerSchema { .. }
            | StorageError::ReadOnly) => other,
        })
    }

    fn try_connect(&self, access: Access, schema: &Schema) -> Result<Connection, StorageError> {
        if access == Access::Write {
            create_private(&self.path)?;
        }
        // Not READ_ONLY for readers: that cannot recover the log of a process that was killed.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        if access == Access::Write {
            if connection.is_readonly("main")? {
                return Err(StorageError::Unavailable { what: "the file is read-only".to_owned() });
            }
            // Before anything is written into a file that may not be ours.
            migrations::accept(&connection, schema)?;
            keep_log(&connection)?;
        }
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "synchronous", self.synchronous)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        connection.pragma_update(None, "cache_size", access.cache_size())?;
        connection.pragma_update(None, "query_only", access == Access::Read)?;
        Ok(connection)
    }

    /// The file first; where SQLite names it at the end, not twice.
    fn name(&self, what: &str) -> String {
        let path = self.path.display().to_string();
        let what = what.strip_suffix(&format!(": {path}")).unwrap_or(what);
        format!("{path}: {what}")
    }
}

/// Makes the file for its owner alone; SQLite gives its log the same mode. One that is there is left as it is.
fn create_private(path: &Path) -> Result<(), StorageError> {
    let _alone = lock(&MAKING);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StorageError::Unavailable { what: error.to_string() }),
    }
}

/// Switches the file to a write-ahead log, for good.
fn keep_log(connection: &Connection) -> Result<(), StorageError> {
    let mut attempts = 0;
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Ok::<String, _>(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(StorageError::Unavailable {
                    what: "no write-ahead log can be kept here".to_owned(),
                });
            }
            // The one step for which SQLite does not wait: another process is making the same file. So wait for it in a
            // transaction; then the switch has been made, or nobody is in the way.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && attempts < 100 => {
                attempts += 1;
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn health(reader: &Connection, path: &Path) -> Result<Health, StorageError> {
    let number = |pragma: &str| -> Result<u64, StorageError> {
        let value: i64 = reader.pragma_query_value(None, pragma, |row| row.get(0))?;
        Ok(u64::try_from(value).unwrap_or(0))
    };
    let mut troubles = Vec::new();
    let mut statement = reader.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            troubles.push(line);
        }
    }
    let mut statement = reader.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()?.filter(|_| troubles.len() < 20) {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        troubles.push(format!("a row of {table} names a row of {parent} that is not there"));
    }
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Ok(Health {
        bytes: number("page_count")?.saturating_mul(number("page_size")?),
        free_bytes: number("freelist_count")?.saturating_mul(number("page_size")?),
        // No log: nothing was written since the last close.
        log_bytes: fs::metadata(log).map_or(0, |log| log.len()),
        schema: number("user_version")?,
        troubles,
    })
}

/// A panic in a closure rolled its transaction back: what the lock guards is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closing a file descriptor ends every POSIX lock that this process has on the file. So whoever finds the file there finds it
/// closed again, and locks it after that.
static MAKING: Mutex<()> = Mutex::new(());

/// The log is cut to this after a checkpoint.
const LOG_BYTES: i64 = 64 << 20;
/// More connections are opened when more reads run at once, but not kept.
const MAX_IDLE_READERS: usize = 8;
/// An import of a million records in another process holds the lock for about that long.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than there are different statements.
const STATEMENTS: usize = 128;
