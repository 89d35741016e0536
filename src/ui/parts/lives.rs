//! A picture of how long certificates live: a line for each on one axis of time, and today across them. What it shows is
//! also said in words, for who hears the page.

use maud::{Markup, html};

use super::time::{day_words, month_name};
use crate::{signing::Certificate, types::Timestamp};

/// From when until when something is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) struct Life {
    pub(in crate::ui) from: Timestamp,
    pub(in crate::ui) until: Timestamp,
}

impl From<&Certificate> for Life {
    fn from(certificate: &Certificate) -> Self {
        Self { from: certificate.not_before(), until: certificate.not_after() }
    }
}

/// The picture, being put together around the leaf that it is about.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Lives {
    above: Vec<(&'static str, Life)>,
    leaf: Life,
    next: Option<Timestamp>,
    now: Timestamp,
    others: Vec<Life>,
    signed: Option<Timestamp>,
}

impl Lives {
    /// Of a chain as it is served: leaf first, root last. `None` where it is empty.
    pub(in crate::ui) fn of_chain(chain: &[Certificate], now: Timestamp) -> Option<Self> {
        let (leaf, above) = chain.split_first()?;
        let last = above.len().saturating_sub(1);
        let above = above.iter().enumerate().rev().map(|(place, certificate)| {
            (if place == last { "Root" } else { "Intermediate" }, Life::from(certificate))
        });
        Some(Self {
            above: above.collect(),
            leaf: leaf.into(),
            next: None,
            now,
            others: Vec::new(),
            signed: None,
        })
    }

    /// Other leaves of the same signer: before, and after.
    pub(in crate::ui) fn others(mut self, others: impl IntoIterator<Item = Life>) -> Self {
        self.others.extend(others.into_iter().filter(|life| *life != self.leaf));
        self
    }

    /// When the next leaf takes over.
    pub(in crate::ui) fn next(mut self, at: Option<Timestamp>) -> Self {
        self.next = at;
        self
    }

    /// A ring where something was signed with the leaf.
    pub(in crate::ui) fn signed(mut self, at: Timestamp) -> Self {
        self.signed = Some(at);
        self
    }

    /// The markup.
    pub(in crate::ui) fn render(&self) -> Markup {
        let axis = Axis::around(self);
        let lanes = self.lanes(&axis);
        let leaves = TOP + ROW * u64::try_from(self.above.len()).unwrap_or(0);
        let axis_y = leaves + LANE * u64::try_from(lanes.len()).unwrap_or(1) + 10;
        let today = axis.place(self.now);
        html! {
            div.lives role="img" aria-label=(self.words()) {
                div.lives-labels aria-hidden="true" {
                    @for (label, _) in &self.above { span { (label) } }
                    span { "Leaf" }
                }
                svg.lives-plot width="100%" height=(axis_y + 24) aria-hidden="true" {
                    @for (place, (at, label)) in axis.ticks().into_iter().enumerate() {
                        @let x = axis.place(at);
                        line.lives-grid x1=(x) x2=(x) y1=(TOP - 4) y2=(axis_y) {}
                        text.lives-tick.odd[place % 2 == 1] x=(x) y=(axis_y + 17) text-anchor="middle" { (label) }
                    }
                    line.lives-today x1=(today) x2=(today) y1="18" y2=(axis_y) {}
                    @for (row, (label, life)) in (0_u64..).zip(&self.above) {
                        (self.long_line(&axis, label, *life, TOP + ROW * row + ROW / 2))
                    }
                    @for (lane, bars) in (0_u64..).zip(&lanes) {
                        @for bar in bars { (self.bar(&axis, bar, leaves + LANE * lane + LANE / 2)) }
                    }
                    text.lives-word x=(today) y="12" text-anchor="middle" { "today" }
                    @if let Some(at) = self.signed {
                        circle.lives-ring cx=(axis.place(at)) cy=(leaves + LANE * lane_of(&lanes, self.leaf) + LANE / 2) r="4.5" {
                            title { "Signed " (day_words(at, self.now)) }
                        }
                    }
                }
            }
        }
    }

    /// An intermediate or a root, which usually ends far beyond the picture.
    fn long_line(&self, axis: &Axis, label: &str, life: Life, y: u64) -> Markup {
        let goes_on = life.until > axis.until;
        html! {
            line.lives-bar x1=(axis.place(life.from)) x2=(axis.place(life.until)) y1=(y) y2=(y) {
                title { (label) ", " (self.span(life)) }
            }
            @if goes_on {
                svg.lives-arrow x="100%" y=(y) { path d="M-6 -4.5 0 0l-6 4.5" {} }
                text.lives-word x="100%" y=(y - 7) dx="-8" text-anchor="end" { "to " (month_and_year(life.until)) }
            } @else {
                text.lives-word x=(axis.place(life.until)) y=(y + 4) dx="8" { (ends(life.until, self.now)) }
            }
        }
    }

    fn bar(&self, axis: &Axis, bar: &Bar, y: u64) -> Markup {
        let class = match bar.kind {
            BarKind::Leaf => "lives-bar leaf",
            BarKind::Next => "lives-bar next",
            BarKind::Other => "lives-bar",
        };
        html! {
            line class=(class) x1=(axis.place(bar.life.from)) x2=(axis.place(bar.life.until)) y1=(y) y2=(y) {
                title { (self.span(bar.life)) }
            }
            @match bar.kind {
                BarKind::Leaf => text.lives-word.strong x=(axis.place(bar.life.until)) y=(y + 4) dx="8" {
                    (ends(bar.life.until, self.now))
                },
                BarKind::Next => text.lives-word x=(axis.place(bar.life.until)) y=(y + 4) dx="8" {
                    "next, " (day_and_month(bar.life.from))
                },
                BarKind::Other => {},
            }
        }
    }

    /// Leaves overlap as they renew: each goes into the first lane where it does not touch the one before.
    fn lanes(&self, axis: &Axis) -> Vec<Vec<Bar>> {
        let mut bars: Vec<Bar> = self
            .others
            .iter()
            .filter(|life| life.until > axis.from && life.from < axis.until)
            .map(|life| Bar { kind: BarKind::Other, life: *life })
            .collect();
        bars.push(Bar { kind: BarKind::Leaf, life: self.leaf });
        let next = self.next.filter(|at| *at < axis.until);
        bars.extend(next.map(|from| {
            let until = self.leaf.until.plus_millis(self.leaf.length() / 4).max(from);
            Bar { kind: BarKind::Next, life: Life { from, until } }
        }));
        bars.sort_by_key(|bar| (bar.life.from, bar.life.until));
        let mut lanes: Vec<Vec<Bar>> = vec![Vec::new()];
        for bar in bars {
            let ends_before = |lane: &Vec<Bar>| lane.last().is_none_or(|last| last.ends_before(&bar));
            match lanes.iter().position(ends_before) {
                Some(place) => lanes.get_mut(place).into_iter().for_each(|lane| lane.push(bar)),
                None if lanes.len() < MOST_LANES => lanes.push(vec![bar]),
                // Leaves that somebody made by hand, one over the other: the picture stays small.
                None => lanes.last_mut().into_iter().for_each(|lane| lane.push(bar)),
            }
        }
        lanes
    }

    fn span(&self, life: Life) -> String {
        format!("{} to {}", day_words(life.from, self.now), day_words(life.until, self.now))
    }

    /// The picture in words.
    fn words(&self) -> String {
        let mut words: Vec<String> =
            self.above.iter().map(|(label, life)| format!("{label}: {}", self.span(*life))).collect();
        words.push(format!("Leaf: {}", self.span(self.leaf)));
        words.extend(self.next.map(|at| format!("Next leaf: {}", day_words(at, self.now))));
        words.extend(self.signed.map(|at| format!("Signed: {}", day_words(at, self.now))));
        words.push(format!("Today: {}", day_words(self.now, self.now)));
        words.join(". ")
    }
}

impl Life {
    fn length(self) -> u64 {
        self.until.as_millis().saturating_sub(self.from.as_millis())
    }
}

/// A line in a lane.
#[derive(Clone, Copy, Debug)]
struct Bar {
    kind: BarKind,
    life: Life,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BarKind {
    /// The one that the picture is about.
    Leaf,
    /// The one to come.
    Next,
    /// Any other.
    Other,
}

impl Bar {
    /// Whether another one has room behind it. What has words behind it has none.
    fn ends_before(&self, other: &Self) -> bool {
        self.kind == BarKind::Other && self.life.until < other.life.from
    }
}

fn lane_of(lanes: &[Vec<Bar>], leaf: Life) -> u64 {
    let has_it = |lane: &Vec<Bar>| lane.iter().any(|bar| bar.kind == BarKind::Leaf && bar.life == leaf);
    lanes.iter().position(has_it).and_then(|place| u64::try_from(place).ok()).unwrap_or(0)
}

/// The stretch of time that is drawn.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: Timestamp,
    until: Timestamp,
}

impl Axis {
    /// The leaf's whole life, today, and about two lives before.
    fn around(lives: &Lives) -> Self {
        let life = lives.leaf.length().max(SHORTEST);
        let from = lives.now.minus_millis(life / 4 * 7).min(lives.leaf.from.minus_millis(life / 4));
        let until = lives.now.plus_millis(life / 4 * 5).max(lives.leaf.until.plus_millis(life / 4 * 3));
        Self { from, until }
    }

    /// Where a time is, in percent of the width.
    fn place(&self, at: Timestamp) -> String {
        let since = at.clamp(self.from, self.until).as_millis() - self.from.as_millis();
        let length = self.until.as_millis().saturating_sub(self.from.as_millis()).max(1);
        let share = since.saturating_mul(10_000) / length;
        format!("{}.{:02}%", share / 100, share % 100)
    }

    /// Firsts of months, a handful of them.
    fn ticks(&self) -> Vec<(Timestamp, String)> {
        let (first, last) = (month_number(self.from) + 1, month_number(self.until));
        let step = STEPS.into_iter().find(|step| last.saturating_sub(first) / step < MOST_TICKS);
        let Some(step) = step.and_then(|step| usize::try_from(step).ok()) else { return Vec::new() };
        let aligned = first.next_multiple_of(u64::try_from(step).unwrap_or(1));
        (aligned..=last)
            .step_by(step)
            .map(|number| {
                let (year, month) = (number / 12, number % 12 + 1);
                let label = match (step, month) {
                    (12.., _) => year.to_string(),
                    (_, 1) => format!("Jan {year}"),
                    (_, month) => short_month(month),
                };
                (Timestamp::of_date(year, month, 1).unwrap_or(self.until), label)
            })
            .collect()
    }
}

/// Months since the beginning of the calendar.
fn month_number(at: Timestamp) -> u64 {
    let (year, month, _) = at.date();
    year * 12 + month.saturating_sub(1)
}

fn ends(until: Timestamp, now: Timestamp) -> String {
    format!("{} {}", if until < now { "ended" } else { "ends" }, day_and_month(until))
}

/// `1 Jan`, short enough for the picture.
fn day_and_month(at: Timestamp) -> String {
    let (_, month, day) = at.date();
    format!("{day}\u{a0}{}", short_month(month))
}

fn month_and_year(at: Timestamp) -> String {
    let (year, month, _) = at.date();
    format!("{} {year}", month_name(month))
}

fn short_month(month: u64) -> String {
    month_name(month).chars().take(3).collect()
}

const DAY: u64 = 86_400_000;
const LANE: u64 = 14;
const MOST_LANES: usize = 4;
const MOST_TICKS: u64 = 5;
const ROW: u64 = 32;
/// Shorter lives are drawn on an axis of a month.
const SHORTEST: u64 = 30 * DAY;
/// Months between two marks of the axis.
const STEPS: [u64; 12] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 12_000];
/// Room for "today".
const TOP: u64 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-24T06:00:00Z
    const NOW: u64 = 1_795_500_000_000;

    fn at(days: u64, before: u64) -> Timestamp {
        Timestamp::from_millis(NOW + days * DAY - before * DAY).unwrap()
    }

    fn lives(from: u64, until: u64) -> Lives {
        Lives {
            above: vec![("Root", Life { from: at(0, 400), until: at(10_000, 0) })],
            leaf: Life { from: at(0, from), until: at(until, 0) },
            next: Some(at(until, 45)),
            now: at(0, 0),
            others: Vec::new(),
            signed: None,
        }
    }

    #[test]
    fn the_axis_holds_the_leaf_and_today_and_a_handful_of_marks() {
        for (from, until) in [(30, 90), (110, 10), (1, 1), (3_000, 600), (400, 30_000)] {
            let lives = lives(from, until);
            let axis = Axis::around(&lives);
            assert!(axis.from < lives.leaf.from && axis.until > lives.leaf.until, "{axis:?}");
            let ticks = axis.ticks();
            assert!((2..=8).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks.iter().all(|(at, _)| *at >= axis.from && *at <= axis.until));
        }
        let labels: Vec<String> =
            Axis::around(&lives(30, 90)).ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["Jul", "Oct", "Jan 2027", "Apr"].map(str::to_owned));
    }

    #[test]
    fn leaves_that_overlap_are_in_lanes_of_their_own() {
        let leaves: Vec<Life> =
            (1..5).map(|turn| Life { from: at(0, 30 + turn * 45), until: at(90, turn * 45) }).collect();
        let lives = lives(30, 90).others(leaves);
        let lanes = lives.lanes(&Axis::around(&lives));
        for lane in &lanes {
            for pair in lane.windows(2) {
                assert!(pair[0].life.until < pair[1].life.from, "{lane:?}");
            }
        }
        assert!((2..=MOST_LANES).contains(&lanes.len()));
    }

    #[test]
    fn what_is_drawn_is_said_and_nothing_is_styled_in_place() {
        let lives = lives(30, 90).signed(at(0, 3));
        let markup = lives.render().into_string();
        let words = "Root: 20\u{a0}October 2025 to 11\u{a0}April 2054. Leaf: 25\u{a0}October to 22\u{a0}February 2027. \
                     Next leaf: 8\u{a0}January 2027. Signed: 21\u{a0}November. Today: 24\u{a0}November";
        assert_eq!(lives.words(), words);
        assert!(markup.contains(&format!("aria-label=\"{words}\"")));
        assert!(markup.contains("to April 2054") && markup.contains("ends 22\u{a0}Feb"));
        assert!(!markup.contains("style="));
    }
}
