//! What the table is asked for, as the address says it.

use crate::{
    types::{Object, Value},
    ui::{Form, url},
    workflow::{
        Resource,
        query::{Direction, Filter, Operator, Search, Sort},
        table::{Cursor, Place, Show, Wanted},
    },
};

/// What is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ask {
    pub(super) filters: Vec<Asked>,
    pub(super) place: Place,
    pub(super) search: String,
    pub(super) show: Show,
    /// `None` where the collection decides.
    pub(super) sort: Option<Sort>,
}

/// One filter as somebody typed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Asked {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) typed: String,
}

impl Ask {
    /// From the query of the address. What makes no sense there is not asked.
    pub(super) fn of(query: &Form) -> Self {
        let place = match (query.find("next"), query.find("previous")) {
            (Some(next), _) => Cursor::parse(next).map(Place::After).unwrap_or_default(),
            (None, Some(previous)) => Cursor::parse(previous).map(Place::Before).unwrap_or_default(),
            (None, None) => Place::First,
        };
        Self {
            filters: query.all("f").filter_map(Asked::parse).take(MOST_FILTERS).collect(),
            place,
            search: query.text("q").trim().chars().take(LONGEST).collect(),
            show: if query.text("show") == "changed" { Show::Changed } else { Show::All },
            sort: query.find("sort").map(Sort::parse).filter(|sort| !sort.0.is_empty()),
        }
    }

    /// With the filter whose fields were sent, if they were: from the first page on.
    pub(super) fn with_typed_filter(&self, query: &Form) -> Option<Self> {
        let field = query.text("field").trim();
        let (name, value) =
            query.text("op").split_once('=').unwrap_or_else(|| (query.text("op"), query.text("value")));
        if !query.has("field") {
            return None;
        }
        let mut filters = self.filters.clone();
        if !field.is_empty() {
            filters.push(Asked {
                field: field.chars().take(LONGEST).collect(),
                operator: named(name),
                typed: value.trim().chars().take(LONGEST).collect(),
            });
        }
        Some(Self { filters, place: Place::First, ..self.clone() })
    }

    /// What the verb is asked.
    pub(super) fn wanted(&self, sort: Sort, attributes: &Object) -> Wanted {
        let schema = attributes.get("schema").and_then(Value::as_object);
        Wanted {
            filters: self
                .filters
                .iter()
                .map(|asked| Filter::typed(asked.operator, &asked.field, &asked.typed))
                .collect(),
            limit: ROWS,
            place: self.place.clone(),
            search: schema.map_or_else(
                || Search::parse(&self.search),
                |schema| Search::parse(&self.search).within(schema),
            ),
            show: self.show,
            sort,
        }
    }

    /// Whether somebody searches or filters.
    pub(super) fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.filters.is_empty()
    }

    /// Sorted by that field, from the first page on.
    pub(super) fn sorted(&self, field: &str, direction: Direction) -> Self {
        Self { place: Place::First, sort: Some(Sort::by(field, direction)), ..self.clone() }
    }

    /// The page that follows.
    pub(super) fn after(&self, cursor: &Cursor) -> Self {
        Self { place: Place::After(cursor.clone()), ..self.clone() }
    }

    /// The page before.
    pub(super) fn before(&self, cursor: &Cursor) -> Self {
        Self { place: Place::Before(cursor.clone()), ..self.clone() }
    }

    /// All, or what changed, from the first page on.
    pub(super) fn showing(&self, show: Show) -> Self {
        Self { place: Place::First, show, ..self.clone() }
    }

    /// Without one of its filters.
    pub(super) fn without(&self, filter: &Asked) -> Self {
        let filters = self.filters.iter().filter(|own| *own != filter).cloned().collect();
        Self { filters, place: Place::First, ..self.clone() }
    }

    /// Without the search.
    pub(super) fn without_search(&self) -> Self {
        Self { place: Place::First, search: String::new(), ..self.clone() }
    }

    /// The address of the table so.
    pub(super) fn url(&self, resource: &Resource) -> String {
        let path = url::collection(&resource.destination, "");
        let fields = self.fields();
        let mut pairs: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let place = match &self.place {
            Place::After(cursor) => Some(("next", cursor.to_string())),
            Place::Before(cursor) => Some(("previous", cursor.to_string())),
            Place::First => None,
        };
        pairs.extend(place.as_ref().map(|(name, value)| (*name, value.as_str())));
        pairs.extend((!self.search.is_empty()).then_some(("q", self.search.as_str())));
        format!("{path}{}", url::query(&pairs))
    }

    /// What a form for something else carries along: all but search and place.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields: Vec<(&'static str, String)> =
            self.filters.iter().map(|filter| ("f", filter.to_text())).collect();
        if self.show == Show::Changed {
            fields.push(("show", "changed".to_owned()));
        }
        fields.extend(self.sort.as_ref().map(|sort| ("sort", sort.to_text())));
        fields
    }
}

impl Asked {
    /// `OPERATOR:FIELD=VALUE`, the field percent-encoded.
    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once(':')?;
        let (field, typed) = rest.split_once('=')?;
        let field: String = url::decode(field)?.chars().take(LONGEST).collect();
        if field.is_empty() {
            return None;
        }
        Some(Self { field, operator: named(name), typed: typed.chars().take(LONGEST).collect() })
    }

    fn to_text(&self) -> String {
        format!("{}:{}={}", self.operator.as_str(), url::encode(&self.field), self.typed)
    }
}

/// The operator of that name; equality where there is none.
fn named(name: &str) -> Operator {
    Operator::split(&format!("{name}_x")).0
}

/// Of what somebody types.
const LONGEST: usize = 200;
const MOST_FILTERS: usize = 8;
/// On one page.
const ROWS: usize = 50;
