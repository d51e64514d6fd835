//! The software the group runs: products on devices, and services in the browser.

/// A product installed on devices. Money is in whole units of the reporting currency.
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) publisher: &'static str,
    pub(super) currency: &'static str,
    /// Licensed per user rather than per device.
    pub(super) per_user: bool,
    pub(super) required: bool,
    /// Yearly price of a subscription, purchase price of a perpetual licence.
    pub(super) price: i64,
    /// Yearly maintenance of a perpetual licence; subscriptions have none.
    pub(super) maintenance: Option<i64>,
    pub(super) classes: &'static [&'static str],
    /// Share of the devices of those classes, per industry.
    pub(super) share: [f64; 4],
    /// Share of the installations that are used.
    pub(super) usage: f64,
    /// Seats bought per installation.
    pub(super) cover: f64,
    /// Month and day on which the contract runs out.
    pub(super) ends: (u32, u32),
}

/// An application bought per seat.
pub(super) struct App {
    pub(super) name: &'static str,
    pub(super) vendor: &'static str,
    pub(super) currency: &'static str,
    /// Yearly price of a seat; none where the seats come with a product.
    pub(super) price: Option<i64>,
    /// Share of the people who have a seat, per industry.
    pub(super) share: [f64; 4],
    pub(super) usage: f64,
    pub(super) cover: f64,
    pub(super) ends: (u32, u32),
}

const CLIENTS: &[&str] = &["laptop", "desktop"];
const SERVERS: &[&str] = &["server"];

const TOOL: Product = Product {
    name: "",
    publisher: "",
    currency: "EUR",
    per_user: false,
    required: true,
    price: 0,
    maintenance: None,
    classes: CLIENTS,
    share: [0.0; 4],
    usage: 0.9,
    cover: 1.1,
    ends: (12, 31),
};

#[rustfmt::skip]
pub(super) const PRODUCTS: [Product; 20] = [
    Product { name: "Brightfen Office", publisher: "Brightfen", per_user: true, price: 168, share: [0.98, 0.82, 0.78, 0.95], usage: 0.885, cover: 1.12, ..TOOL },
    Product { name: "Bastrel Endpoint", publisher: "Bastrel Security", price: 42, share: [0.99, 0.97, 0.95, 0.97], usage: 0.985, cover: 1.05, ends: (3, 31), ..TOOL },
    Product { name: "Lumivar PDF Editor", publisher: "Lumivar", currency: "USD", per_user: true, price: 96, share: [0.42, 0.18, 0.20, 0.25], usage: 0.48, cover: 0.80, ends: (11, 30), ..TOOL },
    Product { name: "Draftmoor CAD", publisher: "Draftmoor", price: 4_200, maintenance: Some(760), share: [0.02, 0.0, 0.30, 0.04], usage: 0.80, cover: 0.96, ends: (1, 31), ..TOOL },
    Product { name: "Draftmoor Viewer", publisher: "Draftmoor", required: false, share: [0.05, 0.0, 0.25, 0.05], ..TOOL },
    Product { name: "Planvane Projects", publisher: "Planvane", currency: "USD", per_user: true, price: 320, share: [0.26, 0.04, 0.12, 0.06], usage: 0.48, cover: 1.30, ends: (11, 15), ..TOOL },
    Product { name: "Chartvale Diagrams", publisher: "Brightfen", price: 130, share: [0.26, 0.05, 0.14, 0.10], usage: 0.42, cover: 0.93, ends: (12, 31), ..TOOL },
    Product { name: "Statmere", publisher: "Statmere Analytics", currency: "GBP", price: 890, share: [0.05, 0.04, 0.01, 0.06], usage: 0.62, cover: 1.25, ends: (8, 31), ..TOOL },
    Product { name: "Cantrell Database", publisher: "Cantrell", currency: "USD", price: 9_400, maintenance: Some(2_050), classes: SERVERS, share: [0.60, 0.50, 0.45, 0.30], usage: 0.93, cover: 1.15, ends: (5, 31), ..TOOL },
    Product { name: "Marrow Virtual Host", publisher: "Marrow Systems", currency: "USD", price: 1_650, classes: SERVERS, share: [0.85, 0.80, 0.75, 0.60], usage: 0.96, cover: 1.25, ends: (1, 15), ..TOOL },
    Product { name: "Quillstone Publisher", publisher: "Pixhaven", price: 540, share: [0.09, 0.01, 0.03, 0.10], usage: 0.38, cover: 1.20, ends: (10, 31), ..TOOL },
    Product { name: "Farspan Remote Access", publisher: "Farspan", price: 38, share: [0.92, 0.45, 0.50, 0.70], usage: 0.58, cover: 0.96, ends: (9, 30), ..TOOL },
    Product { name: "Vaultmere Backup", publisher: "Vaultmere", price: 24, share: [0.50, 0.40, 0.35, 0.20], usage: 0.93, cover: 1.12, ends: (6, 30), ..TOOL },
    Product { name: "Scanova Mobile", publisher: "Forgeline Automation", price: 60, classes: &["handheld_scanner"], share: [0.0, 0.0, 0.97, 0.0], usage: 0.86, cover: 1.15, ends: (4, 30), ..TOOL },
    Product { name: "Radivue Imaging Client", publisher: "Salvira Medical", currency: "GBP", price: 1_900, maintenance: Some(380), share: [0.0, 0.24, 0.0, 0.0], usage: 0.82, cover: 1.20, ends: (2, 28), ..TOOL },
    Product { name: "Floorpilot Client", publisher: "Forgeline Automation", price: 410, classes: &["shopfloor_terminal"], share: [0.0, 0.0, 0.97, 0.0], usage: 0.91, cover: 1.10, ends: (12, 15), ..TOOL },
    Product { name: "Pixhaven Photo", publisher: "Pixhaven", price: 290, share: [0.10, 0.02, 0.02, 0.12], usage: 0.40, cover: 1.25, ends: (10, 31), ..TOOL },
    Product { name: "Testbench Vector", publisher: "Statmere Analytics", currency: "GBP", price: 1_450, share: [0.0, 0.0, 0.10, 0.04], usage: 0.66, cover: 1.20, ends: (7, 31), ..TOOL },
    Product { name: "Sablefox Browser", publisher: "Sablefox Foundation", required: false, share: [1.0, 0.95, 0.9, 1.0], ..TOOL },
    Product { name: "Zipmere Archiver", publisher: "Zipmere", required: false, share: [0.4, 0.2, 0.3, 0.4], ..TOOL },
];

const SERVICE: App =
    App { name: "", vendor: "", currency: "EUR", price: None, share: [0.0; 4], usage: 0.9, cover: 1.1, ends: (12, 31) };

#[rustfmt::skip]
pub(super) const APPS: [App; 14] = [
    App { name: "Nimbrel Collaborate", vendor: "Nimbrel", price: Some(264), share: [0.99, 0.92, 0.72, 0.97], usage: 0.94, cover: 1.06, ..SERVICE },
    App { name: "Quorvane CRM", vendor: "Quorvane", currency: "USD", price: Some(1_140), share: [0.52, 0.08, 0.22, 0.05], usage: 0.66, cover: 1.22, ends: (12, 15) },
    App { name: "Peopleloft HR", vendor: "Peopleloft", price: Some(84), share: [1.0, 0.97, 0.85, 1.0], usage: 0.64, cover: 1.05, ends: (3, 31), ..SERVICE },
    App { name: "Hexmoor Analytics", vendor: "Hexmoor", currency: "USD", price: Some(700), share: [0.46, 0.22, 0.18, 0.10], usage: 0.50, cover: 1.25, ends: (11, 20) },
    App { name: "Ledgerwise Finance", vendor: "Ledgerwise", price: Some(1_450), share: [0.38, 0.05, 0.10, 0.06], usage: 0.86, cover: 1.08, ends: (1, 10), ..SERVICE },
    App { name: "Larkspire Learning", vendor: "Larkspire", price: Some(72), share: [0.98, 0.95, 0.50, 1.0], usage: 0.44, cover: 1.10, ends: (8, 31), ..SERVICE },
    App { name: "Signmark eSign", vendor: "Signmark", currency: "GBP", price: Some(196), share: [0.40, 0.15, 0.15, 0.10], usage: 0.42, cover: 1.25, ends: (12, 5) },
    App { name: "Tarnwick Service Desk", vendor: "Tarnwick", price: Some(540), share: [0.20, 0.05, 0.04, 0.06], usage: 0.90, cover: 1.10, ends: (5, 15), ..SERVICE },
    App { name: "Boardstroke Canvas", vendor: "Boardstroke", price: Some(120), share: [0.66, 0.10, 0.14, 0.50], usage: 0.36, cover: 1.30, ends: (10, 15), ..SERVICE },
    App { name: "Sollenberg PLM Cloud", vendor: "Sollenberg", currency: "USD", price: Some(1_880), share: [0.02, 0.0, 0.28, 0.0], usage: 0.74, cover: 1.15, ends: (1, 31) },
    App { name: "Wardline Rostering", vendor: "Wardline", price: Some(340), share: [0.0, 0.9, 0.1, 0.0], usage: 0.88, cover: 1.05, ends: (6, 30), ..SERVICE },
    App { name: "Mirafern Meetings", vendor: "Mirafern", price: Some(138), share: [0.88, 0.50, 0.32, 0.80], usage: 0.64, cover: 1.18, ends: (9, 15), ..SERVICE },
    App { name: "Foldcrest Design", vendor: "Foldcrest", currency: "GBP", price: Some(560), share: [0.12, 0.02, 0.06, 0.15], usage: 0.54, cover: 1.25, ends: (11, 30) },
    // the seats of an installed product: who may install it
    App { name: "Brightfen Office", vendor: "Brightfen", share: [0.99, 0.90, 0.62, 1.0], usage: 0.90, ..SERVICE },
];
