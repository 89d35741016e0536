//! What wins when several things are wrong with an approval (`interface`, order of refusals of `to-sign`).

use countersign::workflow::{Impact, ImpactAction, ReviewPolicy};
use serde_json::json;

use crate::world::{Person, Plan, SOURCE, World, review_off};

/// A world in which nearly everything is wrong with whatever `attempt` does next: the status is `work-in-progress`, and the
/// header names no digest.
fn in_progress() -> World {
    let world = World::new();
    world.edit("r1", json!({"title": "one"}));
    world
}

fn to_sign(person: &Person<'_>) -> crate::world::Answer {
    person.patch(SOURCE, json!({"data": {"status": "to-sign", "sort": "-title", "last_edit_by": "me"}}))
}

#[test]
fn permission_comes_first() {
    let world = in_progress();
    world.unchanged(|| {
        to_sign(&world.anonymous().with("If-Match", "\"1\"").seeing("no digest")).unauthorized();
        to_sign(&world.stranger().with("If-Match", "\"1\"").seeing("no digest")).forbidden();
    });
}

#[test]
fn then_the_precondition() {
    let world = World::new();
    world.unchanged(|| {
        let answer = to_sign(&world.editor().with("If-Match", "\"1\"").seeing("no digest"));
        answer.refused(412, 114, "Resource was modified meanwhile");
    });
}

#[test]
fn then_that_it_is_signed_already() {
    let world = World::new();
    world.unchanged(|| {
        let answer = to_sign(&world.editor().seeing("no digest"));
        answer.refused(400, 109, "Collection already signed");
    });
}

#[test]
fn then_the_group() {
    let world = in_progress();
    world.unchanged(|| {
        let answer = to_sign(&world.editor().seeing("no digest"));
        answer.refused(403, 121, "Not in cfr-reviewers group");
        let answer = to_sign(&world.admin().seeing("no digest"));
        answer.refused(403, 121, "Not in cfr-reviewers group");
    });
}

#[test]
fn then_the_form_of_the_header() {
    let world = in_progress();
    for malformed in ["no digest", "", &"A".repeat(64), &"0".repeat(63)] {
        world.unchanged(|| {
            let answer = to_sign(&world.reviewer().seeing(malformed));
            assert_eq!((answer.status, answer.body["errno"].as_u64()), (400, Some(107)), "{answer:?}");
            assert_eq!(answer.body["details"][0]["location"], "header");
            assert_eq!(answer.body["details"][0]["name"], "Countersign-Change");
        });
    }
}

#[test]
fn then_whether_it_is_the_change() {
    let world = in_progress();
    let change = world.change();
    world.unchanged(|| {
        let answer = to_sign(&world.reviewer().seeing(&"0".repeat(64)));
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (412, Some(114)), "{answer:?}");
        let details = json!({"change": {"digest": change["digest"], "fingerprint": change["fingerprint"]}});
        assert_eq!(answer.body["details"], details);
    });
}

#[test]
fn then_whether_anybody_asked_for_review() {
    let world = in_progress();
    let digest = world.change()["digest"].as_str().unwrap().to_owned();
    world.unchanged(|| {
        to_sign(&world.reviewer().seeing(&digest)).refused(400, 109, "Collection not under review");
    });
}

#[test]
fn then_who_asked() {
    let world = in_progress();
    world.set_members("reviewers", &["reviewer", "editor"]);
    world.request();
    world.unchanged(|| {
        to_sign(&world.editor()).refused(403, 121, "Last editor cannot review");
    });
}

#[test]
fn then_who_wrote_it() {
    let world = World::new();
    world.set_members("reviewers", &["reviewer", "other-editor"]);
    world.other_editor().put(&format!("{SOURCE}/records/r2"), json!({"data": {"title": "two"}})).ok();
    world.other_editor().put(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "one"}})).ok();
    world.request();
    world.unchanged(|| {
        let answer = to_sign(&world.other_editor());
        answer.refused(403, 121, "Reviewer has edits in this change");
        assert_eq!(answer.body["details"], json!({"attributes": false, "records": ["r1", "r2"]}));
    });
}

#[test]
fn then_attributes_then_tracking_fields() {
    let world = in_progress();
    world.request();
    world.unchanged(|| {
        to_sign(&world.reviewer()).refused(400, 109, "Cannot change sort with this status");
        let body = json!({"data": {"status": "to-sign", "last_review_date": "x", "last_edit_by": "me"}});
        let message = "Cannot change <TRACKING_FIELDS.LAST_EDIT_BY: 'last_edit_by'>";
        world.reviewer().patch(SOURCE, body).refused(400, 109, message);
    });
}

#[test]
fn without_review_the_header_still_counts() {
    let world = World::empty(&review_off());
    world.add_source(SOURCE);
    world.unchanged(|| {
        to_sign(&world.editor().seeing("no digest")).refused(400, 109, "Collection already signed");
    });
    world.edit("r1", json!({"title": "one"}));
    world.unchanged(|| {
        let answer = to_sign(&world.editor().seeing("no digest"));
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (400, Some(107)));
        let answer = to_sign(&world.editor().seeing(&"0".repeat(64)));
        assert_eq!((answer.status, answer.body["errno"].as_u64()), (412, Some(114)));
        to_sign(&world.editor()).refused(400, 109, "Cannot change sort with this status");
    });
    let digest = world.change()["digest"].as_str().unwrap().to_owned();
    world.editor().seeing(&digest).set_status("to-sign").ok();
    assert_eq!(world.status(), "signed");
    world.check();
}

#[test]
fn any_of_these_undoes_a_whole_batch() {
    let world = World::empty(&Plan::default());
    world.add_source(SOURCE);
    world.edit("r1", json!({"title": "one"}));
    let record = format!("{SOURCE}/records/r9");
    let attempts: [(Person<'_>, u64); 3] =
        [(world.editor(), 403), (world.reviewer(), 400), (world.reviewer().seeing(&"0".repeat(64)), 412)];
    for (person, status) in attempts {
        world.unchanged(|| {
            let answer = person.batch(&[
                ("PUT", &record, json!({"data": {"title": "nine"}})),
                ("PATCH", SOURCE, json!({"data": {"status": "to-sign"}})),
            ]);
            assert_eq!(u64::from(answer.status), status, "{answer:?}");
        });
    }
}

#[test]
fn last_comes_the_size_of_the_change() {
    let impact =
        Impact { growth_percent: 50, over: ImpactAction::Block, removed_percent: 20, ..Impact::default() };
    let world =
        World::empty(&Plan { review: ReviewPolicy { impact, ..ReviewPolicy::default() }, ..Plan::default() });
    world.add_source(SOURCE);
    for number in 0..10 {
        world.edit(&format!("r{number}"), json!({"n": 1}));
    }
    world.request();
    world.approve();
    // Two of ten may go, three may not; five may come, six may not.
    for number in 0..3 {
        world.editor().delete(&format!("{SOURCE}/records/r{number}")).ok();
    }
    world.request();
    world.unchanged(|| {
        to_sign(&world.reviewer()).refused(400, 109, "Cannot change sort with this status");
        let answer = world.reviewer().set_status("to-sign");
        answer.refused(400, 109, "Change is blocked by the impact policy");
        assert_eq!(answer.body["details"], json!({"impact": {"removed": {"limit": 20, "percent": 30}}}));
    });
    world.edit("r0", json!({"n": 2}));
    world.request();
    world.approve();
    for number in 0..5 {
        world.edit(&format!("s{number}"), json!({"n": 1}));
    }
    world.request();
    world.unchanged(|| {
        let answer = world.reviewer().set_status("to-sign");
        answer.refused(400, 109, "Change is blocked by the impact policy");
        assert_eq!(answer.body["details"], json!({"impact": {"growth": {"limit": 50, "percent": 62}}}));
    });
    world.editor().delete(&format!("{SOURCE}/records/s0")).ok();
    world.request();
    world.approve();
    world.check();
}
