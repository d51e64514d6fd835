//! A reader whose list asks for a password gets a PDF that opens with it, and no figure beside.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::desk::files;
use crate::muster::{changed, muster_with, repository, said};

const PASSWORD: &str = "correct horse battery";

#[test]
fn the_mail_of_a_locked_reader_has_one_pdf_that_opens_with_the_password_and_no_figure() {
    let world = changed(|_| {});
    let definitions = tempfile::tempdir().expect("a folder");
    let secret = definitions.path().join("finance.password");
    fs::write(&secret, format!("{PASSWORD}\n")).expect("a file");
    let lists = fs::read_to_string(repository().join("config/distribution.toml")).expect("the built-in lists").replace(
        "address = \"Group Controlling <controlling@localhost>\"",
        &format!(
            "address = \"Group Controlling <controlling@localhost>\"\npdf_password_file = \"{}\"",
            secret.display()
        ),
    );
    fs::write(definitions.path().join("distribution.toml"), lists).expect("a file");
    let outbox = tempfile::tempdir().expect("a folder");
    let settings = [
        ("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().expect("a printable path")),
        ("MUSTER__MAIL__OUTBOX", outbox.path().to_str().expect("a printable path")),
    ];
    let run = muster_with(world.path(), &["run", "cfo-monthly", "--period", "2026-10"], &settings);
    assert!(run.status.success() && !said(&run).contains(PASSWORD), "{}", said(&run));

    let mails: Vec<Value> = files(outbox.path()).iter().map(|path| read(path)).collect();
    let to = |address: &str| {
        let is_to = |mail: &&Value| mail["to"].as_str().is_some_and(|to| to.contains(address));
        mails.iter().find(is_to).unwrap_or_else(|| panic!("no mail to {address}"))
    };
    let (open, locked) = (to("cfo@localhost"), to("controlling@localhost"));
    for part in ["subject", "text", "html"] {
        let text = |mail: &Value| mail[part].as_str().expect("a text").to_owned();
        assert!(text(open).contains("EUR") && !text(locked).contains("EUR"), "{}", text(locked));
    }
    assert!(locked["text"].as_str().expect("a text").contains("opens with the password"), "{locked}");
    assert_eq!(open["attachments"].as_array().map(Vec::len), Some(2));

    let [attached] = locked["attachments"].as_array().expect("attachments").as_slice() else { panic!("{locked}") };
    assert_eq!(attached["name"], "ITAM_cfo-monthly_2026-10_ALL.pdf");
    let pdf = hex::decode(attached["bytes"].as_str().expect("hex")).expect("bytes");
    let published = world.path().join("published/cfo-monthly/2026-10/ALL/r1/report.pdf");
    let readable = lopdf::Document::load(&published).expect("the published report");
    let with =
        |password: &str| lopdf::Document::load_mem_with_options(&pdf, lopdf::LoadOptions::with_password(password));
    assert!(with("another password").is_err());
    let opened = with(PASSWORD).expect("the password opens it");
    let pages: Vec<u32> = readable.get_pages().into_keys().collect();
    let text = |document: &lopdf::Document| document.extract_text(&pages).expect("its text");
    assert_eq!(text(&opened), text(&readable));
    // Readers that are told no length take the shortest key there is.
    let encryption = opened_dictionary(&pdf);
    assert_eq!(encryption.get(b"Length").and_then(lopdf::Object::as_i64).expect("a length"), 256);
    // Nothing of the password lies in the ledger.
    let plan = world.path().join("ledger/cfo-monthly/2026-10/r1/plan.json");
    assert!(!fs::read_to_string(plan).expect("a plan").contains(PASSWORD));

    let again = muster_with(world.path(), &["replay", "cfo-monthly/2026-10"], &settings);
    let told = said(&again);
    assert!(again.status.success() && told.contains("not compared:") && told.contains("byte-identical"), "{told}");
}

fn opened_dictionary(pdf: &[u8]) -> lopdf::Dictionary {
    let raw = lopdf::Document::load_mem(pdf).expect("a document");
    let encryption = raw.trailer.get(b"Encrypt").and_then(lopdf::Object::as_reference).expect("an encrypted document");
    raw.get_dictionary(encryption).expect("a dictionary").clone()
}

/// Subject, texts and attachments of a mail, as another program reads it.
fn read(path: &Path) -> Value {
    const READER: &str = r#"
import email, email.policy, json, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
body = lambda kind: mail.get_body((kind,)).get_content()
attached = [{"name": part.get_filename(), "bytes": part.get_content().hex()} for part in mail.iter_attachments()]
print(json.dumps({"to": mail["to"], "subject": mail["subject"], "text": body("plain"), "html": body("html"), "attachments": attached}))
"#;
    let output = Command::new("python3").args(["-c", READER]).arg(path).output().expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_password_that_is_not_there_or_too_short_is_told_at_the_start() {
    let definitions = tempfile::tempdir().expect("a folder");
    let short = definitions.path().join("short");
    fs::write(&short, "hunter2").expect("a file");
    let missing = definitions.path().join("missing");
    let lists = fs::read_to_string(repository().join("config/distribution.toml")).expect("the built-in lists");
    for (file, told) in [(&short, "holds fewer than 12 characters"), (&missing, "cannot be read")] {
        let entry = format!("[[roles.cfo]]\npdf_password_file = \"{}\"", file.display());
        fs::write(definitions.path().join("distribution.toml"), lists.replacen("[[roles.cfo]]", &entry, 1))
            .expect("a file");
        let settings = [("MUSTER__DEFINITIONS__PATH", definitions.path().to_str().expect("a printable path"))];
        let check = muster_with(definitions.path(), &["check"], &settings);
        let said = said(&check);
        assert_eq!(check.status.code(), Some(3), "{said}");
        assert!(said.contains("roles.cfo[0].pdf_password_file") && said.contains(told), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
