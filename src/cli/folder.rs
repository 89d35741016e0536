//! The data folder: what is where, who may read it, and that one service at a time serves it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::Failure;
use crate::signing::KeyFolder;

/// A folder that holds configuration, keys and database, readable by its owner alone.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// How far a folder is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FolderState {
    /// A database without keys: one of them belongs elsewhere.
    DatabaseAlone,
    /// Neither keys nor database.
    Empty,
    /// Keys without a database.
    KeysAlone,
    /// Both.
    Ready,
}

/// Held by the one service that serves a folder; let go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "held, not read")] File);

impl Folder {
    /// Makes the folder if it is not there; refused if others can read what is in it.
    pub(super) fn prepare(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::while_doing(path.display(), &error);
        if !path.try_exists().map_err(failed)? {
            create_private(path).map_err(failed)?;
        }
        Self::open(path)
    }

    /// A folder that is there; refused if others can read what is in it.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let folder = Self(path.to_owned());
        let metadata = fs::metadata(path).map_err(|error| {
            let failure = Failure::while_doing(path.display(), &error);
            if error.kind() == io::ErrorKind::NotFound {
                failure.mend("Make it with `countersign init`, or name another with --data DIR.")
            } else {
                failure
            }
        })?;
        if !metadata.is_dir() {
            return Err(Failure::refused(format!("{} is no folder", path.display())));
        }
        private(path, 0o700)?;
        let database = folder.database();
        if database.exists() {
            private(&database, 0o600)?;
        }
        Ok(folder)
    }

    /// What is in it.
    pub(super) fn state(&self) -> Result<FolderState, Failure> {
        let keys = !KeyFolder::is_empty(&self.keys())
            .map_err(|error| Failure::while_doing("looking for keys", &error))?;
        Ok(match (keys, self.database().exists()) {
            (false, false) => FolderState::Empty,
            (false, true) => FolderState::DatabaseAlone,
            (true, false) => FolderState::KeysAlone,
            (true, true) => FolderState::Ready,
        })
    }

    /// Keeps every other `serve` away from this folder, for as long as the lock is held.
    pub(super) fn lock(&self) -> Result<FolderLock, Failure> {
        let path = self.0.join("serve.lock");
        let failed = |error: io::Error| Failure::while_doing(path.display(), &error);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::refused(format!("another `countersign serve` serves {}", self.0.display()))
                    .mend("Stop it first, or name another folder with --data DIR."))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// The configuration file.
    pub(super) fn configuration(&self) -> PathBuf {
        self.0.join("countersign.toml")
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        self.0.join("countersign.db")
    }

    /// The folder of keys.
    pub(super) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The signer's ledger of spent versions.
    pub(super) fn ledger(&self) -> PathBuf {
        self.keys().join("spent.db")
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// Writes a new file for its owner alone; `false` if there is one already.
pub(super) fn write_new(path: &Path, text: &str) -> Result<bool, Failure> {
    use io::Write as _;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Failure::while_doing(path.display(), &error)),
    }
}

#[cfg(unix)]
fn private(path: &Path, allowed: u32) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|error| Failure::while_doing(path.display(), &error))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode.trailing_zeros() >= OTHERS_BITS {
        return Ok(());
    }
    Err(Failure::refused(format!("{} can be read by others (mode {mode:04o})", path.display()))
        .mend(format!("chmod {allowed:04o} {}", path.display())))
}

/// Where there are no modes, the folder's own protection is the operator's.
#[cfg(not(unix))]
fn private(_path: &Path, _allowed: u32) -> Result<(), Failure> {
    Ok(())
}

/// How many of a mode's lowest bits are of others than the owner.
#[cfg(unix)]
const OTHERS_BITS: u32 = 6;

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
