use super::*;

fn envelope() -> Envelope {
    Envelope {
        from: "Muster <muster@corp.test>".parse().unwrap(),
        to: "Zoë Müller <zoe@corp.test>".parse().unwrap(),
        owner: "IT Asset Management <itam@corp.test>".parse().unwrap(),
        date: "2026-11-04T06:00:00Z".parse().unwrap(),
        key: DeliveryKey {
            edition: "cfo-monthly".to_owned(),
            period: "2026-10".to_owned(),
            scope: "ALL".to_owned(),
            revision: 1,
            address: "zoe@corp.test".to_owned(),
        },
        run: "cfo-monthly/2026-10/r1".to_owned(),
        secret: Secret::new("canary"),
        signer: None,
    }
}

fn body() -> MailBody {
    MailBody {
        subject: "ITAM KPIs – Oct 2026\u{a0}- EUR\u{202f}1.24 m\r\nBcc: evil@evil.example".to_owned(),
        html: "<p>Größe <img src=\"cid:bridge@muster\" alt=\"a\"></p>\n.\n".to_owned(),
        text: "Größe\n.\nFrom here\n=_boundary \r\n".to_owned(),
        images: vec![InlineImage {
            cid: "bridge@muster".to_owned(),
            alt: "a".to_owned(),
            png: vec![0x89, b'P', 0, 13],
        }],
    }
}

fn pdf(name: &str, bytes: usize) -> Attachment {
    Attachment { name: name.to_owned(), content_type: "application/pdf".to_owned(), bytes: vec![b'\n'; bytes] }
}

fn made(envelope: &Envelope, body: &MailBody) -> String {
    String::from_utf8(message(envelope, body, &[pdf("ITAM_x.pdf", 5)]).unwrap()).unwrap()
}

#[test]
fn the_same_mail_has_the_same_bytes() {
    assert_eq!(made(&envelope(), &body()), made(&envelope(), &body()));
}

#[test]
fn a_delivery_keeps_its_message_id_and_no_two_share_one() {
    let id = |change: fn(&mut Envelope)| {
        let mut envelope = envelope();
        change(&mut envelope);
        message_id(&envelope.key, &envelope.secret, &envelope.from.address)
    };
    let first = id(|_| ());
    assert!(first.len() == "<@corp.test>".len() + ID_DIGITS && first.ends_with("@corp.test>"), "{first}");
    assert_eq!(first, id(|envelope| envelope.date = DateTime::UNIX_EPOCH));
    for change in [
        (|envelope| envelope.key.revision = 2) as fn(&mut Envelope),
        |envelope| envelope.key.scope = "TLG".to_owned(),
        |envelope| envelope.key.period = "2026-11".to_owned(),
        |envelope| envelope.key.address = "tom@corp.test".to_owned(),
        |envelope| envelope.secret = Secret::new("other"),
    ] {
        assert_ne!(id(change), first);
    }
}

#[test]
fn a_subject_cannot_add_a_header() {
    let mail = made(&envelope(), &body());
    let headers = mail.split("\r\n\r\n").next().unwrap();
    assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
    assert!(!mail.contains("canary"));
    assert_eq!(one_line(&body().subject, 99), "ITAM KPIs – Oct 2026 - EUR 1.24 m Bcc: evil@evil.example");
    assert_eq!(
        one_line("a\u{202e}b =?utf-8?q?=0d=0aBcc:_x?=\u{2028}\tc\0\u{7f}", 99),
        "ab = ?utf-8?q?=0d=0aBcc:_x?= c"
    );
}

#[test]
fn no_value_breaks_out_of_its_header() {
    let fails = |change: fn(&mut Envelope, &mut MailBody, &mut Attachment)| {
        let (mut envelope, mut body, mut attachment) = (envelope(), body(), pdf("a.pdf", 1));
        change(&mut envelope, &mut body, &mut attachment);
        message(&envelope, &body, &[attachment]).unwrap_err().to_string()
    };
    for error in [
        fails(|envelope, _, _| envelope.run = "x\r\nBcc: y@z".to_owned()),
        fails(|envelope, _, _| envelope.key.edition = "x>\r\nBcc: y@z".to_owned()),
        fails(|envelope, _, _| envelope.run = "x".repeat(501)),
        fails(|_, body, _| body.images[0].cid = "a>\r\nBcc: y@z".to_owned()),
        fails(|_, _, attachment| attachment.name = "a\"\r\nBcc: y.pdf".to_owned()),
        fails(|_, _, attachment| attachment.name = "../a.pdf".to_owned()),
        fails(|_, _, attachment| attachment.content_type = "application/pdf\r\nBcc: y@z".to_owned()),
    ] {
        assert!(!error.contains(['\r', '\n']), "{error:?}");
    }
}

#[test]
fn attachments_over_the_limit_are_named_with_their_sizes() {
    let attachments = [pdf("a.pdf", 4_000_000), pdf("b.xlsx", 6_000_001)];
    let error = message(&envelope(), &body(), &attachments).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "the attachments have 10.1 MB together, the limit is 10.0 MB: `a.pdf` 4.0 MB, `b.xlsx` 6.1 MB\nhint: "
        ),
        "{error}"
    );
    assert!(message(&envelope(), &body(), &[pdf("a.pdf", MAX_ATTACHMENTS_BYTES)]).is_ok());
}

#[test]
fn no_part_can_hold_a_boundary() {
    let plain = made(&envelope(), &body());
    let boundary = plain.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let hostile = MailBody { text: format!("--{boundary}--\n"), ..body() };
    assert!(boundary.starts_with("=_"));
    assert_eq!(made(&envelope(), &hostile).matches(&format!("--{boundary}--")).count(), 1);
}
