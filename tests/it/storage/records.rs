use std::collections::BTreeMap;

use countersign::{
    signing::{Key, Leaf},
    storage::{ContentId, Entry, RecordRow, SqliteStore, StorageError, Store, Tombstones, Tx, Visit, Window},
    types::{CollectionPath, Sha256Digest, Timestamp},
};
use proptest::prelude::*;
use tempfile::TempDir;

use super::{at, content, equality, intern, path, put, read, record, store, write};

fn demo() -> CollectionPath {
    path("main/demo")
}

/// Ids and times, newest first; `-` before the id of a tombstone.
fn newest_first(tx: &mut dyn Tx, path: &CollectionPath, window: &Window) -> Vec<(String, u64)> {
    let mut seen = Vec::new();
    tx.visit_newest_first(path, window, &mut |id, entry| {
        seen.push(match entry {
            Entry::Deleted(time) => (format!("-{id}"), time.as_millis()),
            Entry::Live(visited) => (id.to_owned(), visited.record.last_modified.as_millis()),
        });
        Visit::Continue
    })
    .unwrap();
    seen
}

/// Ids, as both visits in their order see them.
fn by_id(tx: &mut dyn Tx, path: &CollectionPath) -> Vec<String> {
    let mut seen = Vec::new();
    tx.visit_by_id(path, &mut |id, visited| {
        seen.push((id.to_owned(), visited.content_id, visited.record.last_modified));
        Visit::Continue
    })
    .unwrap();
    let mut places = Vec::new();
    tx.visit_places_by_id(path, &mut |id, content, last_modified| {
        places.push((id.to_owned(), content, last_modified));
        Visit::Continue
    })
    .unwrap();
    assert_eq!(places, seen);
    seen.into_iter().map(|(id, _, _)| id).collect()
}

#[test]
fn a_record_is_found_as_it_was_written() {
    let store = store();
    let content_id = write(&store, |tx| Ok(put(tx, &demo(), "a", "one", 5)));
    let found = read(&store, |tx| tx.find_record(&demo(), &record("a")));
    let Some(Entry::Live(found)) = found else { panic!("{found:?}") };
    assert_eq!(found.content, content("a", "one"));
    assert_eq!(found.content_id, content_id);
    assert_eq!(found.equality, equality("a", "one"));
    assert_eq!(found.last_modified, at(5));
    let others = read(&store, |tx| {
        Ok((tx.find_record(&demo(), &record("A"))?, tx.find_record(&path("demo/main"), &record("a"))?))
    });
    assert_eq!(others, (None, None));
}

#[test]
fn deleting_leaves_a_tombstone_that_goes_when_the_record_comes_back() {
    let store = store();
    write(&store, |tx| {
        assert!(!tx.delete_record(&demo(), &record("a"), at(4))?);
        assert_eq!(tx.find_record(&demo(), &record("a"))?, None);
        put(tx, &demo(), "a", "one", 5);
        assert!(tx.delete_record(&demo(), &record("a"), at(6))?);
        assert_eq!(tx.find_record(&demo(), &record("a"))?, Some(Entry::Deleted(at(6))));
        assert_eq!(tx.count_records(&demo())?, 0);
        // Not live: not deleted again.
        assert!(!tx.delete_record(&demo(), &record("a"), at(7))?);
        assert_eq!(tx.find_record(&demo(), &record("a"))?, Some(Entry::Deleted(at(6))));
        put(tx, &demo(), "a", "two", 8);
        assert_eq!(tx.count_records(&demo())?, 1);
        let window = Window { tombstones: Tombstones::Shown, ..Window::default() };
        assert_eq!(newest_first(tx, &demo(), &window), [("a".to_owned(), 8)]);
        Ok(())
    });
}

#[test]
fn windows_leave_both_ends_out_and_tombstones_unless_asked() {
    let store = store();
    let window = |since: Option<u64>, before: Option<u64>, tombstones| {
        let seen = read(&store, |tx| {
            let window = Window { before: before.map(at), since: since.map(at), tombstones };
            Ok(newest_first(tx, &demo(), &window))
        });
        seen.into_iter().map(|(id, _)| id).collect::<Vec<String>>().join(" ")
    };
    assert_eq!(window(None, None, Tombstones::Shown), "");
    write(&store, |tx| {
        put(tx, &demo(), "old", "x", 0);
        put(tx, &demo(), "b", "x", 5);
        put(tx, &demo(), "B", "x", 5);
        put(tx, &demo(), "gone", "x", 3);
        put(tx, &demo(), "new", "x", Timestamp::MAX.as_millis());
        assert!(tx.delete_record(&demo(), &record("gone"), at(6))?);
        Ok(())
    });
    assert_eq!(window(None, None, Tombstones::Hidden), "new B b old");
    assert_eq!(window(None, None, Tombstones::Shown), "new -gone B b old");
    assert_eq!(window(Some(0), None, Tombstones::Shown), "new -gone B b");
    assert_eq!(window(Some(5), None, Tombstones::Shown), "new -gone");
    assert_eq!(window(Some(5), None, Tombstones::Hidden), "new");
    assert_eq!(window(None, Some(6), Tombstones::Shown), "B b old");
    assert_eq!(window(Some(0), Some(6), Tombstones::Shown), "B b");
    assert_eq!(window(Some(6), Some(5), Tombstones::Shown), "");
    assert_eq!(window(Some(Timestamp::MAX.as_millis()), None, Tombstones::Shown), "");
    assert_eq!(window(None, Some(0), Tombstones::Shown), "");
}

#[test]
fn visits_by_id_go_by_code_points_and_show_live_records_only() {
    let store = store();
    write(&store, |tx| {
        for id in ["b", "a", "Z", "10", "9", "a-", "a_", "aa", "a0", "gone"] {
            put(tx, &demo(), id, "x", 5);
        }
        put(tx, &path("main/other"), "c", "x", 5);
        tx.delete_record(&demo(), &record("gone"), at(6))?;
        Ok(())
    });
    let seen = read(&store, |tx| Ok(by_id(tx, &demo())));
    assert_eq!(seen, ["10", "9", "Z", "a", "a-", "a0", "a_", "aa", "b"]);
}

#[test]
fn a_visitor_may_stop() {
    let store = store();
    write(&store, |tx| {
        for id in ["a", "b", "c"] {
            put(tx, &demo(), id, "x", 5);
        }
        Ok(())
    });
    read(&store, |tx| {
        let mut visits = 0;
        tx.visit_by_id(&demo(), &mut |_, _| {
            visits += 1;
            if visits == 2 { Visit::Stop } else { Visit::Continue }
        })?;
        tx.visit_places_by_id(&demo(), &mut |_, _, _| {
            visits += 10;
            if visits == 22 { Visit::Stop } else { Visit::Continue }
        })?;
        tx.visit_newest_first(&demo(), &Window::default(), &mut |_, _| {
            visits += 100;
            Visit::Stop
        })?;
        assert_eq!(visits, 122);
        // And everything goes on.
        assert_eq!(by_id(tx, &demo()), ["a", "b", "c"]);
        Ok(())
    });
}

#[test]
fn a_visit_shows_all_there_is_about_a_record() {
    let store = store();
    let key = Key::of("a");
    let leaf = Leaf::of(&key, &Sha256Digest::of(b"record"));
    write(&store, |tx| {
        let content = intern(tx, "a", "one");
        let row = RecordRow { content, last_modified: at(5), leaf: Some((key, leaf)) };
        tx.put_record(&demo(), &record("a"), &row)?;
        put(tx, &demo(), "b", "two", 6);
        Ok(())
    });
    let mut seen = Vec::new();
    read(&store, |tx| {
        tx.visit_by_id(&demo(), &mut |id, visited| {
            assert_eq!(visited.equality, equality(id, if id == "a" { "one" } else { "two" }));
            let mut bytes = Vec::new();
            visited.record.write_to(&mut bytes);
            seen.push((visited.content_id, visited.leaf, String::from_utf8(bytes).unwrap()));
            Visit::Continue
        })?;
        let by_id = std::mem::take(&mut seen);
        tx.visit_newest_first(&demo(), &Window::default(), &mut |_, entry| {
            let Entry::Live(visited) = entry else { panic!("{entry:?}") };
            let mut bytes = Vec::new();
            visited.record.write_to(&mut bytes);
            seen.push((visited.content_id, visited.leaf, String::from_utf8(bytes).unwrap()));
            Visit::Continue
        })?;
        seen.reverse();
        assert_eq!(seen, by_id);
        Ok(())
    });
    let (_, leaves, texts): (Vec<_>, Vec<_>, Vec<_>) = {
        let mut ids = Vec::new();
        let mut leaves = Vec::new();
        let mut texts = Vec::new();
        for (id, leaf, text) in seen {
            ids.push(id);
            leaves.push(leaf);
            texts.push(text);
        }
        (ids, leaves, texts)
    };
    assert_eq!(leaves, [Some((key, leaf)), None]);
    assert_eq!(
        texts,
        [r#"{"id":"a","last_modified":5,"title":"one"}"#, r#"{"id":"b","last_modified":6,"title":"two"}"#]
    );
}

#[test]
fn a_new_version_of_a_record_has_the_leaf_that_came_with_it() {
    let store = store();
    let key = Key::of("a");
    let leaf = Leaf::of(&key, &Sha256Digest::of(b"record"));
    write(&store, |tx| {
        let content = intern(tx, "a", "one");
        let row = RecordRow { content, last_modified: at(5), leaf: Some((key, leaf)) };
        tx.put_record(&demo(), &record("a"), &row)?;
        put(tx, &demo(), "a", "one", 6);
        let mut leaves = Vec::new();
        tx.visit_by_id(&demo(), &mut |_, visited| {
            leaves.push(visited.leaf);
            Visit::Continue
        })?;
        assert_eq!(leaves, [None]);
        Ok(())
    });
}

#[test]
fn purging_leaves_neither_records_nor_tombstones() {
    let store = store();
    write(&store, |tx| {
        put(tx, &demo(), "a", "x", 5);
        put(tx, &demo(), "b", "x", 5);
        put(tx, &path("main/demo2"), "a", "x", 5);
        tx.delete_record(&demo(), &record("b"), at(6))?;
        tx.purge_records(&demo())?;
        let window = Window { tombstones: Tombstones::Shown, ..Window::default() };
        assert_eq!(newest_first(tx, &demo(), &window), []);
        assert_eq!(tx.find_record(&demo(), &record("b"))?, None);
        assert_eq!(tx.count_records(&path("main/demo2"))?, 1);
        Ok(())
    });
}

#[test]
fn a_record_of_a_content_that_is_not_there_is_refused() {
    let store = store();
    let row = RecordRow { content: ContentId(77), last_modified: at(5), leaf: None };
    let result = store.write(|tx| tx.put_record(&demo(), &record("a"), &row));
    assert!(matches!(result, Err(StorageError::Dangling)), "{result:?}");
    assert_eq!(read(&store, |tx| tx.find_record(&demo(), &record("a"))), None);
}

#[test]
fn contents_may_be_long_and_hold_any_bytes() {
    let store = store();
    let title: String = (0..200_000).map(|n| char::from_u32(0x4e00 + n % 5000).unwrap()).collect();
    write(&store, |tx| Ok(put(tx, &demo(), "a", &title, 5)));
    let found = read(&store, |tx| tx.find_record(&demo(), &record("a")));
    let Some(Entry::Live(found)) = found else { panic!("not live") };
    assert_eq!(found.content, content("a", &title));
}

/// How much the log grows when ten of `size` records change.
fn growth_by_ten(size: u64) -> u64 {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("countersign.db")).unwrap();
    // A reader of the empty database keeps the log from beginning anew, so its length is what was written.
    read(&store, |tx| {
        assert_eq!(tx.count_records(&demo())?, 0);
        write(&store, |tx| {
            for n in 0..size {
                put(tx, &demo(), &format!("r{n}"), "one", n);
            }
            Ok(())
        });
        let before = store.check()?.log_bytes;
        write(&store, |tx| {
            for n in 0..10 {
                put(tx, &demo(), &format!("r{}", n * size / 10), "two", size + n);
            }
            Ok(())
        });
        Ok(store.check()?.log_bytes - before)
    })
}

#[test]
fn ten_changes_cost_what_ten_changes_cost() {
    let (small, large) = (growth_by_ten(4_000), growth_by_ten(16_000));
    assert!(small > 0);
    // About forty pages. The whole of the large collection would be two thousand.
    assert!(large * 2 < small * 3, "{small} bytes of log in a small collection, {large} in a large one");
}

/// What a collection should be.
type Model = BTreeMap<&'static str, Entry<(u8, u64)>>;

#[derive(Clone, Debug)]
enum Step {
    Delete(&'static str, u64),
    Purge,
    Put(&'static str, u8, u64),
    RollBack(&'static str, u8, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = || prop::sample::select(vec!["a", "B", "b", "b-1", "9", "10"]);
    let step = prop_oneof![
        4 => (id(), 0_u64..12).prop_map(|(id, time)| Step::Delete(id, time)),
        1 => Just(Step::Purge),
        12 => (id(), 0_u8..3, 0_u64..12).prop_map(|(id, title, time)| Step::Put(id, title, time)),
        3 => (id(), 0_u8..3, 0_u64..12).prop_map(|(id, title, time)| Step::RollBack(id, title, time)),
    ];
    prop::collection::vec(step, 0..40)
}

fn apply(tx: &mut dyn Tx, model: &mut Model, step: &Step) -> Result<(), StorageError> {
    match *step {
        Step::Delete(id, time) => {
            let live = matches!(model.get(id), Some(Entry::Live(_)));
            assert_eq!(tx.delete_record(&demo(), &record(id), at(time))?, live);
            if live {
                model.insert(id, Entry::Deleted(at(time)));
            }
        }
        Step::Purge => {
            tx.purge_records(&demo())?;
            model.clear();
        }
        Step::Put(id, title, time) => {
            put(tx, &demo(), id, &title.to_string(), time);
            model.insert(id, Entry::Live((title, time)));
        }
        Step::RollBack(id, title, time) => {
            tx.begin_savepoint()?;
            put(tx, &demo(), id, &title.to_string(), time);
            tx.delete_record(&demo(), &record("a"), at(time))?;
            tx.roll_back_savepoint()?;
        }
    }
    Ok(())
}

fn expected(model: &Model, window: &Window) -> Vec<(String, u64)> {
    let mut list: Vec<(String, &str, u64)> = model
        .iter()
        .filter_map(|(id, entry)| match entry {
            Entry::Deleted(time) => match window.tombstones {
                Tombstones::Hidden => None,
                Tombstones::Shown => Some((format!("-{id}"), *id, time.as_millis())),
            },
            Entry::Live((_, time)) => Some(((*id).to_owned(), *id, *time)),
        })
        .filter(|(_, _, time)| window.since.is_none_or(|since| at(*time) > since))
        .filter(|(_, _, time)| window.before.is_none_or(|before| at(*time) < before))
        .collect();
    list.sort_by(|(_, one, first), (_, other, second)| second.cmp(first).then(one.cmp(other)));
    list.into_iter().map(|(shown, _, time)| (shown, time)).collect()
}

fn same(store: &Store, model: &Model, window: &Window) {
    read(store, |tx| {
        let live: Vec<&str> =
            model.iter().filter(|(_, entry)| matches!(entry, Entry::Live(_))).map(|(id, _)| *id).collect();
        assert_eq!(by_id(tx, &demo()), live);
        assert_eq!(tx.count_records(&demo())?, u64::try_from(live.len()).unwrap());
        assert_eq!(newest_first(tx, &demo(), window), expected(model, window));
        Ok(())
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_collection_is_what_was_done_to_it(
        steps in steps(),
        since in prop::option::of(0_u64..12),
        before in prop::option::of(0_u64..12),
        shown in any::<bool>(),
    ) {
        let store = store();
        let mut model = Model::new();
        let tombstones = if shown { Tombstones::Shown } else { Tombstones::Hidden };
        let window = Window { before: before.map(at), since: since.map(at), tombstones };
        for some in steps.chunks(5) {
            write(&store, |tx| some.iter().try_for_each(|step| apply(tx, &mut model, step)));
            same(&store, &model, &window);
        }
        prop_assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
    }
}
