use super::*;
use crate::render::mail::InlineImage;

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
    String::from_utf8(message(envelope, body, &[pdf("ITAM_x.pdf", 5)]).unwrap().whole().to_vec()).unwrap()
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

/// The whole mail as lettre writes it.
fn written_by_lettre(envelope: &Envelope, body: &MailBody, attachments: &[Attachment]) -> Vec<u8> {
    use lettre::message::SinglePart;
    use lettre::message::header::{ContentDisposition, ContentId, ContentTransferEncoding as Encoding, ContentType};

    let id = message_id(&envelope.key, &envelope.secret, &envelope.from.address);
    let boundary = |part: &str| format!("=_{}_{part}", &hex::encode(Sha256::digest(&id))[..ID_DIGITS]);
    let part = |kind: &str, place| {
        SinglePart::builder().header(ContentType::parse(kind).unwrap()).header::<ContentDisposition>(place)
    };
    let html = SinglePart::builder().header(ContentType::TEXT_HTML).header(Encoding::QuotedPrintable);
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).header(Encoding::QuotedPrintable);
    let mut related = MultiPart::related().boundary(boundary("r")).singlepart(html.body(body.html.clone()));
    for (index, image) in body.images.iter().enumerate() {
        let picture = SinglePart::builder()
            .header(ContentType::parse("image/png").unwrap())
            .header(ContentId::from(format!("<{}>", image.cid)))
            .header(ContentDisposition::inline_with_name(&format!("picture-{}.png", index + 1)))
            .header(Encoding::Base64);
        related = related.singlepart(picture.body(image.png.clone()));
    }
    let alternative = MultiPart::alternative().boundary(boundary("a"));
    let alternative = alternative.singlepart(text.body(body.text.clone())).multipart(related);
    let mut mixed = MultiPart::mixed().boundary(boundary("m")).multipart(alternative);
    for Attachment { name, content_type, bytes } in attachments {
        let attached = part(content_type, ContentDisposition::attachment(name)).header(Encoding::Base64);
        mixed = mixed.singlepart(attached.body(bytes.clone()));
    }
    let head = headers(envelope, &body.subject, &id, &boundary("m")).unwrap();
    let head = opening(head, &boundary("m")).unwrap();
    // The headers of the parts as a whole stand at the end of the mail's.
    let parts = mixed.formatted();
    let begin = parts.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    [head.as_bytes(), &parts[begin..]].concat()
}

#[test]
fn parts_encoded_once_make_the_mail_that_lettre_writes() {
    let plain = MailBody { images: Vec::new(), ..body() };
    let pictures = MailBody { images: [body().images, body().images].concat(), ..body() };
    for (body, count) in [(&plain, 0), (&plain, 1), (&pictures, 0), (&pictures, 2)] {
        let attachments: Vec<Attachment> = (0..count).map(|number| pdf(&format!("{number}.pdf"), 300)).collect();
        let made = message(&envelope(), body, &attachments).unwrap();
        assert_eq!(made.whole(), written_by_lettre(&envelope(), body, &attachments), "{count}");
        assert_eq!(made.unfit(), None);
    }
}
