//! What goes wrong on the wire, over real sockets: each is named, and the client's state is as it was.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use countersign::{
    client::{
        AuthoritiesError, Check, Client, EntryFault, FetchError, HttpTransport, Malformed, MemoryStore,
        Outcome, Refusal, StepResult, SyncFailure, TimeLimits, TransportError, Verification, verify,
        verify_file,
    },
    signing::{SignerName, Verifier},
    types::JsonErrorKind,
};

use crate::client_world::{DAY, NOW, Publisher, SIGNER, at};

/// What the server does with a request.
#[derive(Clone)]
enum Act {
    /// Sends these bytes, then closes.
    Send(Vec<u8>),
    /// Sends these bytes, then these again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends the first, then the others one at a time with this long in between.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Sends these, then nothing, until the test is over.
    Hang(Vec<u8>),
}

type Script = Arc<Mutex<Box<dyn FnMut(&str) -> Act + Send>>>;

/// A server that misbehaves as it is told.
struct Server {
    heads: Receiver<String>,
    script: Script,
    url: String,
    /// Dropped with the server: whoever waits stops waiting.
    _end: Sender<()>,
}

impl Server {
    fn new(script: impl FnMut(&str) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script: Script = Arc::new(Mutex::new(Box::new(script)));
        let (send_head, heads) = channel();
        let (end, ended) = channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        let acts = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (acts, send_head, ended) = (Arc::clone(&acts), send_head.clone(), Arc::clone(&ended));
                // Who waits in one connection keeps no other from being served.
                thread::spawn(move || serve(stream, &acts, &send_head, &ended));
            }
        });
        Self { heads, script, url, _end: end }
    }

    fn set(&self, script: impl FnMut(&str) -> Act + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }
}

fn serve(mut stream: TcpStream, acts: &Script, heads: &Sender<String>, ended: &Mutex<Receiver<()>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    drop(heads.send(head));
    let act = acts.lock().unwrap()(&path);
    // The client may be gone at any time; that is what is tested.
    let wait = |time: Duration| ended.lock().unwrap().recv_timeout(time).is_err();
    match act {
        Act::Send(bytes) => drop(stream.write_all(&bytes)),
        Act::Endless(first, again) => {
            let mut sent = stream.write_all(&first);
            while sent.is_ok() {
                sent = stream.write_all(&again);
            }
        }
        Act::Drip(first, rest, pace) => {
            let mut sent = stream.write_all(&first);
            for byte in rest {
                if sent.is_err() {
                    return;
                }
                wait(pace);
                sent = stream.write_all(&[byte]);
            }
        }
        Act::Hang(bytes) => {
            drop(stream.write_all(&bytes));
            wait(Duration::from_secs(20));
        }
    }
}

fn whole(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn status(line: &str) -> Act {
    Act::Send(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes())
}

fn redirect(to: &str) -> Act {
    let head =
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    Act::Send(head.into_bytes())
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

fn publisher() -> Publisher {
    let mut publisher = Publisher::new(5);
    publisher.publish(&[("a", Some(r#"{"title":"x"}"#)), ("b", Some("{}"))]);
    publisher
}

fn good(publisher: &Publisher) -> impl FnMut(&str) -> Act + Send + use<> {
    let publisher = publisher.clone();
    move |path| Act::Send(whole(&publisher.answer(path).body))
}

/// A client with a state, and its server.
struct World {
    client: Client<HttpTransport, MemoryStore>,
    publisher: Publisher,
    server: Server,
}

impl World {
    fn new() -> Self {
        let publisher = publisher();
        let server = Server::new(good(&publisher));
        let limits = TimeLimits { idle: Duration::from_millis(500), total: Duration::from_millis(2_500) };
        let config = publisher.config_at(&server.url).max_bytes(100_000);
        let mut client = Client::new(config, HttpTransport::with_limits(limits), MemoryStore::new()).unwrap();
        assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
        Self { client, publisher, server }
    }

    /// What comes of an answer; whatever it is, nothing is lost, and the next good answer is taken.
    fn failure(&mut self, script: impl FnMut(&str) -> Act + Send + 'static) -> SyncFailure {
        let before = self.client.read(at(NOW)).unwrap().root();
        self.server.set(script);
        let error = self.client.sync(at(NOW)).unwrap_err();
        assert_eq!(self.client.read(at(NOW)).unwrap().root(), before);
        self.publisher.publish(&[("a", Some(r#"{"title":"y"}"#))]);
        self.server.set(good(&self.publisher));
        assert_eq!(self.client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
        error.reason
    }

    fn unreachable(&mut self, script: impl FnMut(&str) -> Act + Send + 'static) -> FetchError {
        let failure = self.failure(script);
        let SyncFailure::Unreachable(error) = failure else { panic!("{failure:?}") };
        error
    }

    fn transport(&mut self, script: impl FnMut(&str) -> Act + Send + 'static) -> TransportError {
        let failure = self.unreachable(script);
        let FetchError::Transport(error) = failure else { panic!("{failure:?}") };
        error
    }
}

/// For clients that must fetch the chain: the first sync of another one.
fn chain_fault(chain: impl Fn(&str) -> Act + Send + 'static) -> FetchError {
    let publisher = publisher();
    let mut answers = good(&publisher);
    let server =
        Server::new(move |path| if path.contains("cert-chains") { chain(path) } else { answers(path) });
    let limits = TimeLimits { idle: Duration::from_millis(500), total: Duration::from_millis(1_500) };
    let config = publisher.config_at(&server.url);
    let mut client = Client::new(config, HttpTransport::with_limits(limits), MemoryStore::new()).unwrap();
    let error = client.sync(at(NOW)).unwrap_err();
    assert_eq!(error.name(), "ChainUnavailable");
    let SyncFailure::ChainUnavailable(mut faults) = error.reason else { panic!("{error:?}") };
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].x5u, "/v1/cert-chains/demo.pem");
    faults.remove(0).error
}

#[test]
fn a_request_says_who_asks_and_carries_no_credentials() {
    let world = World::new();
    let head = world.server.heads.recv().unwrap().to_ascii_lowercase();
    assert!(
        head.starts_with("get /v1/buckets/main/collections/demo/changeset?_expected=0 http/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains(&format!("\r\nuser-agent: countersign/{}\r\n", env!("CARGO_PKG_VERSION"))),
        "{head}"
    );
    assert!(head.contains("\r\naccept-encoding: gzip\r\n"), "{head}");
    assert!(!head.contains("authorization") && !head.contains("cookie"), "{head}");

    let server = Server::new(|_| status("404 Not Found"));
    let transport = HttpTransport::new().with_product("watcher/2\r\nX-Injected: yes");
    let mut client =
        Client::new(world.publisher.config_at(&server.url), transport, MemoryStore::new()).unwrap();
    client.sync(at(NOW)).unwrap_err();
    let head = server.heads.recv().unwrap().to_ascii_lowercase();
    assert!(head.contains("\r\nuser-agent: watcher/2x-injected: yes countersign/"), "{head}");
}

#[test]
fn a_body_cut_short_is_a_failure_of_the_network() {
    let mut world = World::new();
    let body = world.publisher.changeset(None);
    let cut = whole(&body)[..body.len()].to_vec();
    assert!(matches!(world.transport(move |_| Act::Send(cut.clone())), TransportError::CutShort));
    // A chunk that is announced and not sent whole, and a missing last one.
    let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
    chunk.extend_from_slice(&body);
    let cut = [CHUNKED, &chunk[..200]].concat();
    assert!(matches!(world.transport(move |_| Act::Send(cut.clone())), TransportError::CutShort));
    let cut = [CHUNKED, &chunk, b"\r\n"].concat();
    assert!(matches!(world.transport(move |_| Act::Send(cut.clone())), TransportError::CutShort));
    let packed = gzip(&body);
    let mut cut =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len() - 9);
    let cut = [std::mem::take(&mut cut).as_bytes(), &packed[..packed.len() - 9]].concat();
    assert!(matches!(world.transport(move |_| Act::Send(cut.clone())), TransportError::CutShort));
    // Closed before anything came.
    assert!(matches!(
        world.transport(|_| Act::Send(Vec::new())),
        TransportError::CutShort | TransportError::Connect(_)
    ));
}

#[test]
fn packed_and_chunked_bodies_are_read() {
    let mut world = World::new();
    world.publisher.publish(&[("c", Some("{}"))]);
    let packed = gzip(&world.publisher.changeset(None));
    world.server.set(move |_| {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
        Act::Send([head.as_bytes(), &packed].concat())
    });
    assert_eq!(world.client.sync(at(NOW)).unwrap().version(), Some(3));
    world.publisher.publish(&[("d", Some("{}"))]);
    let body = world.publisher.changeset(None);
    world.server.set(move |_| {
        let mut all = CHUNKED.to_vec();
        for piece in body.chunks(77) {
            all.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            all.extend_from_slice(piece);
            all.extend_from_slice(b"\r\n");
        }
        all.extend_from_slice(b"0\r\n\r\n");
        Act::Send(all)
    });
    assert_eq!(world.client.sync(at(NOW)).unwrap().version(), Some(4));
}

#[test]
fn a_body_without_end_or_too_large_ends_at_the_limit() {
    let mut world = World::new();
    let chunk = [b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat();
    let endless = Act::Endless(CHUNKED.to_vec(), chunk);
    let error = world.transport(move |_| endless.clone());
    assert!(matches!(error, TransportError::TooLarge { limit: 100_000 }), "{error:?}");
    let endless = Act::Endless(b"HTTP/1.0 200 OK\r\n\r\n".to_vec(), vec![b' '; 0x1000]);
    let error = world.transport(move |_| endless.clone());
    assert!(matches!(error, TransportError::TooLarge { limit: 100_000 }), "{error:?}");
    // Refused for what it announces: nothing more is waited for.
    let large = Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n".to_vec());
    let error = world.transport(move |_| large.clone());
    assert!(matches!(error, TransportError::TooLarge { limit: 100_000 }), "{error:?}");
    // Small on the wire, large when it is unpacked.
    let bomb = gzip(&vec![b' '; 10_000_000]);
    assert!(bomb.len() < 100_000);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", bomb.len());
    let bomb = Act::Send([head.as_bytes(), &bomb].concat());
    let error = world.transport(move |_| bomb.clone());
    assert!(matches!(error, TransportError::TooLarge { limit: 100_000 }), "{error:?}");
}

#[test]
fn a_body_of_just_the_limit_is_taken() {
    let mut publisher = publisher();
    publisher.publish(&[("c", Some("{}"))]);
    let server = Server::new(good(&publisher));
    let length = publisher.changeset(None).len();
    for (limit, is_taken) in [(length, true), (length - 1, false)] {
        let config = publisher.config_at(&server.url).max_bytes(limit);
        let mut client = Client::new(config, HttpTransport::new(), MemoryStore::new()).unwrap();
        assert_eq!(client.sync(at(NOW)).is_ok(), is_taken);
    }
}

#[test]
fn a_body_that_drips_ends_with_the_time_of_the_sync() {
    let mut world = World::new();
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n".to_vec();
    let drip = Act::Drip(head, vec![b' '; 90_000], Duration::from_millis(20));
    assert!(matches!(world.transport(move |_| drip.clone()), TransportError::TimedOut));
    // The head may drip as well.
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n", "x".repeat(3_000)).into_bytes();
    let drip = Act::Drip(Vec::new(), head, Duration::from_millis(20));
    assert!(matches!(world.transport(move |_| drip.clone()), TransportError::TimedOut));
}

#[test]
fn a_silent_server_is_left() {
    let mut world = World::new();
    let silent = Act::Hang(Vec::new());
    assert!(matches!(world.transport(move |_| silent.clone()), TransportError::Idle));
    let half = Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"metadata\":".to_vec());
    assert!(matches!(world.transport(move |_| half.clone()), TransportError::Idle));
}

#[test]
fn any_status_but_200_is_a_failure_of_the_network() {
    let mut world = World::new();
    for line in
        ["404 Not Found", "500 Internal Server Error", "503 Busy", "204 No Content", "304 Not Modified"]
    {
        let expected: u16 = line[..3].parse().unwrap();
        let error = world.unreachable(move |_| status(line));
        assert!(matches!(error, FetchError::Status(status) if status == expected), "{error:?}");
    }
    // A redirect that leads nowhere.
    let error = world.unreachable(|_| status("302 Found"));
    assert!(matches!(error, FetchError::Status(302)), "{error:?}");
}

#[test]
fn redirects_are_followed_and_loops_are_left() {
    let mut world = World::new();
    let error = world.unreachable(|_| redirect("/v1/again"));
    assert!(matches!(error, FetchError::RedirectLoop), "{error:?}");
    let mut count = 0;
    let error = world.unreachable(move |_| {
        count += 1;
        redirect(&format!("/v1/{count}"))
    });
    assert!(matches!(error, FetchError::RedirectLoop), "{error:?}");
    world.publisher.publish(&[("c", Some("{}"))]);
    let body = whole(&world.publisher.changeset(None));
    world.server.set(move |path| {
        if path == "/moved?x" { Act::Send(body.clone()) } else { redirect("../../../../../moved?x") }
    });
    assert_eq!(world.client.sync(at(NOW)).unwrap().records(), 3);
}

#[test]
fn what_does_not_speak_http_is_no_answer() {
    let mut world = World::new();
    let error = world.transport(|_| Act::Send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()));
    assert!(matches!(error, TransportError::Protocol(_)), "{error:?}");
    let chunk = [CHUNKED, b"nonsense\r\n"].concat();
    let error = world.transport(move |_| Act::Send(chunk.clone()));
    assert!(matches!(error, TransportError::Protocol(_)), "{error:?}");
    let head = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(20_000));
    let error = world.transport(move |_| Act::Send(head.clone().into_bytes()));
    assert!(matches!(error, TransportError::Protocol(_)), "{error:?}");
    let packed =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nthis is not packed.."
            .to_vec();
    let error = world.transport(move |_| Act::Send(packed.clone()));
    assert!(matches!(error, TransportError::Protocol(_)), "{error:?}");
}

#[test]
fn nobody_at_the_address_is_no_connection() {
    let publisher = publisher();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Answers whatever comes, before it is whole.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain_url = format!("https://{}", plain.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in plain.incoming().map_while(Result::ok) {
            drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        }
    });
    for server in [
        format!("http://{free}"),
        "http://no-such-host.invalid".to_owned(),
        // TLS is not spoken there.
        plain_url,
    ] {
        let mut client =
            Client::new(publisher.config_at(&server), HttpTransport::new(), MemoryStore::new()).unwrap();
        let error = client.sync(at(NOW)).unwrap_err();
        assert_eq!(error.name(), "Unreachable");
        let SyncFailure::Unreachable(FetchError::Transport(reason)) = error.reason else {
            panic!("{error:?}")
        };
        assert!(matches!(reason, TransportError::Connect(_)), "{server}: {reason:?}");
    }
}

#[test]
fn a_chain_that_cannot_be_had_is_a_failure_of_the_network() {
    assert!(matches!(chain_fault(|_| status("404 Not Found")), FetchError::Status(404)));
    assert!(matches!(chain_fault(redirect), FetchError::RedirectLoop));
    let error = chain_fault(|_| redirect("http://127.0.0.1:9/elsewhere.pem"));
    let FetchError::NotFollowed(url) = error else { panic!("{error:?}") };
    assert_eq!(url.to_string(), "http://127.0.0.1:9/elsewhere.pem");
    let endless = chain_fault(|_| Act::Endless(b"HTTP/1.0 200 OK\r\n\r\n".to_vec(), vec![b'\n'; 4096]));
    assert!(matches!(endless, FetchError::Transport(TransportError::TooLarge { limit: 65_536 })));
    let drips = chain_fault(|_| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n".to_vec();
        Act::Drip(head, vec![b'\n'; 60_000], Duration::from_millis(20))
    });
    assert!(matches!(drips, FetchError::Transport(TransportError::TimedOut)));
    let cut =
        chain_fault(|_| Act::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n-----BEGIN".to_vec()));
    assert!(matches!(cut, FetchError::Transport(TransportError::CutShort)));
}

#[test]
fn ten_thousand_nested_arrays_are_malformed() {
    let mut world = World::new();
    let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
    for body in [
        open.clone(),
        format!("{open}{close}"),
        format!(r#"{{"metadata":{{"x":{open}{close}}},"timestamp":1,"changes":[]}}"#),
        format!(r#"{{"unknown":{open}{close},"metadata":{{}},"timestamp":1,"changes":[]}}"#),
        format!(
            r#"{{"metadata":{{}},"timestamp":1,"changes":[{{"id":"a","last_modified":1,"x":{open}{close}}}]}}"#
        ),
        format!(r#"{{"metadata":{{"countersign":{{"x":{open}{close}}}}},"timestamp":1,"changes":[]}}"#),
        "{\"a\":".repeat(10_000),
    ] {
        let body = whole(body.as_bytes());
        let failure = world.failure(move |_| Act::Send(body.clone()));
        let SyncFailure::Refused(Refusal::Malformed(Malformed::Json(error))) = failure else {
            panic!("{failure:?}")
        };
        assert!(matches!(error.kind, JsonErrorKind::Depth | JsonErrorKind::Type), "{error:?}");
    }
}

#[test]
fn objects_with_more_members_than_are_meant_well_are_malformed() {
    let mut world = World::new();
    let mut members = String::new();
    for index in 0..10_001 {
        write!(members, "\"{index}\":0,").unwrap();
    }
    for body in [
        format!(r#"{{{members}"metadata":{{}},"timestamp":1,"changes":[]}}"#),
        format!(r#"{{"metadata":{{{members}"x":0}},"timestamp":1,"changes":[]}}"#),
    ] {
        let body = whole(body.as_bytes());
        let failure = world.failure(move |_| Act::Send(body.clone()));
        assert!(
            matches!(failure, SyncFailure::Refused(Refusal::Malformed(Malformed::TooManyMembers))),
            "{failure:?}"
        );
    }
}

#[test]
fn a_malformed_entry_is_named() {
    let publisher = publisher();
    let body = String::from_utf8(publisher.changeset(None)).unwrap();
    let outcome = |body: String| {
        let verifier = Verifier::new(publisher.root, SignerName::parse(SIGNER).unwrap());
        verify_file(&verifier, None, body.into_bytes(), publisher.chain.as_bytes(), at(NOW)).outcome
    };
    let record = r#"{"id":"b","last_modified":1795500000002}"#;
    for (spelling, fault) in [
        (r#"{"id":"","last_modified":1}"#, EntryFault::Id),
        (r#"{"last_modified":1}"#, EntryFault::Id),
        (r#"{"id":"b","last_modified":"1"}"#, EntryFault::LastModified),
        (r#"{"id":"b","last_modified":1,"deleted":false}"#, EntryFault::Deleted),
        (r#"{"id":"b","last_modified":1,"n":0.5}"#, EntryFault::NoCanonicalForm),
    ] {
        match outcome(body.replace(record, spelling)) {
            Err(SyncFailure::Refused(Refusal::Malformed(reason))) => {
                assert_eq!(reason, Malformed::Entry { fault, index: 1 });
            }
            other => panic!("{other:?}"),
        }
    }
    let twice = outcome(body.replace(record, &format!("{record},{record}")));
    assert!(matches!(twice, Err(SyncFailure::Refused(Refusal::Malformed(Malformed::RepeatedId)))));
    // The same records, spelled otherwise.
    let respelled = body.replace(record, "{ \"last_modified\" : 1795500000002 , \"\\u0069d\":\"\\u0062\" }");
    let snapshot = outcome(respelled).unwrap();
    assert_eq!(snapshot.record("b").unwrap().as_bytes(), record.as_bytes());
}

#[test]
fn no_byte_of_an_answer_can_be_exchanged_unnoticed() {
    let publisher = publisher();
    let verifier = Verifier::new(publisher.root, SignerName::parse(SIGNER).unwrap());
    let good = publisher.changeset(None);
    let root_of = |body: Vec<u8>| {
        let verification = verify_file(&verifier, None, body, publisher.chain.as_bytes(), at(NOW));
        verification.outcome.map(|snapshot| snapshot.root())
    };
    let root = root_of(good.clone()).unwrap();
    let mut refused = 0;
    for index in 0..good.len() {
        let mut changed = good.clone();
        changed[index] ^= 1;
        match root_of(changed) {
            Ok(other) => assert_eq!(other, root, "at {index}"),
            Err(_) => refused += 1,
        }
    }
    // The rest are names of members that nobody looks at, the content signature, and where the chain is.
    assert!(refused * 2 > good.len(), "{refused} of {}", good.len());
}

/// Each step by its name, and whether it holds.
fn steps(verification: &Verification) -> Vec<(Check, char)> {
    let sign = |result: &StepResult| match result {
        StepResult::Failed(_) => 'x',
        StepResult::Holds(_) => '+',
        StepResult::Noted(_) => '!',
        StepResult::NotReached => '-',
    };
    verification.steps.iter().map(|step| (step.check, sign(&step.result))).collect()
}

fn line(verification: &Verification) -> String {
    let steps = steps(verification);
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), Check::ALL);
    steps.iter().map(|step| step.1).collect()
}

#[test]
fn a_verification_says_which_steps_hold() {
    let mut publisher = publisher();
    let server = Server::new(good(&publisher));
    let config = publisher.config_at(&server.url);
    let mut transport = HttpTransport::new();
    let verification = verify(&config, &mut transport, at(NOW));
    assert_eq!((line(&verification).as_str(), verification.holds()), ("+++++++++++", true));
    assert_eq!(verification.outcome.unwrap().len(), 2);
    let late = verify(&config, &mut transport, at(NOW + 15 * DAY));
    assert_eq!((line(&late).as_str(), late.holds()), ("++++++++!++", true));
    let much_later = verify(&config, &mut transport, at(NOW + 91 * DAY));
    assert_eq!((line(&much_later).as_str(), much_later.holds()), ("++x--------", false));

    server.set(|_| status("404 Not Found"));
    assert_eq!(line(&verify(&config, &mut transport, at(NOW))), "x----------");
    let mut answers = good(&publisher);
    server
        .set(move |path| if path.contains("cert-chains") { status("404 Not Found") } else { answers(path) });
    let verification = verify(&config, &mut transport, at(NOW));
    assert_eq!(line(&verification), "++x--------");
    let Err(SyncFailure::ChainUnavailable(faults)) = verification.outcome else { panic!("{verification:?}") };
    assert!(matches!(faults[0].error, FetchError::Status(404)));

    let verifier = Verifier::new(publisher.root, SignerName::parse(SIGNER).unwrap());
    let file = |body: &[u8], publisher: &Publisher| {
        line(&verify_file(&verifier, None, body.to_vec(), publisher.chain.as_bytes(), at(NOW)))
    };
    assert_eq!(file(&publisher.changeset(None), &publisher), "+++++++++++");
    assert_eq!(file(b"{}", &publisher), "+x---------");
    assert_eq!(file(br#"{"metadata":{},"timestamp":1,"changes":[]}"#, &publisher), "+x---------");
    let asked = countersign::types::CollectionPath::parse("main/other").unwrap();
    let body = publisher.changeset(None);
    let verification =
        verify_file(&verifier, Some(&asked), body.clone(), publisher.chain.as_bytes(), at(NOW));
    assert_eq!(line(&verification), "++++x------");
    let text = String::from_utf8(body).unwrap();
    assert_eq!(
        file(text.replace("\"title\":\"x\"", "\"title\":\"y\"").as_bytes(), &publisher),
        "+++++++x---"
    );
    let wrong_time = text.replace(",\"timestamp\":1795500000002}", ",\"timestamp\":1795500000003}");
    assert_eq!(file(wrong_time.as_bytes(), &publisher), "+++++x-----");
    assert_eq!(
        file(
            text.replace("\"signatures\":[{\"mode\":\"p", "\"signatures\":[{\"mode\":\"q").as_bytes(),
            &publisher
        ),
        "++x--------"
    );
    publisher.state(|statement| statement.version = 1_900_000_000_000_000);
    assert_eq!(file(&publisher.changeset(None), &publisher), "++++++x----");
    publisher.state(|statement| {
        statement.version = 3;
        statement.content = countersign::types::Sha384Digest::from_bytes([0; 48]);
    });
    assert_eq!(file(&publisher.changeset(None), &publisher), "+++++++++x+");
}

/// A child that is killed when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_service_behind_tls_of_a_company_is_reached() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: there is no openssl");
        return;
    }
    let publisher = publisher();
    let folder = tempfile::TempDir::new().unwrap();
    let changeset = folder.path().join("v1/buckets/main/collections/demo");
    std::fs::create_dir_all(&changeset).unwrap();
    std::fs::write(changeset.join("changeset?_expected=0"), publisher.changeset(None)).unwrap();
    std::fs::create_dir_all(folder.path().join("v1/cert-chains")).unwrap();
    std::fs::write(folder.path().join("v1/cert-chains/demo.pem"), &publisher.chain).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(folder.path().join("tls.pem"), format!("{}{}", certificate.pem(), key.serialize_pem()))
        .unwrap();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new("openssl")
        .args([
            "s_server",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-cert",
            "tls.pem",
            "-key",
            "tls.pem",
            "-WWW",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Running(server.unwrap());
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        thread::yield_now();
    }
    let config = publisher.config_at(&format!("https://localhost:{port}"));
    let strange = HttpTransport::new();
    let mut client = Client::new(config.clone(), strange, MemoryStore::new()).unwrap();
    let error = client.sync(at(NOW)).unwrap_err();
    let SyncFailure::Unreachable(FetchError::Transport(TransportError::Connect(_))) = error.reason else {
        panic!("{error:?}")
    };
    let transport = HttpTransport::new().with_authorities(certificate.pem().as_bytes()).unwrap();
    let mut client = Client::new(config, transport, MemoryStore::new()).unwrap();
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, report.records()), (Outcome::Applied, 2));

    let refused = |pem: &[u8]| HttpTransport::new().with_authorities(pem).map(drop);
    assert_eq!(refused(b"no certificates"), Err(AuthoritiesError::Empty));
    assert_eq!(
        refused(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"),
        Err(AuthoritiesError::Pem)
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_service_that_asks_to_be_left_alone_is() {
    let mut world = World::new();
    let busy = "503 Service Unavailable\r\nRetry-After: 30\r\nBackoff: 10";
    world.server.set(move |_| status(busy));
    let error = world.client.sync(at(NOW)).unwrap_err();
    assert_eq!((error.name(), error.not_before), ("Unreachable", Some(at(NOW + 30_000))));
    world.server.set(good(&world.publisher));
    let asked = world.server.heads.try_iter().count();
    assert!(asked > 0);

    // Nothing is sent, and what is kept can be read.
    let error = world.client.sync(at(NOW + 29_999)).unwrap_err();
    assert_eq!((error.name(), error.bytes), ("Backoff", 0));
    assert!(matches!(error.reason, SyncFailure::Backoff { until } if until == at(NOW + 30_000)));
    let notified = world.client.sync_notified(at(NOW + 60_000), at(NOW + 1)).unwrap().unwrap_err();
    assert_eq!(notified.name(), "Backoff");
    assert_eq!(world.server.heads.try_iter().count(), 0);
    assert!(world.client.read(at(NOW)).is_ok());

    let report = world.client.sync(at(NOW + 30_000)).unwrap();
    assert_eq!((report.outcome, report.not_before), (Outcome::UpToDate, None));
    assert_eq!(world.client.not_before(), None);
}

#[test]
fn a_good_answer_may_ask_for_it_too_and_a_person_may_know_better() {
    let mut world = World::new();
    let mut answers = good(&world.publisher);
    world.server.set(move |path| match answers(path) {
        Act::Send(bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            Act::Send(text.replacen("\r\n", "\r\nBackoff: 60\r\n", 1).into_bytes())
        }
        other @ (Act::Endless(..) | Act::Drip(..) | Act::Hang(_)) => other,
    });
    let report = world.client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, report.not_before), (Outcome::UpToDate, Some(at(NOW + 60_000))));
    assert_eq!(world.client.sync(at(NOW + 1)).unwrap_err().name(), "Backoff");
    world.client.forget_backoff();
    assert_eq!(world.client.sync(at(NOW + 1)).unwrap().outcome, Outcome::UpToDate);
    // A clock that was set back by more than was asked for ends it.
    assert_eq!(world.client.sync(at(NOW - 2 * DAY)).unwrap().outcome, Outcome::UpToDate);
}

#[test]
fn nobody_on_the_way_keeps_a_client_quiet_for_longer_than_a_day() {
    for (value, wait) in [
        ("Retry-After: 18446744073709551615", Some(DAY)),
        ("Backoff: 999999999999", Some(DAY)),
        ("Retry-After: 18446744073709551616", None),
        ("Retry-After: -5", None),
        ("Retry-After: Wed, 25 Nov 2026 06:00:00 GMT", None),
        ("Backoff: 0", None),
        ("Backoff: soon", None),
    ] {
        let mut world = World::new();
        let line = format!("503 Service Unavailable\r\n{value}");
        world.server.set(move |_| status(&line));
        let error = world.client.sync(at(NOW)).unwrap_err();
        assert_eq!(error.not_before, wait.map(|wait| at(NOW + wait)), "{value}");
    }
}
