//! Every verb and every rule. Knows no HTTP and no SQL.
//!
//! A verb takes a [`Scope`]: one transaction, one `now`, one actor. What a caller may do is asked first and answered with a
//! proof (a permit of [`access`]) that the verb wants; so a forgotten check does not compile.

pub mod access;
pub mod accounts;
mod actor;
pub mod acts;
pub mod bulk;
pub mod collections;
pub mod compare;
mod draft;
pub mod first_start;
mod groups;
pub mod history;
pub mod import;
pub mod jexl;
mod listing;
pub mod manage;
pub mod membership;
pub mod objects;
mod outcome;
pub mod overview;
mod password;
pub mod passwords;
pub mod people;
mod preconditions;
pub mod publications;
pub mod published;
pub mod query;
pub mod records;
pub mod recover;
pub mod renewal;
mod resources;
pub mod review;
pub mod rows;
pub mod sessions;
mod settings;
pub mod setup;
mod sharing;
pub mod table;
pub mod take_out;
pub mod timestamps;
pub mod validation;

use std::{fmt::Debug, sync::Arc};

use crate::{
    signing::{Signer, Verifier},
    storage::{StorageError, Store, Tx},
    types::{Clock, CollectionPath, Random, Sha256Digest, Timestamp},
};

pub use access::RecordKey;
pub use actor::{AUTHENTICATED, Actor, EVERYONE, PLUGIN_USER};
pub use draft::{Draft, DraftFault, DraftProblem, Kind, PatchKind, PermissionsDraft};
pub use groups::members;
pub use listing::{Cleared, ListQuery, Listed};
pub use outcome::{Counted, Deleted, Fetched, Patched, ReadError, Shown, WriteError, Written};
pub use password::{ChoiceError, Desk, HashError, Secret, SecretError, SignInError, sign_in};
pub use preconditions::{Preconditions, Tag, Unmet};
pub use resources::{BucketRole, Resource, ResourceEnd, ResourceError, ResourceLine, Resources, Role};
pub use rows::RowError;
pub use settings::{Impact, ImpactAction, Limits, Review, ReviewPolicy, Settings};
pub use validation::{Schemas, Violation};

/// Everything that verbs need from outside. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// What is known of changes that wait.
    pub changes: Arc<review::Changes>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where passwords are checked.
    pub desk: Arc<Desk>,
    /// Told after each commit that changed something published.
    pub listener: Arc<dyn Listener>,
    /// Ids and secrets.
    pub random: Arc<dyn Random>,
    /// JSON Schemas of collections, made ready once.
    pub schemas: Arc<Schemas>,
    /// What the configuration decides.
    pub settings: Arc<Settings>,
    /// Signs publications.
    pub signer: Arc<dyn Signer>,
    /// The database.
    pub store: Store,
    /// Judges what the signer returned, as a client would.
    pub verifier: Arc<Verifier>,
}

impl Services {
    /// Runs `verb` in one write transaction as `actor`, then tells the listener what became visible.
    pub fn write<T, E: From<StorageError>>(
        &self,
        actor: &Actor,
        mut verb: impl FnMut(&mut Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.clock.now();
        let (value, effects) = self.store.write(|tx| {
            let mut scope = Scope {
                tx,
                services: self,
                now,
                actor,
                change_named: ChangeNamed::Absent,
                effects: Effects::default(),
                sent: Vec::new(),
            };
            verb(&mut scope).map(|value| (value, scope.effects))
        })?;
        if !effects.published.is_empty() {
            self.listener.published(&effects.published);
        }
        Ok(value)
    }

    /// Runs `verb` on one consistent state as `actor`.
    pub fn read<T, E: From<StorageError>>(
        &self,
        actor: &Actor,
        verb: impl FnOnce(&mut Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.clock.now();
        self.store.read(|tx| {
            verb(&mut Scope {
                tx,
                services: self,
                now,
                actor,
                change_named: ChangeNamed::Absent,
                effects: Effects::default(),
                sent: Vec::new(),
            })
        })
    }
}

/// One transaction of one actor.
pub struct Scope<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The change that the caller says it has seen (request header `Countersign-Change`).
    pub change_named: ChangeNamed,
    /// What becomes visible with the commit.
    pub effects: Effects,
    /// The time of the whole transaction, also when it runs twice.
    pub now: Timestamp,
    /// The members of `data` that the request itself names; what a PATCH leaves as it was is not among them.
    pub sent: Vec<String>,
    /// Everything from outside.
    pub services: &'a Services,
    /// The transaction.
    pub tx: &'a mut dyn Tx,
}

impl Debug for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("actor", &self.actor).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Scope<'_> {
    /// Runs `verb` as another actor in the same transaction: the plug-in's own writes, the sub-requests of a batch.
    pub fn act_as<T>(&mut self, actor: &Actor, verb: impl FnOnce(&mut Scope<'_>) -> T) -> T {
        let mut inner = Scope {
            actor,
            change_named: self.change_named,
            effects: std::mem::take(&mut self.effects),
            now: self.now,
            sent: self.sent.clone(),
            services: self.services,
            tx: &mut *self.tx,
        };
        let value = verb(&mut inner);
        self.effects = inner.effects;
        value
    }

    /// Runs `verb` under a savepoint: an `Err` undoes what it wrote, its effects included, and nothing else.
    pub fn attempt<T, E: From<StorageError>>(
        &mut self,
        verb: impl FnOnce(&mut Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.tx.begin_savepoint()?;
        let before = self.effects.clone();
        let result = verb(self);
        if result.is_ok() {
            self.tx.release_savepoint()?;
        } else {
            self.tx.roll_back_savepoint()?;
            self.effects = before;
        }
        result
    }
}

/// The change that an approval names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeNamed {
    /// None: the current change is meant, as existing clients mean it.
    Absent,
    /// This one.
    Digest(Sha256Digest),
    /// Something that is no digest.
    Malformed,
}

/// What a transaction makes visible.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Effects {
    /// Whether this transaction has looked at the clock ([`timestamps`]).
    clock_checked: bool,
    /// Previews and destinations that were published or signed again, in order.
    pub published: Vec<CollectionPath>,
}

/// Told after a commit. Must not fail; it only forgets or prepares what is in memory.
pub trait Listener: Debug + Send + Sync {
    /// These previews and destinations have changed.
    fn published(&self, paths: &[CollectionPath]);
}
