//! What pages are made of. A part makes markup of values and knows no page; every text of a user goes through [`text()`].

mod button;
mod difference;
mod field;
mod icon;
mod kind;
mod lives;
mod notice;
mod number;
mod reading;
mod replaced;
mod schema_form;
mod stage;
mod text;
mod time;
mod title;
mod value;

pub(super) use button::{Weight, button, link_button, named_button};
pub(super) use difference::Block;
pub(super) use field::{Field, check_box, search_box};
pub(super) use icon::{Icon, icon, logo};
pub(super) use kind::{ChangeKind, kind, tally, tally_of};
pub(super) use lives::{Life, Lives};
pub(super) use notice::{Tone, empty, error_summary, flash, notice};
pub(super) use number::{bytes, count, number};
pub(super) use reading::{reads_as, unreadable};
pub(super) use schema_form::{
    Act, MOST_FIELDS, Node, SchemaForm, act, at, defaults, field_id, fresh, mended, pretty, pretty_value,
    read as read_form, render as render_form,
};
pub(super) use stage::{shape, stage};
pub(super) use text::{copy, fingerprint, id, mono, paragraphs, plain, text};
pub(super) use time::{day, day_words, time};
pub(super) use title::title_of;
pub(super) use value::{Extent, json, value};
