//! `demo`: the whole story on real certificate revocations, attacks on the wire included; then it goes on serving.

mod people;
mod story;
mod teller;
mod wire;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    thread,
};

use tempfile::TempDir;

use self::{
    people::Person,
    story::{Cast, Paths},
    teller::Teller,
    wire::Wire,
};
use super::{
    Failure, account,
    api::Api,
    arguments::Demo,
    console::{Console, Page, Tone},
    folder::{Folder, FolderState},
    init::{self, Choices},
    logging, password, serve, service,
};
use crate::{
    canonical,
    config::{Config, DEFAULT_SIGNER, Environment, program},
    http::{self, Handle, Published, Shell, Signals},
    signing::Signer as _,
    types::{AccountName, CollectionPath, Object, SystemRandom},
    ui::Ui,
    workflow::Services,
};

/// Runs the command.
pub(super) fn run(demo: &Demo, console: &Console, environment: &Environment) -> Result<(), Failure> {
    // The story is what is looked at; the log speaks up only where something is wrong.
    logging::begin(&console.err, environment, "warn")?;
    let page = if demo.json { console.err } else { console.out };
    let scene = Scene::set(demo, environment)?;
    let lock = scene.folder.lock()?;
    let mut teller = Teller::new(page);
    teller.line(teller.paint(
        Tone::Bold,
        "Countersign: certificate revocations, edited by one person, approved by another, signed, verified.",
    ));
    teller.line(teller.paint(Tone::Dim, &format!("Everything is in {}", scene.folder.path().display())));

    let pages = Ui::new(Arc::clone(&scene.published), scene.services.clone());
    let shell = Shell::new(Arc::clone(&scene.published), scene.services.clone()).with_site(Arc::new(pages));
    let mut told = Ok(());
    thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel::<Handle>();
        let (scene, teller) = (&scene, &mut teller);
        let story = scope.spawn(move || {
            let Ok(handle) = receiver.recv() else {
                return Err(Failure::refused("the server did not start"));
            };
            let told = scene.play(teller);
            if told.is_err() || demo.once {
                if told.is_ok() && demo.json {
                    console.out.line(scene.json(&format!("http://{}", scene.address)));
                }
                handle.stop();
            } else {
                scene.invite(demo, console, &page);
            }
            told
        });
        let served = scene.listener.try_clone().and_then(|listener| {
            http::serve(shell, listener, Signals::Handled, |handle| drop(sender.send(handle)))
        });
        told = story.join().unwrap_or_else(|_| Err(Failure::refused("the story broke off")));
        if let (Ok(()), Err(error)) = (&told, served) {
            told = Err(Failure::while_doing("serving", &error));
        }
    });
    drop(lock);
    told
}

/// Everything that is there before the story begins.
struct Scene {
    address: SocketAddr,
    cast: Cast,
    folder: Folder,
    listener: TcpListener,
    published: Arc<Published>,
    services: Services,
    /// Goes with the demo.
    _temporary: Option<TempDir>,
}

impl Scene {
    fn set(demo: &Demo, environment: &Environment) -> Result<Self, Failure> {
        let (folder, temporary) = folder(demo.data.as_deref())?;
        let paths = paths()?;
        let resource =
            format!("{} -> {} -> {}", paths.source.bucket, paths.preview.bucket, paths.published.bucket);
        let choices =
            Choices { administrator: ADMIN, resources: &[resource.as_str()], signer_name: DEFAULT_SIGNER };
        let config = init::make(&folder, choices, None, environment)?;
        let listener = listen(demo.listen, &config)?;
        let address = serve::address_of(&listener)?;
        let signer = Arc::new(service::signer(&folder, &config)?);
        let verifier = crate::signing::Verifier::new(signer.root(), signer.name().clone());
        let url = format!("http://{address}");
        let published = Arc::new(Published::new(config.cache_max_bytes, config.changes.clone()));
        let services = service::services(
            service::store(&folder)?,
            signer,
            &config,
            url.clone(),
            Arc::<Published>::clone(&published),
        )?;
        service::set_up(&services, &config)?;
        let api = Api::new(&url)?;
        let person = |name: &str, called| {
            let name = AccountName::parse(name).map_err(|error| Failure::while_doing(name, &error))?;
            Ok::<_, Failure>(Person::new(&api, name, called, password::generate(&SystemRandom)?))
        };
        let cast = Cast {
            admin: person(ADMIN, "Jonas Weber")?,
            editor: person("editor", "Ines Okafor")?,
            reviewer: person("reviewer", "Mara Lindqvist")?,
            paths,
            verifier,
        };
        account::create(&services, &cast.admin.name, &cast.admin.password)?;
        Ok(Self { address, cast, folder, listener, published, services, _temporary: temporary })
    }

    fn play(&self, teller: &mut Teller) -> Result<(), Failure> {
        let wire =
            Wire::lay(self.address).map_err(|error| Failure::while_doing("laying the wire", &error))?;
        story::play(&self.cast, &wire, &self.folder.path().join("client"), teller)?;
        teller.line("");
        teller.line(teller.paint(Tone::Good, "Every step held."));
        Ok(())
    }

    /// Where things are, and what to try.
    fn invite(&self, demo: &Demo, console: &Console, page: &Page) {
        let Cast { admin, editor, reviewer, paths, verifier } = &self.cast;
        let url = format!("http://{}", self.address);
        let root = verifier.root();
        let bold = |text: &str| page.line(page.paint(Tone::Bold, text));
        let row = |name: &str, value: &str| {
            page.line(format!(
                "  {}{} {value}",
                page.paint(Tone::Dim, name),
                " ".repeat(10 - name.len().min(10))
            ));
        };
        page.line("");
        bold("A change waits for review. Look at it in a browser:");
        page.line("");
        page.line(format!("  {}", page.paint(Tone::Key, &format!("{url}/"))));
        page.line("");
        for (step, what) in [
            ("1", "Sign in as reviewer. Home says what waits for you, and what the editor says of it."),
            ("2", "Press “Review”: what clients would get, record by record, and what speaks against it."),
            ("3", "Press “Approve and publish”. Or write what is wrong, and press “Decline”."),
            (
                "4",
                "In a private window sign in as editor, change a record, and request a review of your own.",
            ),
        ] {
            page.line(format!("  {} {what}", page.paint(Tone::Key, step)));
        }
        page.line("");
        for (person, what) in [
            (reviewer, "reviews, and may edit too"),
            (editor, "edits, and reviews what others edit"),
            (admin, "looks after accounts, keys and collections"),
        ] {
            let told = format!("{}, {what}", person.called);
            row(
                person.name.as_str(),
                &format!("{}  {}", person.password.as_str(), page.paint(Tone::Dim, &told)),
            );
        }
        page.line("");
        bold("Or with programs:");
        row("server", &format!("{url}/v1/"));
        let CollectionPath { bucket, collection } = &paths.published;
        row(
            "published",
            &format!("{url}/v1/buckets/{bucket}/collections/{collection}/changeset?_expected=0"),
        );
        row("root", &root.to_hex());
        page.line("");
        let program = program();
        for line in [
            format!(
                "COUNTERSIGN_PASSWORD={} {program} review show {url} {} --user reviewer",
                reviewer.password.as_str(),
                paths.source
            ),
            format!("{program} verify {url} {} --root {root}", paths.published),
            format!(
                "{program} sync {url} {} --root {root} --store client --out revocations.json",
                paths.published
            ),
        ] {
            page.line(format!("  {line}"));
        }
        page.line("");
        if demo.json {
            console.out.line(self.json(&url));
        } else {
            page.line(format!("listening on {url}"));
            page.line(page.paint(Tone::Dim, "Ctrl-C ends it."));
        }
    }

    fn json(&self, url: &str) -> String {
        let Cast { admin, editor, reviewer, paths, verifier } = &self.cast;
        let mut accounts = Object::new();
        for person in [admin, editor, reviewer] {
            accounts.insert(person.name.as_str(), person.password.as_str());
        }
        let mut object = Object::new();
        object.insert("url", format!("{url}/v1"));
        object.insert("root", verifier.root().to_hex());
        object.insert("signer", verifier.signer().as_str());
        object.insert("source", paths.source.to_string());
        object.insert("preview", paths.preview.to_string());
        object.insert("published", paths.published.to_string());
        object.insert("accounts", accounts);
        canonical::object_to_text(&object)
    }
}

/// A new folder: the given one, which must be empty, or a temporary one.
fn folder(wanted: Option<&Path>) -> Result<(Folder, Option<TempDir>), Failure> {
    let Some(path) = wanted else {
        let temporary = tempfile::Builder::new()
            .prefix("countersign-demo-")
            .tempdir()
            .map_err(|error| Failure::while_doing("making a temporary folder", &error))?;
        return Ok((Folder::prepare(&temporary.path().join("countersign-data"))?, Some(temporary)));
    };
    let folder = Folder::prepare(path)?;
    match folder.state()? {
        FolderState::Empty => Ok((folder, None)),
        FolderState::DatabaseAlone | FolderState::KeysAlone | FolderState::Ready => {
            Err(Failure::refused(format!("{} is in use; the demo makes a new folder", path.display()))
                .mend(format!("To go on with it: {}", init::command("serve", &folder))))
        }
    }
}

/// The usual address, or another port of this machine where that is taken and nobody asked for it.
fn listen(wanted: Option<SocketAddr>, config: &Config) -> Result<TcpListener, Failure> {
    match wanted {
        Some(address) => serve::bind(address),
        None => TcpListener::bind(config.listen)
            .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .map_err(|error| Failure::while_doing("no free port on this machine", &error)),
    }
}

fn paths() -> Result<Paths, Failure> {
    let parse = |text| CollectionPath::parse(text).map_err(|error| Failure::while_doing(text, &error));
    Ok(Paths {
        other: parse("security-state/intermediates")?,
        other_source: parse("security-state-workspace/intermediates")?,
        preview: parse("security-state-preview/onecrl")?,
        published: parse("security-state/onecrl")?,
        source: parse("security-state-workspace/onecrl")?,
    })
}

const ADMIN: &str = "admin";
