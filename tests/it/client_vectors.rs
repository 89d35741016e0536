//! Every statement vector of the specification, through the client's public doors.

use std::{cell::RefCell, collections::BTreeMap, fs, path::Path, rc::Rc};

use countersign::{
    canonical,
    client::{
        Answer, Basis, Client, ClientConfig, Commit, Evidence, Generation, Identity, Loaded, MemoryStore,
        Request, SignedText, Snapshot, Store, StoreError, StoredRecords, StoredState, Transport,
        TransportError,
    },
    signing::Statement,
    types::{Object, Timestamp, Value},
};

use crate::client_world::{LIMITS, NOW, at};

const VECTORS: &[u8] = include_bytes!("../../fixtures/spec/statement-vectors.json");
const ORIGIN: &str = "https://service.example.test";

#[test]
fn every_statement_vector_has_its_outcome() {
    let vectors = Vectors::read();
    assert_eq!(vectors.statements.len(), 340);
    let mut wrong = Vec::new();
    for note in &vectors.order {
        let outcome = vectors.judge(note);
        if let Err(reason) = outcome {
            wrong.push(format!("{note}: {reason}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The file, read.
struct Vectors {
    chains: BTreeMap<String, Value>,
    now: Timestamp,
    order: Vec<String>,
    root: String,
    signer: String,
    statements: BTreeMap<String, Object>,
}

impl Vectors {
    fn read() -> Self {
        let file = Value::parse(VECTORS, LIMITS).unwrap().as_object().unwrap().clone();
        let cases = file.get("statements").unwrap().as_list().unwrap();
        let cases = cases.iter().map(|case| case.as_object().unwrap().clone());
        let named: Vec<(String, Object)> = cases.map(|case| (text(&case, "note").to_owned(), case)).collect();
        let chains = file.get("chains").unwrap().as_object().unwrap();
        Self {
            chains: chains.iter().map(|(at, chain)| (at.to_owned(), chain.clone())).collect(),
            now: at(integer(&file, "now")),
            order: named.iter().map(|(note, _)| note.clone()).collect(),
            root: text(&file, "root_sha256").to_owned(),
            signer: text(&file, "signer").to_owned(),
            statements: named.into_iter().collect(),
        }
    }

    /// A case with the members that it takes from the one it is like, and its edits made.
    fn case(&self, note: &str) -> Object {
        let mut case = self.statements[note].clone();
        if let Some(like) = case.get("like").and_then(Value::as_text) {
            for (name, value) in self.case(like).iter() {
                if !case.has(name) {
                    case.insert(name, value.clone());
                }
            }
        }
        if let Some(Value::List(edits)) = case.remove("edits") {
            let mut changeset = case.remove("changeset").unwrap();
            for step in &edits {
                let step = step.as_list().unwrap();
                edit(&mut changeset, step[0].as_list().unwrap(), step.get(1));
            }
            case.insert("changeset", changeset);
        }
        case
    }

    fn judge(&self, note: &str) -> Result<(), String> {
        let case = self.case(note);
        let root = case.get("root_sha256").and_then(Value::as_text).unwrap_or(&self.root);
        let asked: Vec<&str> = case
            .get("asked")
            .unwrap()
            .as_list()
            .unwrap()
            .iter()
            .map(|part| part.as_text().unwrap())
            .collect();
        let mut config = ClientConfig::parse(ORIGIN, &asked.join("/"), root).unwrap();
        config = config.signer(&self.signer).unwrap();
        if case.has("lowest") {
            config = config.lowest(integer(&case, "lowest"));
        }
        let store = OneState::of(&case);
        let transport = Service { answers: answers(&case), chains: self.chains() };
        let mut client = Client::new(config, transport, store.clone()).unwrap();
        let before = client.read(self.now).ok().map(|reading| texts(reading.snapshot()));
        let (name, stale) = match client.sync(self.now) {
            Ok(report) => (report.outcome.name(), report.stale),
            Err(error) => (error.name(), error.stale),
        };

        let expected = text(&case, "outcome");
        let or = case.get("or").and_then(Value::as_list).unwrap_or_default();
        let allowed: Vec<&str> = or.iter().filter_map(Value::as_text).chain([expected]).collect();
        if !allowed.contains(&name) {
            return Err(format!("{name}, not {allowed:?}"));
        }
        let is_said_stale = case.get("stale").is_some_and(|stale| *stale == Value::Bool(true));
        if stale != (is_said_stale || expected == "Stale") {
            return Err(format!("stale is {stale}"));
        }
        let after = client.read(self.now).ok().map(|reading| texts(reading.snapshot()));
        let evidence = store.0.borrow().evidence.clone();
        let is_kept =
            evidence.first().is_some_and(|pair| Some(pair.applied.text.as_str()) == applied_text(&case));
        if is_kept != (name == "Equivocation") {
            return Err(format!("{evidence:?} is kept"));
        }
        let committed = store.0.borrow().committed.clone();
        match committed {
            Some((basis, snapshot)) if matches!(name, "Applied" | "Stale") => {
                let Basis::Statement(signed) = basis else { return Err("no statement in the store".into()) };
                let statement = Statement::parse(&signed.text).unwrap();
                let fetched_whole = after_refetch(&case) || applied_text(&case).is_none();
                let expected = expected_records(&case, fetched_whole);
                let shown = texts(&snapshot);
                if shown != expected || after != Some(expected) {
                    return Err(format!("{shown:?} are the records"));
                }
                if (snapshot.root(), snapshot.len())
                    != (statement.root, usize::try_from(statement.count).unwrap())
                {
                    return Err("the records are not those of the statement".into());
                }
                Ok(())
            }
            Some(_) => Err("the state has changed".into()),
            None if name == "Applied" => Err("the state has not changed".into()),
            None if after != before => Err("what is read has changed".into()),
            None => Ok(()),
        }
    }

    /// What is served, by its whole URL.
    fn chains(&self) -> BTreeMap<String, Answer> {
        let absolute = |at: &str| if at.contains("://") { at.to_owned() } else { format!("{ORIGIN}{at}") };
        self.chains.iter().map(|(at, chain)| (absolute(at), self.served(chain))).collect()
    }

    fn served(&self, chain: &Value) -> Answer {
        let Some(object) = chain.as_object() else {
            return Answer { body: self.pem(chain).into_bytes(), status: 200, ..Answer::default() };
        };
        let mut body = self.pem(object.get("body").unwrap_or(&Value::Text(String::new()))).into_bytes();
        if object.has("bytes") {
            body.resize(usize::try_from(integer(object, "bytes")).unwrap(), b'\n');
        }
        let status = if object.has("status") { integer(object, "status") } else { 200 };
        Answer {
            body,
            location: object.get("location").and_then(Value::as_text).map(str::to_owned),
            status: u16::try_from(status).unwrap(),
            wait_seconds: None,
        }
    }

    /// Follows `/chains/x.pem` and `/chains/x.pem#2`.
    fn pem(&self, chain: &Value) -> String {
        match chain {
            Value::List(parts) => parts.iter().map(|part| self.pem(part)).collect(),
            Value::Text(text) if text.starts_with("/chains/") => match text.split_once('#') {
                None => self.pem(&self.chains[text]),
                Some((at, number)) => {
                    let whole = self.pem(&self.chains[at]);
                    let blocks: Vec<&str> = whole.split_inclusive("-----END CERTIFICATE-----\n").collect();
                    blocks[number.parse::<usize>().unwrap() - 1].to_owned()
                }
            },
            Value::Text(text) => text.clone(),
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Object(_) => {
                panic!("{chain:?} is no chain")
            }
        }
    }
}

/// The statement that the client of a case has applied.
fn applied_text(case: &Object) -> Option<&str> {
    case.get("applied").and_then(Value::as_text)
}

/// Whether the case ends with the answer to a full fetch.
fn after_refetch(case: &Object) -> bool {
    case.has("refetch")
}

/// What the records of an applied answer are, put together without the client.
fn expected_records(case: &Object, whole: bool) -> Vec<String> {
    let mut records: BTreeMap<String, Object> = BTreeMap::new();
    let mut apply = |list: &Value| {
        for entry in list.as_list().unwrap() {
            let entry = entry.as_object().unwrap();
            let id = text(entry, "id").to_owned();
            if entry.has("deleted") {
                records.remove(&id);
            } else {
                records.insert(id, entry.clone());
            }
        }
    };
    if !whole {
        apply(case.get("records").unwrap());
    }
    let answer =
        if whole && after_refetch(case) { case.get("refetch").unwrap().clone() } else { last_answer(case) };
    apply(answer.as_object().unwrap().get("changes").unwrap());
    records
        .into_values()
        .map(|record| String::from_utf8(canonical::record(&record).unwrap()).unwrap())
        .collect()
}

fn last_answer(case: &Object) -> Value {
    Value::parse(&answers(case).0, LIMITS).unwrap()
}

/// The answer to the first question, and to a full fetch after it.
fn answers(case: &Object) -> (Vec<u8>, Vec<u8>) {
    let first = match case.get("body").and_then(Value::as_text) {
        Some(body) => body.chars().map(|byte| u8::try_from(u32::from(byte)).unwrap()).collect(),
        None => bytes(case, case.get("changeset").unwrap()),
    };
    let second = case.get("refetch").map_or_else(|| first.clone(), |refetch| bytes(case, refetch));
    (first, second)
}

fn bytes(case: &Object, changeset: &Value) -> Vec<u8> {
    let text = String::from_utf8(canonical::to_bytes(changeset)).unwrap();
    if !case.has("fill") {
        return text.into_bytes();
    }
    text.replace("%fill%", &"x".repeat(usize::try_from(integer(case, "fill")).unwrap())).into_bytes()
}

/// Puts a value at a path, at the end of a list appends; without a value, removes.
fn edit(at: &mut Value, path: &[Value], value: Option<&Value>) {
    let (step, rest) = path.split_first().unwrap();
    match (at, step) {
        (Value::Object(object), Value::Text(name)) if rest.is_empty() => match value {
            Some(value) => drop(object.insert(name.as_str(), value.clone())),
            None => drop(object.remove(name)),
        },
        (Value::Object(object), Value::Text(name)) => {
            let mut inner = object.remove(name).unwrap();
            edit(&mut inner, rest, value);
            object.insert(name.as_str(), inner);
        }
        (Value::List(list), Value::Integer(index)) => {
            let index = usize::try_from(*index).unwrap();
            match (rest.is_empty(), value) {
                (false, _) => edit(&mut list[index], rest, value),
                (true, Some(value)) if index == list.len() => list.push(value.clone()),
                (true, Some(value)) => list[index] = value.clone(),
                (true, None) => drop(list.remove(index)),
            }
        }
        (at, step) => panic!("no {step:?} in {at:?}"),
    }
}

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let records = snapshot.records_by_id();
    records.iter().map(|(_, record)| String::from_utf8(record.as_bytes().to_vec()).unwrap()).collect()
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_text).unwrap()
}

fn integer(object: &Object, name: &str) -> u64 {
    let value = object.get(name).unwrap();
    let text = value.as_text().and_then(|text| text.parse().ok());
    text.or_else(|| value.as_integer().and_then(|integer| u64::try_from(integer).ok())).unwrap()
}

/// The service of a case.
#[derive(Debug)]
struct Service {
    answers: (Vec<u8>, Vec<u8>),
    chains: BTreeMap<String, Answer>,
}

impl Transport for Service {
    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        let url = request.url.to_string();
        if !url.contains("/changeset?") {
            let served = self.chains.get(&url).cloned();
            return Ok(served.unwrap_or_else(|| Answer { status: 404, ..Answer::default() }));
        }
        assert!(url.starts_with(&format!("{ORIGIN}/v1/buckets/")), "{url}");
        let body = if url.contains("_since=") { &self.answers.0 } else { &self.answers.1 };
        Ok(Answer { body: body.clone(), status: 200, ..Answer::default() })
    }
}

/// A store with the state of a case.
#[derive(Clone, Debug)]
struct OneState(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    committed: Option<(Basis, Snapshot)>,
    evidence: Vec<Evidence>,
    stored: Option<(Basis, Vec<Vec<u8>>)>,
}

impl OneState {
    fn of(case: &Object) -> Self {
        let stored = applied_text(case).map(|applied| {
            let signed =
                SignedText { chain: String::new(), signatures: Vec::new(), text: applied.to_owned() };
            let records = case.get("records").unwrap().as_list().unwrap().iter();
            let records = records.map(|record| canonical::record(record.as_object().unwrap()).unwrap());
            (Basis::Statement(signed), records.collect())
        });
        Self(Rc::new(RefCell::new(State { committed: None, evidence: Vec::new(), stored })))
    }
}

impl Store for OneState {
    fn load(&mut self, _: &Identity) -> Result<Loaded, StoreError> {
        let state = match &self.0.borrow().stored {
            None => StoredState::Absent,
            Some((basis, list)) => {
                let mut records = StoredRecords::new();
                for record in list {
                    records.push(record);
                }
                StoredState::Records { basis: Box::new(basis.clone()), records }
            }
        };
        Ok(Loaded { generation: Generation(7), state })
    }

    fn commit(
        &mut self,
        _: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError> {
        assert_eq!(expected, Generation(7));
        self.0.borrow_mut().committed = Some((step.basis.clone(), step.snapshot.clone()));
        Ok(expected.next())
    }

    fn keep_evidence(&mut self, _: &Identity, evidence: &Evidence) -> Result<(), StoreError> {
        self.0.borrow_mut().evidence.push(evidence.clone());
        Ok(())
    }
}

/// `fixtures/signed`: one folder for each answer or attack, made by `make.py` there.
#[test]
fn every_signed_fixture_has_its_outcome_with_statement_and_without() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/signed");
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        judged += 1;
        let said = Value::parse(&fs::read(case.join("case.json")).unwrap(), LIMITS).unwrap();
        let said = said.as_object().unwrap();
        let body = fs::read(case.join("changeset.json")).unwrap();
        let chain = fs::read(case.join("chain.pem")).ok();
        for member in ["statement", "content_signature"] {
            let mut config = ClientConfig::parse(ORIGIN, "main/demo", text(said, "root")).unwrap();
            config = config.signer(text(said, "signer")).unwrap();
            if member == "content_signature" {
                config = config.dangerous_content_signature_only();
            }
            let served = Answer { body: chain.clone().unwrap_or_default(), status: 200, ..Answer::default() };
            let chains = chain.iter().map(|_| (format!("{ORIGIN}/chain.pem"), served.clone())).collect();
            let transport = Service { answers: (Vec::new(), body.clone()), chains };
            let mut client = Client::new(config, transport, MemoryStore::new()).unwrap();
            let name = match client.sync(at(NOW)) {
                Ok(report) => report.outcome.name(),
                Err(error) => error.name(),
            };
            let is_read = client.read(at(NOW)).is_ok();
            if name != text(said, member) || is_read != (name == "Applied") {
                wrong.push(format!("{}, {member}: {name}", case.display()));
            }
        }
    }
    assert_eq!((wrong, judged), (Vec::<String>::new(), 28));
}
