use countersign::{
    signing::SignatureEntry,
    storage::{
        ChangesWindow, HistoryAction, HistoryEntry, HistoryKind, HistoryTarget, HistoryUser, HistoryWindow,
        NewRequest, PendingEdit, Permissions, Publication, PublicationChange, PublicationCounts,
        PublicationKind, PublicationReview, RecordChange, RequestEnd, RequestEndKind, ReviewRequest,
        SignedAgain, StorageError, Subject, Tally,
    },
    types::{CollectionId, CollectionPath, Sha256Digest},
};

use super::{at, bucket, intern, path, read, record, store, write};

fn source() -> CollectionPath {
    path("work/demo")
}

fn edit(subject: Subject, user: &str, time: u64) -> PendingEdit {
    PendingEdit { at: at(time), subject, user: user.to_owned() }
}

fn of(id: &str) -> Subject {
    Subject::Record(record(id))
}

#[test]
fn pending_edits_are_listed_by_subject_and_user() {
    let store = store();
    write(&store, |tx| {
        for edit in [
            edit(of("b"), "account:ada", 1),
            edit(of("a"), "account:bob", 2),
            edit(of("B"), "account:bob", 3),
            edit(Subject::Attributes, "account:carol", 4),
            edit(of("a"), "account:ada", 5),
            // Refreshed.
            edit(of("b"), "account:ada", 6),
        ] {
            tx.put_pending(&source(), &edit)?;
        }
        tx.put_pending(&path("work/other"), &edit(of("z"), "account:ada", 7))
    });
    read(&store, |tx| {
        assert_eq!(
            tx.list_pending(&source())?,
            [
                edit(Subject::Attributes, "account:carol", 4),
                edit(of("B"), "account:bob", 3),
                edit(of("a"), "account:ada", 5),
                edit(of("a"), "account:bob", 2),
                edit(of("b"), "account:ada", 6),
            ]
        );
        assert_eq!(tx.count_pending(&source())?, 4);
        assert_eq!(tx.count_pending(&path("work/never"))?, 0);
        assert_eq!(tx.list_pending(&path("work/never"))?, []);
        Ok(())
    });
    write(&store, |tx| {
        tx.delete_pending(&source(), &of("a"))?;
        tx.delete_pending(&source(), &Subject::Attributes)?;
        tx.delete_pending(&source(), &of("never"))?;
        assert_eq!(tx.count_pending(&source())?, 2);
        tx.purge_pending(&source())?;
        assert_eq!(tx.list_pending(&source())?, []);
        assert_eq!(tx.count_pending(&path("work/other"))?, 1);
        Ok(())
    });
}

fn request(time: u64, digest: Option<Sha256Digest>) -> NewRequest {
    NewRequest { at: at(time), by: "account:ada".to_owned(), comment: format!("please, {time}"), digest }
}

fn end(time: u64, kind: RequestEndKind) -> RequestEnd {
    RequestEnd { at: at(time), by: "account:bob".to_owned(), comment: format!("done, {time}"), kind }
}

#[test]
fn requests_are_kept_with_their_ends_newest_first() {
    let store = store();
    let digest = Some(Sha256Digest::of(b"change"));
    let kinds = [
        RequestEndKind::Approved,
        RequestEndKind::Declined,
        RequestEndKind::Overtaken,
        RequestEndKind::RolledBack,
    ];
    write(&store, |tx| {
        assert!(!tx.end_request(&source(), &end(1, RequestEndKind::Declined))?);
        // The clock went back: the order is still that of the requests.
        for (time, kind) in [40, 30, 20, 10].into_iter().zip(kinds) {
            tx.insert_request(&source(), &request(time, digest))?;
            assert!(tx.end_request(&source(), &end(time + 1, kind))?);
            assert!(!tx.end_request(&source(), &end(time + 2, kind))?);
        }
        tx.insert_request(&source(), &request(5, None))?;
        tx.insert_request(&path("work/other"), &request(99, None))
    });
    let mut expected = vec![ReviewRequest { end: None, request: request(5, None) }];
    for (time, kind) in [40, 30, 20, 10].into_iter().zip(kinds).rev() {
        expected.push(ReviewRequest { end: Some(end(time + 1, kind)), request: request(time, digest) });
    }
    assert_eq!(read(&store, |tx| tx.list_requests(&source(), usize::MAX)), expected);
    assert_eq!(read(&store, |tx| tx.list_requests(&source(), 2)), expected[..2]);
    assert_eq!(read(&store, |tx| tx.list_requests(&source(), 0)), []);
    assert_eq!(read(&store, |tx| tx.list_requests(&path("work/never"), 5)), []);
}

#[test]
fn declined_requests_are_listed_in_parts() {
    let store = store();
    write(&store, |tx| {
        for time in [1, 2, 3, 4] {
            tx.insert_request(&source(), &request(time, None))?;
            let kind = if time == 2 { RequestEndKind::Approved } else { RequestEndKind::Declined };
            tx.end_request(&source(), &end(time, kind))?;
        }
        tx.insert_request(&source(), &request(5, None))
    });
    let times = |list: Vec<(u64, ReviewRequest)>| -> Vec<u64> {
        list.iter().map(|(_, declined)| declined.request.at.as_millis()).collect()
    };
    let list = |before, limit| read(&store, |tx| tx.list_declined_requests(&source(), before, limit));
    let first = list(None, 2);
    let last = first[1].0;
    assert_eq!(times(first), [4, 3]);
    assert_eq!(times(list(Some(last), 2)), [1]);
    assert_eq!(list(Some(0), 2), []);
    assert_eq!(times(list(Some(u64::MAX), 9)), [4, 3, 1]);
    assert_eq!(read(&store, |tx| tx.list_declined_requests(&path("work/never"), None, 5)), []);
}

#[test]
fn a_second_open_request_is_refused() {
    let store = store();
    write(&store, |tx| tx.insert_request(&source(), &request(1, None)));
    let result = store.write(|tx| tx.insert_request(&source(), &request(2, None)));
    assert!(matches!(result, Err(StorageError::Conflict)), "{result:?}");
    write(&store, |tx| {
        tx.end_request(&source(), &end(3, RequestEndKind::Overtaken))?;
        tx.insert_request(&source(), &request(2, None))
    });
    assert_eq!(read(&store, |tx| tx.list_requests(&source(), 9)).len(), 2);
}

fn signature(text: &str) -> SignatureEntry {
    SignatureEntry {
        mode: "p384ecdsa".to_owned(),
        signature: text.to_owned(),
        x5u: "/v1/cert-chains/0.pem".to_owned(),
    }
}

/// With everything in it that can be.
fn full(version: u64) -> Publication {
    Publication {
        at: at(100 + version),
        attributes: r#"{"displayFields":["title"]}"#.to_owned(),
        change_digest: Some(Sha256Digest::of(b"change")),
        content_signatures: vec![signature("c1"), signature("c2")],
        editors: vec!["account:ada".to_owned(), "account:zoë".to_owned()],
        kind: PublicationKind::Published,
        path: path("main/demo"),
        record_bytes: Some(77),
        review: PublicationReview {
            approved_by: Some("account:bob".to_owned()),
            edited: Some((at(95), at(98))),
            editor_comment: "please".to_owned(),
            requested_by: Some("account:ada".to_owned()),
            requested_at: Some(at(99)),
            reviewer_comment: "yes\u{0}\n\"".to_owned(),
        },
        statement: format!("{{\"version\":{version}}}"),
        statement_signatures: vec![signature("s")],
        timestamp: at(90 + version),
        version,
    }
}

/// With nothing in it that can be absent.
fn bare(version: u64, kind: PublicationKind) -> Publication {
    Publication {
        change_digest: None,
        content_signatures: Vec::new(),
        editors: Vec::new(),
        kind,
        record_bytes: None,
        review: PublicationReview::default(),
        statement_signatures: Vec::new(),
        ..full(version)
    }
}

#[test]
fn publications_are_remembered_whole() {
    let store = store();
    let all = [
        bare(1, PublicationKind::Created),
        full(3),
        bare(4, PublicationKind::Resigned),
        bare(9, PublicationKind::Emptied),
    ];
    let other = Publication { path: path("a/z"), ..full(2) };
    write(&store, |tx| {
        assert_eq!(tx.latest_publication(&path("main/demo"))?, None);
        assert_eq!(tx.list_published_paths()?, []);
        for publication in &all {
            tx.insert_publication(publication)?;
            assert_eq!(tx.latest_publication(&path("main/demo"))?.as_ref(), Some(publication));
        }
        tx.insert_publication(&other)
    });
    read(&store, |tx| {
        let main = path("main/demo");
        assert_eq!(tx.list_publications(&main, 0, usize::MAX)?, all);
        assert_eq!(tx.list_publications(&main, 3, 2)?, all[1..3]);
        assert_eq!(tx.list_publications(&main, 10, 2)?, []);
        assert_eq!(tx.list_publications(&main, u64::MAX, 2)?, []);
        assert_eq!(tx.list_publications(&path("main/never"), 0, 9)?, []);
        assert_eq!(tx.latest_publication(&path("a/z"))?, Some(other));
        assert_eq!(tx.list_published_paths()?, [path("a/z"), main]);
        Ok(())
    });
}

#[test]
fn publications_are_counted_and_those_that_sign_again_are_told_apart() {
    let store = store();
    let main = path("main/demo");
    let kinds = [
        (1, PublicationKind::Created),
        (2, PublicationKind::Resigned),
        (4, PublicationKind::Published),
        (5, PublicationKind::Resigned),
        (8, PublicationKind::Resigned),
        (9, PublicationKind::Emptied),
    ];
    write(&store, |tx| {
        tx.insert_publication(&Publication { path: path("a/z"), ..full(5) })?;
        kinds.into_iter().try_for_each(|(version, kind)| tx.insert_publication(&bare(version, kind)))
    });
    read(&store, |tx| {
        assert_eq!(tx.count_publications(&main)?, PublicationCounts { made: 2, signed_again: 3 });
        assert_eq!(tx.count_publications(&path("main/never"))?, PublicationCounts::default());
        let again = |count, last| Some(SignedAgain { count, last_at: at(100 + last), last_version: last });
        let expected =
            [(1, again(1, 2)), (2, None), (4, again(2, 8)), (5, again(1, 8)), (9, None), (u64::MAX, None)];
        for (version, expected) in expected {
            assert_eq!(tx.find_signed_again(&main, version)?, expected, "{version}");
        }
        let versions = |list: Vec<Publication>| -> Vec<u64> { list.iter().map(|one| one.version).collect() };
        assert_eq!(versions(tx.list_newest_publications(&main, None, 9)?), [9, 4]);
        assert_eq!(versions(tx.list_newest_publications(&main, Some(9), 9)?), [4]);
        assert_eq!(versions(tx.list_newest_publications(&main, Some(4), 9)?), [0; 0]);
        assert_eq!(versions(tx.list_publications_before(&main, 8, 3)?), [5, 4, 2]);
        assert_eq!(versions(tx.list_publications_before(&main, 1, 3)?), [0; 0]);
        assert_eq!(versions(tx.list_publications_before(&main, u64::MAX, 1)?), [9]);
        Ok(())
    });
}

#[test]
fn a_version_that_is_not_greater_is_a_conflict() {
    let store = store();
    write(&store, |tx| tx.insert_publication(&full(5)));
    for version in [0, 1, 4, 5] {
        let result = store.write(|tx| tx.insert_publication(&full(version)));
        assert!(matches!(result, Err(StorageError::Conflict)), "{version}: {result:?}");
    }
    let result = store.write(|tx| tx.insert_publication(&Publication { version: u64::MAX, ..full(7) }));
    let corrupt = matches!(result, Err(StorageError::Corrupt { table: "publications", column: "version" }));
    assert!(corrupt, "{result:?}");
    write(&store, |tx| tx.insert_publication(&full(6)));
    write(&store, |tx| tx.insert_publication(&Publication { path: path("main/other"), ..full(1) }));
    assert_eq!(read(&store, |tx| tx.list_publications(&path("main/demo"), 0, 9)), [full(5), full(6)]);
}

#[test]
fn publications_outlive_their_collection() {
    let store = store();
    write(&store, |tx| {
        tx.insert_publication(&full(5))?;
        tx.purge_records(&path("main/demo"))?;
        tx.purge_objects(&countersign::storage::ListKey::Collections(bucket("main")))
    });
    assert_eq!(read(&store, |tx| tx.latest_publication(&path("main/demo"))), Some(full(5)));
}

#[test]
fn the_changes_of_a_publication_are_listed_by_record() {
    let store = store();
    let changes = write(&store, |tx| {
        let (old, new) = (intern(tx, "b", "old"), intern(tx, "b", "new"));
        let changes = [
            PublicationChange { after: Some((new, at(7))), before: None, id: record("Created") },
            PublicationChange { after: None, before: Some((old, at(3))), id: record("deleted") },
            PublicationChange {
                after: Some((new, at(8))),
                before: Some((old, at(3))),
                id: record("updated"),
            },
        ];
        // In any order, before the publication too.
        for change in changes.iter().rev() {
            tx.insert_publication_change(&path("main/demo"), 5, change)?;
        }
        tx.insert_publication(&full(5))?;
        tx.insert_publication(&full(6))?;
        Ok(changes)
    });
    assert_eq!(read(&store, |tx| tx.list_publication_changes(&path("main/demo"), 5)), changes);
    assert_eq!(read(&store, |tx| tx.list_publication_changes(&path("main/demo"), 6)), []);
    assert_eq!(read(&store, |tx| tx.list_publication_changes(&path("main/never"), 5)), []);
    let all = ChangesWindow { after: None, kind: None, limit: 9, only: None };
    let part = |window: ChangesWindow| {
        read(&store, |tx| tx.list_publication_changes_in(&path("main/demo"), 5, &window))
    };
    assert_eq!(part(all.clone()), changes);
    assert_eq!(part(ChangesWindow { limit: 2, ..all.clone() }), changes[..2]);
    assert_eq!(part(ChangesWindow { after: Some(record("Created")), ..all.clone() }), changes[1..]);
    for (kind, place) in
        [RecordChange::Created, RecordChange::Deleted, RecordChange::Updated].into_iter().zip(0..)
    {
        assert_eq!(part(ChangesWindow { kind: Some(kind), ..all.clone() }), changes[place..=place]);
    }
    assert_eq!(part(ChangesWindow { only: Some(record("deleted")), ..all.clone() }), changes[1..2]);
    assert_eq!(part(ChangesWindow { only: Some(record("never")), ..all }), []);
    // The same whether it was counted at once, or is counted now.
    let bytes = read(&store, |tx| {
        changes
            .iter()
            .filter_map(|change| change.after)
            .map(|(content, _)| content)
            .map(|content| Ok(tx.load_content(content)?.as_bytes().len()))
            .sum::<Result<usize, StorageError>>()
    });
    let tally = Tally { bytes: u64::try_from(bytes).unwrap(), created: 1, deleted: 1, updated: 1 };
    for turn in 0..2 {
        read(&store, |tx| {
            assert_eq!(tx.tally_publication(&path("main/demo"), 5)?, tally, "{turn}");
            assert_eq!(tx.count_deleted_id_bytes(&path("main/demo"), 5)?, 7, "{turn}");
            assert_eq!(tx.tally_publication(&path("main/demo"), 6)?, Tally::default(), "{turn}");
            assert_eq!(tx.count_deleted_id_bytes(&path("main/demo"), 6)?, 0, "{turn}");
            assert_eq!(tx.count_deleted_id_bytes(&path("main/demo"), 7)?, 0, "{turn}");
            Ok(())
        });
        write(&store, |tx| {
            tx.keep_publication_tally(&path("main/demo"), 5)?;
            tx.keep_publication_tally(&path("main/demo"), 6)
        });
    }
}

#[test]
fn a_change_belongs_to_a_publication_and_names_contents_that_are_there() {
    let store = store();
    let change = PublicationChange { after: None, before: None, id: record("a") };
    let result = store.write(|tx| tx.insert_publication_change(&path("main/demo"), 5, &change));
    assert!(matches!(result, Err(StorageError::Dangling)), "{result:?}");
    let missing = Some((countersign::storage::ContentId(77), at(1)));
    let result = store.write(|tx| {
        tx.insert_publication(&full(5))?;
        tx.insert_publication_change(
            &path("main/demo"),
            5,
            &PublicationChange { after: missing, ..change.clone() },
        )
    });
    assert!(matches!(result, Err(StorageError::Dangling)), "{result:?}");
    assert_eq!(read(&store, |tx| tx.latest_publication(&path("main/demo"))), None);
    let result = store.write(|tx| {
        tx.insert_publication(&full(5))?;
        tx.insert_publication_change(&path("main/demo"), 5, &change)?;
        tx.insert_publication_change(&path("main/demo"), 5, &change)
    });
    assert!(matches!(result, Err(StorageError::Conflict)), "{result:?}");
}

#[test]
fn chains_are_kept_by_their_digest() {
    let store = store();
    let digest = Sha256Digest::of(b"pem");
    write(&store, |tx| {
        assert_eq!(tx.find_chain(&digest)?, None);
        tx.put_chain(&digest, "pem")?;
        tx.put_chain(&digest, "pem")
    });
    assert_eq!(read(&store, |tx| tx.find_chain(&digest)), Some("pem".to_owned()));
    assert_eq!(read(&store, |tx| tx.find_chain(&Sha256Digest::of(b"other"))), None);
}

#[test]
fn history_is_kept_by_bucket_newest_first() {
    let store = store();
    let entry = |time: u64, action, target| HistoryEntry {
        action,
        bucket: bucket("main"),
        id: format!("entry-{time}"),
        last_modified: at(time),
        permissions: [("write".to_owned(), ["account:ada".to_owned()].into())].into(),
        target,
        uri: "/buckets/main/collections/demo".to_owned(),
        user: Some("account:ada".to_owned()),
    };
    let mut all = write(&store, |tx| {
        let content = intern(tx, "a", "one");
        Ok(vec![
            entry(3, HistoryAction::Delete, HistoryTarget::Deleted(at(3))),
            entry(2, HistoryAction::Update, HistoryTarget::Record(content, at(2))),
            entry(1, HistoryAction::Create, HistoryTarget::Object("{\"id\":\"demo\"}".to_owned())),
        ])
    });
    all[1].user = None;
    all[1].permissions.clear();
    write(&store, |tx| {
        for entry in all.iter().rev() {
            tx.insert_history(entry)?;
        }
        tx.insert_history(&HistoryEntry { bucket: bucket("other"), ..all[0].clone() })
    });
    assert_eq!(read(&store, |tx| tx.list_history(&bucket("main"), usize::MAX)), all);
    assert_eq!(read(&store, |tx| tx.list_history(&bucket("main"), 1)), all[..1]);
    write(&store, |tx| tx.purge_history(&bucket("main")));
    assert_eq!(read(&store, |tx| tx.list_history(&bucket("main"), 9)), []);
    assert_eq!(read(&store, |tx| tx.list_history(&bucket("other"), 9)).len(), 1);
}

#[test]
fn the_history_is_searched_by_what_was_done_to_what_by_whom_and_when() {
    let store = store();
    let deeds = [
        (1, HistoryAction::Create, "/buckets/main", "account:ada"),
        (2, HistoryAction::Create, "/buckets/main/collections/demo", "account:ada"),
        (3, HistoryAction::Create, "/buckets/main/groups/demo", "plugin:x"),
        (4, HistoryAction::Create, "/buckets/main/collections/demo/records/a", "account:bob"),
        (5, HistoryAction::Create, "/buckets/main/collections/other/records/a", "account:bob"),
        (6, HistoryAction::Update, "/buckets/main/collections/demo/records/a", "account:ada"),
        (7, HistoryAction::Delete, "/buckets/main/collections/demo/records/a", "account:bob"),
    ];
    write(&store, |tx| {
        for (time, action, uri, user) in deeds {
            tx.insert_history(&HistoryEntry {
                action,
                bucket: bucket("main"),
                id: format!("entry-{time}"),
                last_modified: at(time),
                permissions: Permissions::new(),
                target: HistoryTarget::Deleted(at(time)),
                uri: uri.to_owned(),
                user: Some(user.to_owned()),
            })?;
        }
        Ok(())
    });
    let found = |window: HistoryWindow, limit| {
        let entries = read(&store, |tx| tx.search_history(&bucket("main"), &window, limit));
        entries.iter().map(|entry| entry.last_modified.as_millis()).collect::<Vec<_>>()
    };
    let all = HistoryWindow::default;
    let demo = || Some(CollectionId::parse("demo").unwrap());
    let ada = || "account:ada".to_owned();
    assert_eq!(found(all(), 9), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(found(all(), 2), [7, 6]);
    assert_eq!(found(HistoryWindow { before: Some(at(6)), since: Some(at(3)), ..all() }, 9), [5, 4, 3]);
    assert_eq!(found(HistoryWindow { collection: demo(), ..all() }, 9), [7, 6, 4, 2]);
    let records = Some(HistoryKind::Record);
    assert_eq!(found(HistoryWindow { kind: records, ..all() }, 9), [7, 6, 5, 4]);
    assert_eq!(found(HistoryWindow { kind: Some(HistoryKind::Group), ..all() }, 9), [3]);
    assert_eq!(found(HistoryWindow { action: Some(HistoryAction::Delete), ..all() }, 9), [7]);
    assert_eq!(found(HistoryWindow { user: HistoryUser::Only(ada()), ..all() }, 9), [6, 2, 1]);
    assert_eq!(found(HistoryWindow { user: HistoryUser::Other(ada()), ..all() }, 9), [7, 5, 4, 3]);
    let uri = Some("/buckets/main/collections/demo/records/a".to_owned());
    assert_eq!(found(HistoryWindow { uri: uri.clone(), ..all() }, 9), [7, 6, 4]);
    let one = HistoryWindow {
        action: Some(HistoryAction::Update),
        collection: demo(),
        kind: records,
        uri,
        user: HistoryUser::Only(ada()),
        ..all()
    };
    assert_eq!(found(one, 9), [6]);
    assert_eq!(read(&store, |tx| tx.search_history(&bucket("other"), &all(), 9)), []);
}
