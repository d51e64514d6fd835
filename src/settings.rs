//! Settings: built-in defaults < file < `MUSTER__...` environment; every fault reported at once.

mod reader;

use core::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::conform::Limits;
use crate::deliver::Address;
use crate::period::Calendar;
pub use crate::render::pdf::Paper;
use crate::score::Constants;
pub use crate::secret::Secret;
use reader::Reader;

/// The commented built-in defaults; every key that exists is in it.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    pub store: Store,
    pub reporting: Reporting,
    pub constants: Constants,
    pub limits: Limits,
    pub mail: Mail,
    pub worker: Worker,
    /// Overrides of the built-in definitions, laid out like `config/`.
    pub definitions: Option<PathBuf>,
    /// Overrides of the built-in templates.
    pub templates: Option<PathBuf>,
    pub holidays: Vec<NaiveDate>,
}

#[derive(Debug, Clone)]
pub struct Store {
    pub url: String,
    pub extracts: String,
    pub endpoint: Option<String>,
    pub allow_http: bool,
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub retries: usize,
    /// No second worker is ever started on this store.
    pub single_worker: bool,
    /// Whether runs keep in the store what later ones would compute from the same.
    pub keep: bool,
}

#[derive(Debug, Clone)]
pub struct Reporting {
    pub organisation: String,
    pub calendar: Calendar,
    pub currency: String,
    pub language: String,
    pub paper: Paper,
    pub history: u32,
}

#[derive(Debug, Clone)]
pub struct Mail {
    pub transport: Transport,
    /// Mails under way at once.
    pub concurrency: usize,
    pub from: String,
    pub domains: Vec<String>,
    pub timeout: Duration,
    /// Longest wait for the answer to the final dot.
    pub dot_timeout: Duration,
    pub message_id_key: Secret,
    /// Wait before the second attempt; each later one waits longer.
    pub retry_first: Duration,
    /// A mail that was not taken by then is given up.
    pub retry_for: Duration,
    pub on_doubt: OnDoubt,
    pub audit: Option<Audit>,
    pub dkim: Option<Dkim>,
}

/// What mails are signed with.
#[derive(Debug, Clone)]
pub struct Dkim {
    pub domain: String,
    pub selector: String,
    /// In PEM.
    pub key: Secret,
}

/// What to do where nobody can say whether a mail was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDoubt {
    /// Send the identical bytes once more, flagged: the reader may have two copies, never none.
    ResendOnce,
    /// Hold it for somebody to decide.
    Hold,
}

/// A mailbox that gets a copy of every mail in the same SMTP transaction.
#[derive(Debug, Clone)]
pub struct Audit {
    pub imap_url: Secret,
    pub address: Address,
    pub folder: String,
    /// How long a copy may take to appear.
    pub wait: Duration,
}

/// How `muster serve` works.
#[derive(Debug, Clone)]
pub struct Worker {
    pub lease: Duration,
    /// The editions it serves; none means all.
    pub editions: Vec<String>,
    /// Seconds between two looks at what is owed.
    pub tick_seconds: u32,
    pub catch_up_days: u32,
    /// How long a report waits for approval.
    pub approval: Duration,
    /// Where health and metrics are served.
    pub listen: Option<SocketAddr>,
}

#[derive(Debug, Clone)]
pub enum Transport {
    /// One `.eml` file per recipient in this folder.
    Outbox(PathBuf),
    Smtp(Secret),
}

/// Everything wrong with the settings, by key path.
#[derive(Debug, thiserror::Error)]
#[error("the settings have faults:\n{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct SettingsError {
    pub faults: Vec<Fault>,
}

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {message}")]
pub struct Fault {
    pub key: String,
    pub message: String,
}

/// Layers defaults, a file and `MUSTER__` variables.
///
/// `environment` is passed in so that reading settings is a function of its arguments.
///
/// # Errors
/// Every fault at once, each with its key path.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, SettingsError> {
    let mut reader =
        Reader::open(DEFAULTS, file, environment).map_err(|fault| SettingsError { faults: vec![fault] })?;
    let settings = read(&mut reader);
    let faults = reader.finish();
    if faults.is_empty() { Ok(settings) } else { Err(SettingsError { faults }) }
}

fn read(from: &mut Reader) -> Settings {
    let currency = from.checked("reporting.currency", "an ISO 4217 code such as EUR", |text| {
        (text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase())).then(|| text.to_owned())
    });
    let zone =
        from.checked("reporting.time_zone", "an IANA zone such as Europe/Berlin", |text| text.parse::<Tz>().ok());
    let smtp_url = from.secret("mail.smtp_url");
    let outbox = from.text("mail.outbox");
    let transport = from.checked("mail.transport", "`outbox` or `smtp`", |text| match text {
        "outbox" => Some(Transport::Outbox(PathBuf::from(&outbox))),
        "smtp" => Some(Transport::Smtp(smtp_url.clone())),
        _ => None,
    });
    if matches!(&transport, Some(Transport::Smtp(url)) if url.expose().is_empty()) {
        from.fault("mail.smtp_url", "is empty, and mail.transport is `smtp`");
    }
    let store_url = from.text("store.url");
    if store_url.is_empty() {
        from.fault("store.url", "is empty");
    }
    Settings {
        store: Store {
            url: store_url,
            extracts: from.text("store.extracts"),
            endpoint: from.optional("store.endpoint"),
            allow_http: from.flag("store.allow_http"),
            timeout: from.seconds("store.timeout_seconds"),
            connect_timeout: from.seconds("store.connect_timeout_seconds"),
            retries: from.whole("store.retries", 0, 20) as usize,
            single_worker: from.flag("store.single_worker"),
            keep: from.flag("store.keep"),
        },
        reporting: Reporting {
            organisation: from.text("reporting.organisation"),
            calendar: Calendar { zone: zone.unwrap_or(Tz::UTC), fiscal_start: fiscal_start(from) },
            currency: currency.unwrap_or_default(),
            language: from
                .checked("reporting.language", "a language such as `en` or `de`", |text| {
                    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase())).then(|| text.to_owned())
                })
                .unwrap_or_default(),
            paper: from
                .checked("reporting.paper", "`a4` or `letter`", |text| match text {
                    "a4" | "A4" => Some(Paper::A4),
                    "letter" | "Letter" => Some(Paper::Letter),
                    _ => None,
                })
                .unwrap_or(Paper::A4),
            history: from.whole("reporting.history", 0, 60),
        },
        constants: Constants {
            loaded_hourly_cost: amount(from, "costs.loaded_hourly_cost"),
            breach_cost_per_asset: amount(from, "costs.breach_cost_per_asset"),
            annual_cost_per_device: amount(from, "costs.annual_cost_per_device"),
            trust_caveat: share(from, "trust.caveat"),
            trust_floor: share(from, "trust.floor"),
        },
        limits: limits(from),
        mail: Mail {
            transport: transport.unwrap_or(Transport::Outbox(PathBuf::from("outbox"))),
            concurrency: from.whole("mail.concurrency", 1, 64) as usize,
            from: from.text("mail.from"),
            domains: from.list("mail.domains"),
            timeout: from.seconds("mail.timeout_seconds"),
            dot_timeout: from.seconds("mail.dot_timeout_seconds"),
            message_id_key: from.secret("mail.message_id_key"),
            retry_first: from.seconds("mail.retry_first_seconds"),
            retry_for: Duration::from_hours(u64::from(from.whole("mail.retry_for_hours", 1, 240))),
            on_doubt: from
                .checked("mail.on_doubt", "`resend_once` or `hold`", |text| match text {
                    "resend_once" => Some(OnDoubt::ResendOnce),
                    "hold" => Some(OnDoubt::Hold),
                    _ => None,
                })
                .unwrap_or(OnDoubt::Hold),
            audit: audit(from),
            dkim: dkim(from),
        },
        worker: Worker {
            lease: Duration::from_secs(u64::from(from.whole("worker.lease_seconds", 2, 86_400))),
            editions: from.list("worker.editions"),
            tick_seconds: from.whole("worker.tick_seconds", 1, 60),
            catch_up_days: from.whole("worker.catch_up_days", 1, 400),
            approval: Duration::from_hours(u64::from(from.whole("worker.approval_hours", 1, 800))),
            listen: from.optional("worker.listen").and_then(|_| {
                from.checked("worker.listen", "an address and port such as 127.0.0.1:9464", |text| text.parse().ok())
            }),
        },
        definitions: from.optional("definitions.path").map(PathBuf::from),
        templates: from.optional("definitions.templates").map(PathBuf::from),
        holidays: holidays(from),
    }
}

fn audit(from: &mut Reader) -> Option<Audit> {
    let imap_url = from.secret("audit.imap_url");
    let folder = from.text("audit.folder");
    let wait = from.seconds("audit.wait_seconds");
    let address = from.optional("audit.address").and_then(|_| {
        from.checked("audit.address", "a plain address such as audit@example.com", |text| text.parse().ok())
    });
    match (imap_url.expose().is_empty(), address) {
        (true, None) => None,
        (false, Some(address)) => Some(Audit { imap_url, address, folder, wait }),
        (true, Some(_)) => {
            from.fault("audit.imap_url", "is empty, and there is an audit.address: nobody could look there");
            None
        }
        (false, None) => {
            from.fault("audit.address", "is empty, and there is an audit.imap_url: no copy would arrive there");
            None
        }
    }
}

fn dkim(from: &mut Reader) -> Option<Dkim> {
    let key = from.secret("mail.dkim.key");
    let (domain, selector) = (from.text("mail.dkim.domain"), from.text("mail.dkim.selector"));
    let parts = [("domain", domain.is_empty()), ("selector", selector.is_empty()), ("key", key.expose().is_empty())];
    if parts.iter().all(|(_, is_empty)| *is_empty) {
        return None;
    }
    for (part, _) in parts.iter().filter(|(_, is_empty)| *is_empty) {
        from.fault(&format!("mail.dkim.{part}"), "is empty, and others of mail.dkim are not: nothing could be signed");
    }
    Some(Dkim { domain, selector, key })
}

fn limits(from: &mut Reader) -> Limits {
    let mut mib = |key: &str, least: u32| u64::from(from.whole(key, least, 1 << 20)) << 20;
    Limits {
        bytes: mib("limits.file_mib", 1),
        expanded: mib("limits.expanded_mib", 1),
        memory: mib("limits.memory_mib", 512),
        ratio: u64::from(from.whole("limits.ratio", 1, 1_000_000)),
        rows: u64::from(from.whole("limits.rows", 1, u32::MAX)),
        columns: from.whole("limits.columns", 1, 100_000) as usize,
        seconds: u64::from(from.whole("limits.seconds", 1, 86_400)),
        held: u64::from(from.whole("limits.held_mib", 0, u32::MAX)) << 20,
    }
}

fn fiscal_start(from: &mut Reader) -> u32 {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    from.checked("reporting.fiscal_year_starts", "a month: 1 to 12, or a name such as April", |text| {
        let head = text.split('-').next().unwrap_or(text);
        let named = head.get(..3).and_then(|name| MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month)));
        let month = match named {
            Some(index) => u32::try_from(index + 1).ok()?,
            None => head.parse().ok()?,
        };
        (1..=12).contains(&month).then_some(month)
    })
    .unwrap_or(1)
}

fn amount(from: &mut Reader, key: &str) -> Decimal {
    from.checked(key, "an amount of zero or more", |text| {
        text.parse::<Decimal>().ok().filter(|amount| !amount.is_sign_negative())
    })
    .unwrap_or_default()
}

fn share(from: &mut Reader, key: &str) -> Decimal {
    from.checked(key, "a fraction from 0 to 1", |text| {
        text.parse::<Decimal>().ok().filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share))
    })
    .unwrap_or_default()
}

fn holidays(from: &mut Reader) -> Vec<NaiveDate> {
    let mut days = Vec::new();
    for text in from.list("holidays.days") {
        match text.parse() {
            Ok(day) => days.push(day),
            Err(_) => from.fault("holidays.days", &format!("`{text}` is no date such as 2026-12-25")),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_environment(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        load(None, variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_defaults_are_valid() {
        let settings = from_environment(&[]).unwrap();
        assert_eq!(settings.reporting.currency, "EUR");
        assert_eq!(settings.constants, Constants::default());
        assert_eq!(settings.limits, Limits::default());
    }

    #[test]
    fn the_environment_overrides() {
        let settings = from_environment(&[
            ("MUSTER__REPORTING__TIME_ZONE", "America/New_York"),
            ("MUSTER__REPORTING__FISCAL_YEAR_STARTS", "April"),
            ("MUSTER__COSTS__LOADED_HOURLY_COST", "62.50"),
        ])
        .unwrap();
        assert_eq!(settings.reporting.calendar, Calendar { zone: chrono_tz::America::New_York, fiscal_start: 4 });
        assert_eq!(settings.constants.loaded_hourly_cost.to_string(), "62.50");
    }

    #[test]
    fn every_fault_is_reported_at_once_with_its_key() {
        let error = from_environment(&[
            ("MUSTER__REPORTING__TIME_ZONE", "Mars/Olympus"),
            ("MUSTER__REPORTING__CURENCY", "EUR"),
            ("MUSTER__TRUST__FLOOR", "70"),
        ])
        .unwrap_err();
        let text = error.to_string();
        for part in ["reporting.time_zone", "reporting.curency", "did you mean `reporting.currency`", "trust.floor"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let settings = from_environment(&[
            ("MUSTER__MAIL__TRANSPORT", "smtp"),
            ("MUSTER__MAIL__SMTP_URL", "smtps://user:canary@mail.example.com"),
        ])
        .unwrap();
        assert!(!format!("{settings:?}").contains("canary"));
    }
}
