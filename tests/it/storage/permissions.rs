use countersign::storage::{ListKey, ObjectKey, Permissions, Tx};

use super::{bucket, group, path, read, store, write};

fn permissions(entries: &[(&str, &[&str])]) -> Permissions {
    entries
        .iter()
        .map(|(name, principals)| {
            ((*name).to_owned(), principals.iter().map(|principal| (*principal).to_owned()).collect())
        })
        .collect()
}

fn shared(tx: &mut dyn Tx, list: &ListKey, names: &[&str], principals: &[&str]) -> Vec<String> {
    let principals: Vec<String> = principals.iter().map(|principal| (*principal).to_owned()).collect();
    tx.list_shared(list, names, &principals).unwrap()
}

#[test]
fn permissions_are_replaced_as_a_whole() {
    let store = store();
    let first = permissions(&[("read", &["system.Everyone"]), ("write", &["account:ada", "account:bob"])]);
    let second = permissions(&[("write", &["account:bob"])]);
    write(&store, |tx| {
        assert_eq!(tx.find_permissions("/buckets/a")?, Permissions::new());
        tx.put_permissions("/buckets/a", &first)?;
        assert_eq!(tx.find_permissions("/buckets/a")?, first);
        tx.put_permissions("/buckets/a", &second)?;
        assert_eq!(tx.find_permissions("/buckets/a")?, second);
        tx.put_permissions("/buckets/a", &permissions(&[("write", &[])]))?;
        assert_eq!(tx.find_permissions("/buckets/a")?, Permissions::new());
        Ok(())
    });
}

#[test]
fn permissions_below_an_object_go_with_it_and_no_others() {
    let store = store();
    let one = permissions(&[("write", &["account:ada"])]);
    let uris = [
        "/accounts/a",
        "/buckets/a",
        "/buckets/a-b",
        "/buckets/a-b/collections/c",
        "/buckets/a/collections/c",
        "/buckets/a/collections/c-d",
        "/buckets/a/collections/c/records/r",
        "/buckets/a/groups/g",
        "/buckets/a0",
    ];
    let left = |gone: &str| {
        write(&store, |tx| {
            for uri in uris {
                tx.put_permissions(uri, &one)?;
            }
            tx.delete_permissions(gone)?;
            let mut left = Vec::new();
            for uri in uris {
                if tx.find_permissions(uri)? == one {
                    left.push(uri);
                }
            }
            Ok(left)
        })
    };
    assert_eq!(
        left("/buckets/a"),
        ["/accounts/a", "/buckets/a-b", "/buckets/a-b/collections/c", "/buckets/a0"]
    );
    assert_eq!(
        left("/buckets/a/collections/c"),
        [
            "/accounts/a",
            "/buckets/a",
            "/buckets/a-b",
            "/buckets/a-b/collections/c",
            "/buckets/a/collections/c-d",
            "/buckets/a/groups/g",
            "/buckets/a0"
        ]
    );
}

#[test]
fn what_is_shared_with_somebody_is_found_directly_in_the_list_only() {
    let store = store();
    write(&store, |tx| {
        tx.put_permissions("/buckets/b", &permissions(&[("read", &["account:ada"])]))?;
        tx.put_permissions("/buckets/a", &permissions(&[("write", &["account:ada"])]))?;
        tx.put_permissions("/buckets/c", &permissions(&[("read", &["group"]), ("write", &["group"])]))?;
        tx.put_permissions("/buckets/d", &permissions(&[("collection:create", &["account:ada"])]))?;
        tx.put_permissions("/buckets/e/collections/x", &permissions(&[("read", &["account:ada"])]))?;
        tx.put_permissions("/buckets/e/groups/x", &permissions(&[("read", &["account:ada"])]))?;
        tx.put_permissions(
            "/buckets/e/collections/x/records/r",
            &permissions(&[("read", &["account:ada"])]),
        )?;
        let buckets = ListKey::Buckets;
        assert_eq!(shared(tx, &buckets, &["read"], &["account:ada"]), ["/buckets/b"]);
        assert_eq!(
            shared(tx, &buckets, &["read", "write"], &["account:ada", "group"]),
            ["/buckets/a", "/buckets/b", "/buckets/c"]
        );
        assert_eq!(shared(tx, &buckets, &["read"], &[]), Vec::<String>::new());
        assert_eq!(shared(tx, &buckets, &[], &["account:ada"]), Vec::<String>::new());
        assert_eq!(
            shared(tx, &ListKey::Collections(bucket("e")), &["read"], &["account:ada"]),
            [ObjectKey::Collection(path("e/x")).uri()]
        );
        assert_eq!(
            shared(tx, &ListKey::Groups(bucket("e")), &["read"], &["account:ada"]),
            [ObjectKey::Group(bucket("e"), group("x")).uri()]
        );
        assert_eq!(
            shared(tx, &ListKey::Records(path("e/x")), &["read"], &["account:ada"]),
            ["/buckets/e/collections/x/records/r"]
        );
        Ok(())
    });
}

#[test]
fn a_principal_is_removed_everywhere() {
    let store = store();
    write(&store, |tx| {
        tx.put_permissions("/buckets/a", &permissions(&[("write", &["account:ada", "account:bob"])]))?;
        tx.put_permissions("/buckets/b/collections/c", &permissions(&[("read", &["account:ada"])]))?;
        tx.delete_principal("account:ada")
    });
    let (first, second) = read(&store, |tx| {
        Ok((tx.find_permissions("/buckets/a")?, tx.find_permissions("/buckets/b/collections/c")?))
    });
    assert_eq!(first, permissions(&[("write", &["account:bob"])]));
    assert_eq!(second, Permissions::new());
}

#[test]
fn principals_are_free_text() {
    let store = store();
    let odd = permissions(&[("write", &["", "a\u{0}b", "/buckets/a/groups/ü", "'; --"])]);
    write(&store, |tx| tx.put_permissions("/buckets/a", &odd));
    assert_eq!(read(&store, |tx| tx.find_permissions("/buckets/a")), odd);
}
