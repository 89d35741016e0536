use countersign::{
    storage::{
        AccountState, Credential, Entry, ListKey, ObjectKey, StoredObject, StoredSession, Tombstones, Tx,
        Window,
    },
    types::{AccountName, Sha256Digest},
};

use super::{at, bucket, group, path, put, read, store, write};

fn object(attributes: &str, last_modified: u64) -> StoredObject {
    StoredObject { attributes: attributes.to_owned(), last_modified: at(last_modified) }
}

fn account(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}

/// One of each kind, all in bucket `main`.
fn kinds(id: &str) -> [ObjectKey; 4] {
    [
        ObjectKey::Account(account(id)),
        ObjectKey::Bucket(bucket(id)),
        ObjectKey::Collection(path(&format!("main/{id}"))),
        ObjectKey::Group(bucket("main"), group(id)),
    ]
}

const EVERYTHING: Window = Window { before: None, since: None, tombstones: Tombstones::Shown };

fn ids(tx: &mut dyn Tx, list: &ListKey, window: &Window) -> Vec<String> {
    tx.list_objects(list, window).unwrap().into_iter().map(|(id, _)| id).collect()
}

#[test]
fn objects_are_created_replaced_and_deleted() {
    let store = store();
    for key in kinds("a") {
        write(&store, |tx| {
            assert_eq!(tx.find_object(&key)?, None);
            tx.put_object(&key, &object("{\"n\":1}", 5))?;
            assert_eq!(tx.find_object(&key)?, Some(object("{\"n\":1}", 5)));
            tx.put_object(&key, &object("{}", 6))?;
            assert_eq!(tx.find_object(&key)?, Some(object("{}", 6)));
            assert!(tx.delete_object(&key, None)?);
            assert_eq!(tx.find_object(&key)?, None);
            assert!(!tx.delete_object(&key, None)?);
            assert!(!tx.delete_object(&key, Some(at(9)))?);
            assert_eq!(tx.list_objects(&key.list(), &EVERYTHING)?, []);
            Ok(())
        });
    }
}

#[test]
fn a_tombstone_goes_when_its_object_comes_back() {
    let store = store();
    for key in kinds("a") {
        write(&store, |tx| {
            tx.put_object(&key, &object("{}", 5))?;
            assert!(tx.delete_object(&key, Some(at(7)))?);
            assert_eq!(tx.find_object(&key)?, None);
            assert_eq!(tx.list_objects(&key.list(), &EVERYTHING)?, [("a".to_owned(), Entry::Deleted(at(7)))]);
            assert_eq!(tx.list_objects(&key.list(), &Window::default())?, []);
            // A tombstone is not there to be deleted, and stays as it was.
            assert!(!tx.delete_object(&key, Some(at(8)))?);
            assert!(!tx.delete_object(&key, None)?);
            assert_eq!(tx.list_objects(&key.list(), &EVERYTHING)?, [("a".to_owned(), Entry::Deleted(at(7)))]);
            tx.put_object(&key, &object("{}", 9))?;
            let live = Entry::Live(object("{}", 9));
            assert_eq!(tx.list_objects(&key.list(), &EVERYTHING)?, [("a".to_owned(), live)]);
            Ok(())
        });
    }
}

#[test]
fn lists_are_newest_first_and_then_by_code_points() {
    let store = store();
    for ((((old, new), upper), lower), list) in
        kinds("old").into_iter().zip(kinds("new")).zip(kinds("B")).zip(kinds("a")).zip([
            ListKey::Accounts,
            ListKey::Buckets,
            ListKey::Collections(bucket("main")),
            ListKey::Groups(bucket("main")),
        ])
    {
        write(&store, |tx| {
            tx.put_object(&old, &object("{}", 1))?;
            tx.put_object(&new, &object("{}", 9))?;
            tx.put_object(&lower, &object("{}", 5))?;
            tx.put_object(&upper, &object("{}", 5))?;
            assert!(tx.delete_object(&old, Some(at(6)))?);
            assert_eq!(ids(tx, &list, &Window::default()), ["new", "B", "a"]);
            assert_eq!(ids(tx, &list, &EVERYTHING), ["new", "old", "B", "a"]);
            // Both ends are left out.
            let window = Window { before: Some(at(9)), since: Some(at(5)), tombstones: Tombstones::Shown };
            assert_eq!(ids(tx, &list, &window), ["old"]);
            let window = Window { tombstones: Tombstones::Hidden, ..window };
            assert_eq!(ids(tx, &list, &window), Vec::<String>::new());
            let window = Window { before: None, since: Some(at(5)), tombstones: Tombstones::Hidden };
            assert_eq!(ids(tx, &list, &window), ["new"]);
            let window = Window { before: Some(at(9)), since: None, tombstones: Tombstones::Hidden };
            assert_eq!(ids(tx, &list, &window), ["B", "a"]);
            Ok(())
        });
    }
}

#[test]
fn buckets_keep_their_collections_and_groups_apart() {
    let store = store();
    write(&store, |tx| {
        tx.put_object(&ObjectKey::Collection(path("one/a")), &object("{\"in\":1}", 1))?;
        tx.put_object(&ObjectKey::Collection(path("two/a")), &object("{\"in\":2}", 2))?;
        assert!(tx.delete_object(&ObjectKey::Collection(path("one/a")), None)?);
        assert_eq!(ids(tx, &ListKey::Collections(bucket("one")), &EVERYTHING), Vec::<String>::new());
        assert_eq!(tx.find_object(&ObjectKey::Collection(path("two/a")))?, Some(object("{\"in\":2}", 2)));
        Ok(())
    });
}

#[test]
fn a_purged_list_leaves_no_trace_and_its_neighbours_alone() {
    let store = store();
    write(&store, |tx| {
        for name in ["main", "other"] {
            tx.put_object(&ObjectKey::Collection(path(&format!("{name}/a"))), &object("{}", 1))?;
            tx.put_object(&ObjectKey::Collection(path(&format!("{name}/b"))), &object("{}", 2))?;
            tx.delete_object(&ObjectKey::Collection(path(&format!("{name}/b"))), Some(at(3)))?;
            tx.put_object(&ObjectKey::Group(bucket(name), group("g")), &object("{}", 1))?;
            tx.put_group_members(&bucket(name), &group("g"), &["account:ada".to_owned()])?;
        }
        tx.purge_objects(&ListKey::Collections(bucket("main")))?;
        tx.purge_objects(&ListKey::Groups(bucket("main")))?;
        assert_eq!(ids(tx, &ListKey::Collections(bucket("main")), &EVERYTHING), Vec::<String>::new());
        assert_eq!(ids(tx, &ListKey::Groups(bucket("main")), &EVERYTHING), Vec::<String>::new());
        assert_eq!(ids(tx, &ListKey::Collections(bucket("other")), &EVERYTHING), ["b", "a"]);
        assert_eq!(ids(tx, &ListKey::Groups(bucket("other")), &EVERYTHING), ["g"]);
        assert_eq!(tx.groups_of("account:ada")?, [(bucket("other"), group("g"))]);
        Ok(())
    });
}

#[test]
fn purging_a_list_of_records_or_history_purges_those() {
    let store = store();
    write(&store, |tx| {
        put(tx, &path("main/a"), "x", "one", 1);
        put(tx, &path("main/b"), "x", "one", 1);
        tx.purge_objects(&ListKey::Records(path("main/a")))?;
        tx.purge_objects(&ListKey::History(bucket("main")))?;
        assert_eq!(tx.count_records(&path("main/a"))?, 0);
        assert_eq!(tx.count_records(&path("main/b"))?, 1);
        assert_eq!(tx.list_objects(&ListKey::Records(path("main/b")), &EVERYTHING)?, []);
        Ok(())
    });
}

#[test]
fn the_members_of_a_group_are_found_from_either_side() {
    let store = store();
    let members = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    write(&store, |tx| {
        tx.put_group_members(&bucket("b"), &group("z"), &members(&["account:ada", "account:bob"]))?;
        tx.put_group_members(&bucket("b"), &group("A"), &members(&["account:ada", "account:ada"]))?;
        tx.put_group_members(&bucket("a"), &group("z"), &members(&["account:ada"]))?;
        assert_eq!(
            tx.groups_of("account:ada")?,
            [(bucket("a"), group("z")), (bucket("b"), group("A")), (bucket("b"), group("z"))]
        );
        assert_eq!(tx.groups_of("account:bob")?, [(bucket("b"), group("z"))]);
        // A new list replaces the old one.
        tx.put_group_members(&bucket("b"), &group("z"), &members(&["account:bob"]))?;
        assert_eq!(tx.groups_of("account:ada")?, [(bucket("a"), group("z")), (bucket("b"), group("A"))]);
        assert_eq!(tx.groups_of("account:carol")?, []);
        Ok(())
    });
}

#[test]
fn a_deleted_group_has_no_members() {
    let store = store();
    let key = ObjectKey::Group(bucket("b"), group("g"));
    for tombstone in [None, Some(at(5))] {
        write(&store, |tx| {
            tx.put_object(&key, &object("{}", 1))?;
            tx.put_group_members(&bucket("b"), &group("g"), &["account:ada".to_owned()])?;
            assert!(tx.delete_object(&key, tombstone)?);
            assert_eq!(tx.groups_of("account:ada")?, []);
            Ok(())
        });
    }
}

#[test]
fn credentials_are_kept_apart_from_the_account() {
    let store = store();
    let name = account("ada@example.com");
    let active = Credential { password_hash: "$argon2id$1".to_owned(), state: AccountState::Active };
    let disabled = Credential { password_hash: "$argon2id$2".to_owned(), state: AccountState::Disabled };
    write(&store, |tx| {
        assert_eq!(tx.find_credential(&name)?, None);
        tx.put_credential(&name, &active)?;
        assert_eq!(tx.find_credential(&name)?, Some(active.clone()));
        tx.put_credential(&name, &disabled)?;
        tx.put_object(&ObjectKey::Account(name.clone()), &object("{}", 1))?;
        tx.delete_object(&ObjectKey::Account(name.clone()), None)?;
        Ok(())
    });
    assert_eq!(read(&store, |tx| tx.find_credential(&name)), Some(disabled));
    write(&store, |tx| tx.delete_credential(&name));
    assert_eq!(read(&store, |tx| tx.find_credential(&name)), None);
}

#[test]
fn an_account_has_one_password_link_and_any_number_of_sessions() {
    let store = store();
    let (ada, bob) = (account("ada"), account("bob"));
    let token = |text: &str| Sha256Digest::of(text.as_bytes());
    write(&store, |tx| {
        assert_eq!(tx.find_password_link(&token("one"))?, None);
        tx.put_password_link(&ada, &token("one"), at(1))?;
        tx.put_password_link(&ada, &token("two"), at(2))?;
        tx.put_password_link(&bob, &token("three"), at(3))
    });
    assert_eq!(read(&store, |tx| tx.find_password_link(&token("one"))), None);
    assert_eq!(read(&store, |tx| tx.find_password_link(&token("two"))), Some((ada.clone(), at(2))));
    assert_eq!(read(&store, |tx| tx.find_password_link_of(&ada)), Some(at(2)));
    write(&store, |tx| tx.delete_password_link_of(&ada));
    assert_eq!(read(&store, |tx| tx.find_password_link_of(&ada)), None);
    assert_eq!(read(&store, |tx| tx.find_password_link(&token("three"))), Some((bob.clone(), at(3))));

    let session = |begun, seen| StoredSession { account: ada.clone(), begun: at(begun), seen: at(seen) };
    write(&store, |tx| {
        tx.put_session(&token("a"), &session(1, 5))?;
        tx.put_session(&token("b"), &session(2, 9))?;
        tx.put_session(&token("c"), &StoredSession { account: bob.clone(), ..session(3, 3) })
    });
    assert_eq!(read(&store, |tx| tx.list_sessions_of(&ada)), [session(2, 9), session(1, 5)]);
}
