//! The wire between client and server, with somebody on it: a small proxy that hands on what passes, or does not.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::types::CollectionPath;

/// What the one on the wire does to changesets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Attack {
    /// One bit of one record is another.
    FlipRecord,
    /// One bit of the signed statement is another.
    FlipStatement,
    /// Nothing: hands on, and remembers the first whole answer.
    None,
    /// The remembered answer, whatever is asked.
    Replay,
    /// What is asked of the first collection is fetched from the second.
    Swap(CollectionPath, CollectionPath),
}

/// A proxy in front of one server.
#[derive(Debug)]
pub(super) struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    attack: Mutex<Attack>,
    is_over: AtomicBool,
    remembered: Mutex<Option<Vec<u8>>>,
    server: SocketAddr,
}

impl Wire {
    /// Listens on a free port of this machine, for the server at `server`.
    pub(super) fn lay(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            attack: Mutex::new(Attack::None),
            is_over: AtomicBool::new(false),
            remembered: Mutex::new(None),
            server,
        });
        let on_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("wire".to_owned()).spawn(move || {
            for connection in listener.incoming() {
                if on_thread.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // One after the other: the client asks so. A broken connection is the client's to report.
                let _broken = connection.and_then(|connection| on_thread.carry(connection));
            }
        })?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where the client connects.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on.
    pub(super) fn set(&self, attack: Attack) {
        *lock(&self.shared.attack) = attack;
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The thread waits for a connection; this is the last one.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ended = thread.join();
        }
    }
}

impl Shared {
    /// One request, one answer.
    fn carry(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        let attack = lock(&self.attack).clone();
        let asked = read_target(&mut client)?;
        let is_changeset = asked.contains("/changeset");
        let target = match &attack {
            Attack::Swap(from, to) => asked.replace(&part_of(from), &part_of(to)),
            Attack::FlipRecord | Attack::FlipStatement | Attack::None | Attack::Replay => asked,
        };
        let mut answer = self.fetch(&target)?;
        if is_changeset {
            match attack {
                Attack::FlipRecord => flip_after(&mut answer, b"\"serialNumber\":\""),
                Attack::FlipStatement => flip_after(&mut answer, b"\\\"version\\\":"),
                Attack::None => {
                    lock(&self.remembered).get_or_insert_with(|| answer.clone());
                }
                Attack::Replay => {
                    if let Some(old) = lock(&self.remembered).as_ref() {
                        answer.clone_from(old);
                    }
                }
                Attack::Swap(..) => {}
            }
        }
        client.write_all(&answer)?;
        client.flush()
    }

    /// The server's whole answer, head and body, neither packed nor kept open.
    fn fetch(&self, target: &str) -> io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.server)?;
        server.set_read_timeout(Some(PATIENCE))?;
        write!(server, "GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.server)?;
        let mut answer = Vec::new();
        server.take(MAX_ANSWER).read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// The target of the request line; the rest of the head is read and dropped.
fn read_target(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > MAX_HEAD || client.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&byte);
    }
    let text = String::from_utf8_lossy(&head);
    text.split(' ').nth(1).map(str::to_owned).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Turns the lowest bit of the byte that follows the first `mark`.
fn flip_after(answer: &mut [u8], mark: &[u8]) {
    let at = answer.windows(mark.len()).position(|window| window == mark);
    if let Some(byte) = at.and_then(|at| answer.get_mut(at + mark.len())) {
        *byte ^= 1;
    }
}

fn part_of(path: &CollectionPath) -> String {
    format!("/buckets/{}/collections/{}/", path.bucket, path.collection)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const MAX_ANSWER: u64 = 64 * 1024 * 1024;
const MAX_HEAD: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);
