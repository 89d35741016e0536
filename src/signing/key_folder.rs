//! The folder `keys/`: what the service's own authority keeps, readable by its owner alone.
//!
//! | file | holds |
//! | --- | --- |
//! | `root-key.pem` | the root's private key and certificate; may be taken away |
//! | `root.pem` | the root's certificate: what clients pin is its SHA-256 |
//! | `intermediate.pem` | the intermediate's private key, its certificate, those above it |
//! | `leaf.pem` | the signer's private key and the chain that is served |
//!
//! A private key and its certificate are one file, so that no crash can part them. Every file is written beside its place,
//! made durable, and then put there in one step; only `leaf.pem` is ever replaced. `leaf.pem` comes last: without it nothing
//! was ever signed, and [`KeyFolder::init`] goes on where it was interrupted.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{AuthorityError, Certificate, Identity, Issuer, Root, SignerName, pem};
use crate::types::{Random, Sha256Digest, Timestamp};

/// A folder of keys.
#[derive(Debug)]
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// Makes what is missing: root, intermediate and leaf for `signer`. Refused where a leaf is there already: nothing is ever
    /// overwritten.
    pub fn init(
        path: &Path,
        signer: &SignerName,
        leaf_days: u64,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, KeyFolderError> {
        let folder = Self::prepare(path)?;
        let issuer = match folder.find_issuer()? {
            Some(issuer) => issuer,
            None => folder.make_issuer(signer, now, random)?,
        };
        folder.make_leaf(&issuer, signer, leaf_days, now, random)?;
        Ok(folder)
    }

    /// As [`KeyFolder::init`], under an authority that the operator brings: its private key, and its certificates from the
    /// issuing one to the root. There is no root key here then.
    pub fn init_under(
        path: &Path,
        issuer: &Issuer,
        signer: &SignerName,
        leaf_days: u64,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, KeyFolderError> {
        let folder = Self::prepare(path)?;
        if folder.find_issuer()?.is_some() || folder.find(ROOT)?.is_some() {
            return Err(KeyFolderError::Exists { path: folder.0.join(INTERMEDIATE) });
        }
        // Before anything is written: an authority that may not vouch for this name must leave no trace.
        let leaf = issuer.issue_leaf(signer, leaf_days, now, random)?;
        let root = issuer.certificates().last().ok_or(AuthorityError::Malformed)?;
        folder.add(ROOT, root.to_pem().as_bytes())?;
        folder.add(INTERMEDIATE, issuer.to_pem()?.as_bytes())?;
        folder.add(LEAF, leaf.to_pem()?.as_bytes())?;
        Ok(folder)
    }

    /// A folder that is there. Refused if anybody but its owner can read the folder or a file in it.
    pub fn open(path: &Path) -> Result<Self, KeyFolderError> {
        let folder = Self(path.to_owned());
        is_private(path, 0o700)?;
        for name in [ROOT_KEY, ROOT, INTERMEDIATE, LEAF] {
            let file = path.join(name);
            if exists(&file)? {
                is_private(&file, 0o600)?;
            }
        }
        if exists(&path.join(LEAF))? {
            Ok(folder)
        } else {
            Err(KeyFolderError::Missing { path: path.join(LEAF) })
        }
    }

    /// Whether `path` holds keys already, or some of them.
    pub fn is_empty(path: &Path) -> Result<bool, KeyFolderError> {
        for name in [ROOT_KEY, ROOT, INTERMEDIATE, LEAF] {
            if exists(&path.join(name))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The signer's private key with its chain.
    pub fn identity(&self) -> Result<Identity, KeyFolderError> {
        let text = self.load(LEAF)?;
        Identity::parse(&text).map_err(|reason| KeyFolderError::Unusable { path: self.0.join(LEAF), reason })
    }

    /// Puts a new leaf, under the same `root`, in the place of the old one. After a crash either is there, whole.
    pub fn renew_leaf(
        &self,
        signer: &SignerName,
        leaf_days: u64,
        root: &Sha256Digest,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Identity, KeyFolderError> {
        let issuer =
            self.find_issuer()?.ok_or_else(|| KeyFolderError::Missing { path: self.0.join(INTERMEDIATE) })?;
        let leaf = issuer.issue_leaf(signer, leaf_days, now, random)?;
        if leaf.root() != *root {
            return Err(KeyFolderError::RootChanged);
        }
        self.replace(LEAF, leaf.to_pem()?.as_bytes())?;
        Ok(leaf)
    }

    /// What is in it: nothing secret.
    pub fn inspect(&self) -> Result<KeyInspection, KeyFolderError> {
        let identity = self.identity()?;
        let intermediate = self.find_issuer()?.and_then(|issuer| issuer.certificates().first().cloned());
        Ok(KeyInspection {
            chain: identity.certificates().to_vec(),
            intermediate,
            root_key: if exists(&self.0.join(ROOT_KEY))? { RootKey::Here } else { RootKey::Offline },
        })
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn prepare(path: &Path) -> Result<Self, KeyFolderError> {
        let folder = Self(path.to_owned());
        if exists(path)? {
            is_private(path, 0o700)?;
        } else {
            create_private_folder(path).map_err(|source| failed(path, source))?;
        }
        let leaf = path.join(LEAF);
        if exists(&leaf)? { Err(KeyFolderError::Exists { path: leaf }) } else { Ok(folder) }
    }

    fn make_issuer(
        &self,
        signer: &SignerName,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Issuer, KeyFolderError> {
        let root = match self.find(ROOT_KEY)? {
            Some(text) => Root::parse(&text)
                .map_err(|reason| KeyFolderError::Unusable { path: self.0.join(ROOT_KEY), reason })?,
            None if exists(&self.0.join(ROOT))? => {
                return Err(KeyFolderError::Missing { path: self.0.join(ROOT_KEY) });
            }
            None => {
                let root = Root::generate(signer, now, random)?;
                self.add(ROOT_KEY, root.to_pem()?.as_bytes())?;
                root
            }
        };
        if !exists(&self.0.join(ROOT))? {
            self.add(ROOT, root.certificate().to_pem().as_bytes())?;
        }
        let issuer = root.make_intermediate(signer, now, random)?;
        self.add(INTERMEDIATE, issuer.to_pem()?.as_bytes())?;
        Ok(issuer)
    }

    fn make_leaf(
        &self,
        issuer: &Issuer,
        signer: &SignerName,
        leaf_days: u64,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(), KeyFolderError> {
        let leaf = issuer.issue_leaf(signer, leaf_days, now, random)?;
        self.add(LEAF, leaf.to_pem()?.as_bytes())
    }

    fn find_issuer(&self) -> Result<Option<Issuer>, KeyFolderError> {
        let Some(text) = self.find(INTERMEDIATE)? else { return Ok(None) };
        Issuer::parse(&text, &text)
            .map(Some)
            .map_err(|reason| KeyFolderError::Unusable { path: self.0.join(INTERMEDIATE), reason })
    }

    /// A file's text; `None` if it is not there.
    fn find(&self, name: &str) -> Result<Option<Zeroizing<String>>, KeyFolderError> {
        let path = self.0.join(name);
        if !exists(&path)? {
            return Ok(None);
        }
        is_private(&path, 0o600)?;
        read_text(&path).map(Some)
    }

    fn load(&self, name: &str) -> Result<Zeroizing<String>, KeyFolderError> {
        self.find(name)?.ok_or_else(|| KeyFolderError::Missing { path: self.0.join(name) })
    }

    /// Puts a file where none is. If we stop before the last step, only a file with a name that nobody reads is left.
    fn add(&self, name: &str, text: &[u8]) -> Result<(), KeyFolderError> {
        let path = self.0.join(name);
        let file = self.write_beside(text).map_err(|source| failed(&path, source))?;
        match file.persist_noclobber(&path) {
            Ok(_) => self.sync().map_err(|source| failed(&path, source)),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(KeyFolderError::Exists { path })
            }
            Err(refused) => Err(failed(&path, refused.error)),
        }
    }

    fn replace(&self, name: &str, text: &[u8]) -> Result<(), KeyFolderError> {
        let path = self.0.join(name);
        self.write_beside(text)
            .and_then(|file| file.persist(&path).map_err(|refused| refused.error))
            .and_then(|_| self.sync())
            .map_err(|source| failed(&path, source))
    }

    /// A new file in the folder, for its owner alone, durable.
    fn write_beside(&self, text: &[u8]) -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::with_prefix_in(".new-", &self.0)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Makes the folder's list of names durable.
    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

/// What `keys inspect` shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyInspection {
    /// The chain that is served: leaf first, root last.
    pub chain: Vec<Certificate>,
    /// The intermediate under which leaves are renewed, if its key is here.
    pub intermediate: Option<Certificate>,
    /// Where the root's private key is.
    pub root_key: RootKey,
}

/// Where the root's private key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RootKey {
    /// In the folder: better taken away.
    Here,
    /// Somewhere else, as it should be; or another authority's.
    Offline,
}

/// Why a folder of keys cannot be used: for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyFolderError {
    /// No certificate could be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// There are keys already, and they are not overwritten.
    #[error("{} exists already; keys are never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is needed is not there.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The new certificates lead to another root than the one in use: clients pin that one.
    #[error("the certificates lead to another root than before; clients that pin it would refuse them")]
    RootChanged,
    /// Others than the owner can read it.
    #[error("{} can be read by others (mode {mode:04o}); make it {allowed:04o}", path.display())]
    TooOpen {
        /// The mode it should have.
        allowed: u32,
        /// The mode it has.
        mode: u32,
        /// The file or folder.
        path: PathBuf,
    },
    /// A file holds something else than it should.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: AuthorityError,
    },
}

/// A private key and a chain in files of the operator's (`signer.local`): another authority's, which renews them.
pub(super) fn read_brought(key_file: &Path, chain_file: &Path) -> Result<Identity, KeyFolderError> {
    is_private(key_file, 0o600)?;
    let key = read_text(key_file)?;
    let chain = read_text(chain_file)?;
    let key = super::SignerKey::parse_pem(&key)
        .map_err(|reason| KeyFolderError::Unusable { path: key_file.to_owned(), reason: reason.into() })?;
    let unusable = |reason: AuthorityError| KeyFolderError::Unusable { path: chain_file.to_owned(), reason };
    let certificates = pem::certificates(chain.as_bytes(), pem::MAX_FILE_CERTIFICATES)
        .ok_or_else(|| unusable(AuthorityError::Malformed))?;
    let chain = certificates.iter().map(|der| pem::certificate(der)).collect();
    Identity::new(key, chain).map_err(unusable)
}

fn failed(path: &Path, source: io::Error) -> KeyFolderError {
    KeyFolderError::Io { path: path.to_owned(), source }
}

fn exists(path: &Path) -> Result<bool, KeyFolderError> {
    path.try_exists().map_err(|source| failed(path, source))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, KeyFolderError> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|source| failed(path, source))
}

#[cfg(unix)]
fn is_private(path: &Path, allowed: u32) -> Result<(), KeyFolderError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|source| failed(path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        Ok(())
    } else {
        Err(KeyFolderError::TooOpen { allowed, mode, path: path.to_owned() })
    }
}

/// Where there are no modes, the folder's own protection is the operator's.
#[cfg(not(unix))]
fn is_private(path: &Path, _allowed: u32) -> Result<(), KeyFolderError> {
    fs::metadata(path).map(drop).map_err(|source| failed(path, source))
}

#[cfg(unix)]
fn create_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

const INTERMEDIATE: &str = "intermediate.pem";
const LEAF: &str = "leaf.pem";
const ROOT: &str = "root.pem";
const ROOT_KEY: &str = "root-key.pem";
