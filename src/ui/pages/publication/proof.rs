//! What vouches for a publication: its signatures, the certificates behind them, and how anybody verifies it.

use maud::{Markup, html};

use super::Facts;
use crate::{
    signing::Certificate,
    storage::StoredSignature,
    types::{Sha256Digest, Timestamp},
    ui::parts::{self, Lives},
    workflow::Settings,
};

/// Where the reader's own browser says whether it verifies, and what it verifies.
///
/// A script fills it in; the sentence in it stands where there is none. What it is compared with stands in the attributes: all of
/// it comes from this server, which the page says.
pub(super) fn verification(facts: &Facts, signer: &str, root: &Sha256Digest) -> Markup {
    let (publication, statement) = (&facts.publication, &facts.statement);
    let path = &publication.path;
    html! {
        section.verification aria-labelledby="verification" data-verify
            data-bucket=(path.bucket) data-collection=(path.collection) data-version=(publication.version)
            data-latest=(facts.latest) data-root=(root) data-signer=(signer) data-bytes=[facts.sizes.full] {
            span.verification-mark data-verify-mark { (parts::icon(parts::Icon::Info)) }
            div.verification-text {
                h2 #verification data-verify-title { "Verify in your browser" }
                p data-verify-summary role="status" aria-live="polite" {
                    "Your browser can verify this publication as a client does; it needs scripts for that. To depend on nothing \
                     that comes from this server, verify by hand."
                }
                dl.facts {
                    (signature("Content signature", publication.content_signatures.first()))
                    (signature("Statement’s signature", publication.statement_signatures.first()))
                    dt { "Signer’s name" } dd { (parts::text(signer)) }
                    dt { "Root’s fingerprint" }
                    dd { (hash(root)) }
                    dt { "Statement" }
                    dd {
                        "version " (parts::number(statement.version))
                        @match &facts.previous {
                            Some((previous, _)) => { " follows " (parts::number(previous.version)) },
                            None => " is the first",
                        }
                        ", " (parts::count(statement.count, "record", "records"))
                    }
                    dt { "Previous" }
                    dd { @match &statement.previous { Some(previous) => (hash(previous)), None => "none" } }
                    dt { "Root of the record tree" }
                    dd { (hash(&statement.root)) }
                    dt { "Records’ timestamp" }
                    dd { code { (statement.timestamp) } }
                }
                details.checked data-verify-details hidden {
                    summary data-verify-count { "What is checked" }
                    ol.checks data-verify-steps {}
                }
                form.form.inline data-verify-form hidden {
                    div.field {
                        label for="f-root" { "Root’s fingerprint that you hold" }
                        input.input.mono #f-root name="root" type="text" autocomplete="off" spellcheck="false"
                            placeholder="64 hex digits" aria-describedby="f-root-fault f-root-hint";
                        p.fault #f-root-fault data-verify-fault hidden {}
                        p.hint #f-root-hint { "Empty: the one that this server names, above." }
                    }
                    button.button type="submit" { "Verify again" }
                }
                details.signed-text {
                    summary { "The signed text" }
                    pre { (parts::plain(&publication.statement)) }
                    (parts::copy(&publication.statement))
                }
            }
        }
    }
}

fn signature(name: &str, entry: Option<&StoredSignature>) -> Markup {
    html! {
        dt { (name) }
        dd {
            @match entry {
                Some(entry) => span.id { code title=(parts::plain(&entry.signature)) { (middle(&entry.signature, 16, 8)) } (parts::copy(&entry.signature)) },
                None => span.quiet { "none" },
            }
        }
    }
}

/// A digest, shortened in its middle.
fn hash(digest: &Sha256Digest) -> Markup {
    let hex = digest.to_hex();
    html! { span.id { code title=(hex) { (middle(&hex, 16, 8)) } (parts::copy(&hex)) } }
}

fn middle(text: &str, first: usize, last: usize) -> String {
    let many = text.chars().count();
    if many <= first + last {
        return parts::plain(text);
    }
    let head: String = text.chars().take(first).collect();
    let tail: String = text.chars().skip(many - last).collect();
    parts::plain(&format!("{head}…{tail}"))
}

/// The lives of the certificates on one axis, with a ring where this was signed.
pub(super) fn chain(facts: &Facts, now: Timestamp) -> Markup {
    let at = facts.publication.at;
    html! {
        section.chain aria-labelledby="chain" {
            h2 #chain { "Certificate chain" }
            @match facts.chain.as_slice() {
                [leaf, ..] => {
                    p.small.quiet { (leaf_words(leaf, now)) }
                    @if let Some(lives) = Lives::of_chain(&facts.chain, now) { (lives.signed(at).render()) }
                    details.certificates {
                        summary { "Names and dates" }
                        (certificates(&facts.chain, now))
                    }
                },
                [] => p.quiet { "The certificates of this publication cannot be read here. Clients that do not hold them refuse it." },
            }
        }
    }
}

fn leaf_words(leaf: &Certificate, now: Timestamp) -> Markup {
    let days = |from: Timestamp, to: Timestamp| to.as_millis().saturating_sub(from.as_millis()) / 86_400_000;
    html! {
        "Signed with the leaf of " (parts::day(leaf.not_before(), now)) " (ring). "
        @if leaf.not_after() < now {
            "It ended on " (parts::day(leaf.not_after(), now)) "."
        } @else {
            "It ends in " (parts::count(days(now, leaf.not_after()), "day", "days")) "; the next takes over by itself."
        }
    }
}

fn certificates(chain: &[Certificate], now: Timestamp) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-label="Certificates" {
            table.table {
                thead { tr { th scope="col" { "Certificate" } th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "SHA-256" } } }
                tbody {
                    @for certificate in chain {
                        tr {
                            td { (parts::text(&certificate.subject())) }
                            td { (parts::day(certificate.not_before(), now)) }
                            td { (parts::day(certificate.not_after(), now)) }
                            td { (hash(&certificate.fingerprint())) }
                        }
                    }
                }
            }
        }
    }
}

/// The command that depends on nothing here but the root that the reader holds.
pub(super) fn by_hand(facts: &Facts, settings: &Settings, signer: &str, root: &Sha256Digest) -> Markup {
    let path = &facts.publication.path;
    let command =
        format!("countersign verify {} {path} --root {root} --signer {signer}", settings.public_url);
    html! {
        section.by-hand aria-labelledby="by-hand" {
            h2 #by-hand { "Verify by hand" }
            p.small.quiet { "On any machine, against the root that you hold:" }
            div.command-box {
                pre {
                    "countersign verify \\\n  " (settings.public_url) " \\\n  " (path) " \\\n  --root " (root) " \\\n  --signer " (signer)
                }
                (parts::copy(&command))
            }
            p.small.quiet {
                @if facts.next.is_none() { "Says what it checked, step by step, or what does not hold." }
                @else { "Verifies what is published now: version\u{a0}" (parts::number(facts.latest)) "." }
            }
        }
    }
}
