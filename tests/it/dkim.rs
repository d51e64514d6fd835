//! Signed mails, verified by another implementation: Python's dkimpy.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::muster::{changed, muster_with};

/// Makes a key with OpenSSL; `None` where there is no OpenSSL.
fn key(folder: &Path, algorithm: &str) -> Option<String> {
    let path = folder.join(format!("{algorithm}.pem"));
    let made = Command::new("openssl").args(["genpkey", "-algorithm", algorithm, "-out"]).arg(&path).output().ok()?;
    made.status.success().then(|| path.display().to_string())
}

/// Verifies a mail against the public half of a key. Prints `True`, or why not.
const VERIFY: &str = r#"
import base64, subprocess, sys
import dkim
key, mail = sys.argv[1:]
public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
kind, raw = ("rsa", public) if len(public) > 100 else ("ed25519", public[-32:])
record = b"v=DKIM1; k=" + kind.encode() + b"; p=" + base64.b64encode(raw)
def dns(name, timeout=5):
    assert name.rstrip(b".") == b"muster._domainkey.localhost", name
    return record
mail = open(mail, "rb").read()
changed = mail.replace(b"Subject: ", b"Subject: x", 1)
print(dkim.verify(mail, dnsfunc=dns), dkim.verify(changed, dnsfunc=dns), dkim.verify(mail[:-10] + b"x" + mail[-9:], dnsfunc=dns))
"#;

/// Whether dkimpy is there, with what it needs for Ed25519.
fn has_dkimpy() -> bool {
    let imported = Command::new("python3").args(["-c", "import dkim, nacl"]).stderr(Stdio::null()).status();
    imported.is_ok_and(|status| status.success())
}

#[test]
fn signed_mails_hold_against_another_implementation() {
    let folder = changed(|_| {});
    if !has_dkimpy() || key(folder.path(), "RSA").is_none() {
        eprintln!("skipped: Python's dkimpy or OpenSSL is not installed");
        return;
    }
    for algorithm in ["RSA", "ED25519"] {
        let key = key(folder.path(), algorithm).unwrap();
        let outbox = folder.path().join(algorithm).display().to_string();
        let settings = [
            ("MUSTER__MAIL__OUTBOX", outbox.as_str()),
            ("MUSTER__MAIL__DKIM__DOMAIN", "localhost"),
            ("MUSTER__MAIL__DKIM__SELECTOR", "muster"),
            ("MUSTER__MAIL__DKIM__KEY_FILE", key.as_str()),
        ];
        let run = ["run", "cfo-monthly", "--period", "2026-10", "--force-revision"];
        assert_eq!(muster_with(folder.path(), &run, &settings).status.code(), Some(0));
        let revision = if algorithm == "RSA" { "r1" } else { "r2" };
        let mail = Path::new(&outbox).join(format!("2026-10/cfo-monthly/ALL/{revision}/cfo@localhost.eml"));
        let text = fs::read_to_string(&mail).unwrap();
        assert!(text.starts_with("DKIM-Signature: v=1; a="), "{}", &text[..200]);
        let verified = Command::new("python3").args(["-c", VERIFY, &key]).arg(&mail).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!(said.trim(), "True False False", "{algorithm}: {}", String::from_utf8_lossy(&verified.stderr));
        // The same signature once more.
        let replayed = muster_with(folder.path(), &["replay", &format!("cfo-monthly/2026-10/{revision}")], &settings);
        assert_eq!(replayed.status.code(), Some(0), "{}", String::from_utf8_lossy(&replayed.stdout));
    }
}

#[test]
fn a_key_that_cannot_be_used_is_found_by_check() {
    let folder = changed(|_| {});
    let key = folder.path().join("key.pem");
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n").unwrap();
    let mut settings = vec![
        ("MUSTER__MAIL__DKIM__DOMAIN", "localhost"),
        ("MUSTER__MAIL__DKIM__SELECTOR", "muster"),
        ("MUSTER__MAIL__DKIM__KEY_FILE", key.to_str().unwrap()),
    ];
    let checked = |settings: &[(&str, &str)]| {
        let output = muster_with(folder.path(), &["check"], settings);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = checked(&settings);
    assert!(code == Some(3) && said.contains("`mail.dkim.key` cannot be used") && !said.contains("Y2Fu"), "{said}");
    settings[0].1 = "elsewhere.test";
    let (code, said) = checked(&settings);
    assert!(code == Some(3) && said.contains("mails are from `localhost`"), "{said}");
    settings.remove(1);
    let (code, said) = checked(&settings);
    assert!(code == Some(3) && said.contains("`mail.dkim.selector`: is empty"), "{said}");
}
