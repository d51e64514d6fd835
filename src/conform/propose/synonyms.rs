//! What systems call the things of the canonical datasets.

/// Headers that usually hold the column, likeliest first.
pub fn of(column: &str, dataset: &str) -> Vec<&'static str> {
    let holds =
        |row: &&(&str, &str)| row.0.split(' ').any(|name| name == column || name == format!("{dataset}.{column}"));
    TABLE.iter().find(holds).map_or_else(Vec::new, |(_, headers)| headers.split(" | ").collect())
}

/// Headers of what a thing is called, where its id stands beside.
pub const NAMES: [&str; 7] = ["name", "bezeichnung", "description", "beschreibung", "title", "label", "nom"];

/// Columns, and the headers that usually hold them.
const TABLE: &[(&str, &str)] = &[
    (
        "asset_id",
        "Asset Tag | Asset ID | AssetID | Tag | Inventory number | Inventarnummer | Anlagennummer | Geräte-ID | Device ID | Computer | AssetName | Asset | CI | Gerät | Affected asset | Configuration item | Numéro d'inventaire | Name",
    ),
    (
        "serial",
        "Serial Number | SerialNumber | Serial No | Seriennummer | Fabriknummer | Service Tag | S/N | Numéro de série",
    ),
    (
        "asset_class",
        "Category | Model Category | Asset Type | Type | Class | Kategorie | Geräteklasse | Gerätetyp | Geräteart | Anlagenklasse | Typ | Device Type | AssetTypename | Catégorie",
    ),
    ("model", "Model Name | Display Name | Modell | Bezeichnung | Modellbezeichnung | Product | Modèle"),
    (
        "business_unit owner_unit",
        "Department | Cost Center | CostCenter | Kostenstelle | Abteilung | Bereich | Geschäftsbereich | Organisationseinheit | Division | Company | Entity | Organisation | Org Unit | Business Unit | Service | Entité | Firma | Department ID | Abteilungs-ID",
    ),
    ("lifecycle_state", "Status | Install Status | State | Zustand | Lebenszyklus | Status Label | Statut"),
    (
        "assigned_to",
        "Assigned To | Checked Out | User | Owner | Primary user UPN | Username | Benutzer | Nutzer | Zugewiesen an | Inhaber | Utilisateur",
    ),
    ("location", "Site | Standort | Gebäude | Raum | Building | Office | Lieu"),
    (
        "purchase_cost",
        "Cost | Purchase Price | Price | Kaufpreis | Anschaffungswert | Anschaffungskosten | Einkaufspreis | Preis | Unit Cost | Purchase Cost | Valeur",
    ),
    (
        "purchased_on",
        "Purchase Date | Purchased | Kaufdatum | Anschaffungsdatum | Gekauft am | Zugangsdatum | Order Date | Invoice Date | PurchaseDate | Date d'achat",
    ),
    (
        "in_service_on",
        "Install Date | Checkout Date | Deployed | Enrollment date | In Service Date | Inbetriebnahme | Inbetriebnahmedatum | Ausgabedatum",
    ),
    (
        "last_active_at",
        "Last check-in | Last Seen | Last Logon | Last Contact | Last Sync | Zuletzt gesehen | Letzte Anmeldung | Letzter Kontakt",
    ),
    (
        "warranty_ends_on",
        "Warranty Expires | Warranty Expiration | Warranty End | Garantie bis | Garantieende | Garantieablauf | Warranty Date",
    ),
    ("verified_on", "Last Audit | Audit Date | Last Inventory | Verified | Inventurdatum | Letzte Inventur"),
    (
        "updated_at",
        "Updated | Sys Updated On | Last Modified | Updated At | Last Update | Date Mod | Geändert am | Letzte Änderung | Aktualisiert",
    ),
    ("device_key", "Device ID | Device name | Hostname | Computer Name | AssetName | Gerätename | Rechnername | Id"),
    ("first_seen_at", "Enrollment date | First Seen | First Discovered | Firstseen | Zuerst gesehen"),
    (
        "last_seen_at",
        "Last check-in | Last Seen | Lastseen | Last Discovered | Last Contact | Zuletzt gesehen | Letzter Kontakt",
    ),
    (
        "person_id",
        "User Principal Name | User Name | Email | User Email | Employee ID | Personalnummer | Mitarbeiternummer | Benutzername | E-Mail-Adresse | Username | UPN | Sys ID",
    ),
    ("people.status", "Active | Employee Status | Status | Aktiv"),
    ("people.kind", "Employment Type | Worker Type | Type | Vertragsart | Beschäftigungsart | Mitarbeitertyp"),
    ("start_on", "Start Date | Hire Date | Eintritt | Eintrittsdatum | Joined"),
    ("end_on", "End Date | Termination Date | Last Day | Austritt | Austrittsdatum | Letzter Tag | Leaving Date"),
    (
        "line_id",
        "Line ID | Document ID | DocumentId | Number | Invoice | Belegnummer | Buchungsnummer | Rechnungsnummer | Dokumentnummer | Expense",
    ),
    (
        "category",
        "Category | Cost Category | GL Account | Kategorie | Konto | Sachkonto | Kostenart | Kontobezeichnung",
    ),
    ("cost_type", "Cost Type | Type | Art | Kostenart | Category | Kategorie | Konto"),
    ("vendor", "Vendor Name | Supplier | Lieferant | Kreditor | Anbieter | VendorName | Manufacturer | Fournisseur"),
    (
        "amount",
        "Amount | Budget Amount | BudgetAmount | Net Amount | Betrag | Nettobetrag | Betrag netto | Planbetrag | Plan | Total | Value | Montant",
    ),
    (
        "posted_on",
        "Posting Date | PostingDate | Processed Date | Buchungsdatum | Belegdatum | Rechnungsdatum | Invoice Date | Date | Datum",
    ),
    ("period", "Month | Fiscal Period | Monat | Periode | Buchungsperiode | Mois"),
    (
        "incident_id",
        "Number | Issue key | Key | Ticket | Ticketnummer | Ticket-ID | Vorgangsnummer | Vorgangsschlüssel | Nummer | ID | Incident",
    ),
    (
        "opened_at",
        "Created | Opened | Opening date | Sys Created On | Erstellt | Erstellt am | Eröffnet am | Geöffnet | Erstelldatum | Date d'ouverture",
    ),
    (
        "resolved_at",
        "Resolved | Closed At | Closed | Resolution date | Solved | Gelöst | Gelöst am | Erledigt am | Geschlossen am | Lösungsdatum | Date de résolution",
    ),
    ("patch_id", "QID | Plugin ID | KB | CVE | cveID | Patch | Patch-ID"),
    ("severity", "Risk | Severity | Priority | Schweregrad | Priorität | Kritikalität"),
    ("released_at", "Patch Publication Date | Published | Release Date | Date Added | Veröffentlicht am"),
    ("due_at", "Due Date | Deadline | Frist | Fällig am"),
    (
        "pool_id",
        "License Key | License ID | Agreement | Contract | License | Lizenznummer | Lizenzschlüssel | Vertragsnummer",
    ),
    (
        "product",
        "Software | License | Software Name | Product Name | Application | Title | Produkt | Produktname | Anwendung | Lizenz | Logiciel",
    ),
    ("publisher", "Vendor | Manufacturer | Software Publisher | Hersteller | Anbieter | Éditeur"),
    (
        "seats",
        "Seats Purchased | Quantity | Licenses | Total | Purchased Rights | Anzahl | Menge | Anzahl Lizenzen | Stückzahl",
    ),
    (
        "annual_unit_price annual_seat_price",
        "Annual Price | Unit Cost | Price | Unit Price | Preis pro Jahr | Jahrespreis | Stückpreis | Einzelpreis | Preis",
    ),
    ("license_type", "License Type | Type | Agreement Type | Lizenzart | Lizenztyp | Lizenzmodell"),
    (
        "starts_on",
        "Contract Start | Start Date | Valid From | Purchase Date | Vertragsbeginn | Gültig ab | Laufzeitbeginn | Beginn",
    ),
    (
        "ends_on",
        "Contract End | Expiration Date | End Date | Valid To | Expires | Vertragsende | Gültig bis | Laufzeitende | Ende",
    ),
    ("installation_id", "Installation ID | Sys ID | ID"),
    ("device_id", "Device | Computer | Installed On | Hostname | Rechner | Rechnername | Gerät"),
    (
        "user_id",
        "User Email | User Principal Name | User | Username | Email | Actor | Benutzer | Benutzername | Nutzer",
    ),
    ("installed_on", "Install Date | Installed | Installiert am | Installationsdatum"),
    (
        "last_used_on last_active_on",
        "Last Used Date | Last Used | Last Activity Date | Last Active | Last Sign-in | Last Login",
    ),
    ("app", "Application | Product | Software | Assigned Products | Service | Anwendung | Dienst"),
    ("assigned_on", "License Assign Date | Assigned | Assigned Date | Created | Zugewiesen am"),
    (
        "renewal_on",
        "Renewal Date | Contract End | Ends | Expiration Date | Vertragsende | Verlängerung am | Laufzeitende",
    ),
    ("notice_days", "Notice Period | Renewal Notice Days | Notice | Kündigungsfrist | Kündigungsfrist Tage"),
    (
        "annual_value",
        "Annual Cost | Contract Value | Yearly Cost | Total Cost | Jahreswert | Vertragswert | Jahreskosten | Kosten pro Jahr",
    ),
    ("renewal_id", "Contract | Number | Contract ID | Vertragsnummer | Vertrag"),
    (
        "incidents.kind",
        "Type | Issue Type | Ticket Type | Art | Ticketart | Ticket-Typ | Vorgangstyp | Category | Kategorie",
    ),
    ("incidents.state", "Status | State | Zustand | Statut"),
    ("currency", "Currency Code | Währung | Währungsschlüssel | Devise"),
    ("return_id", "Return | Number | ID"),
    ("due_on", "Due Date | Last Day | Expected Checkin Date | Fällig am | Rückgabe bis"),
    ("received_on", "Returned | Received | Last Checkin Date | Zurückgegeben am | Rückgabe"),
];

/// Our word for a usual one of others.
pub fn word<'a>(theirs: &str, ours: &'a [String]) -> Option<&'a str> {
    if let Some(own) = ours.iter().find(|own| theirs.trim().eq_ignore_ascii_case(own)) {
        return Some(own);
    }
    let usual = match theirs.trim().to_lowercase().as_str() {
        "deployed" | "in use" | "installed" | "in production" | "active" | "used" | "1" | "in betrieb"
        | "in verwendung" | "in nutzung" | "im einsatz" | "ausgegeben" | "aktiv" | "en service" => {
            &["in_use", "active"][..]
        }
        "in stock" | "stock" | "ready to deploy" | "available" | "spare" | "lager" | "auf lager" | "verfügbar"
        | "en stock" => &["in_stock"],
        "on order" | "ordered" | "new" | "neu" | "bestellt" | "offen" | "commandé" => &["ordered", "open"],
        "in transit" | "pending" | "pending install" | "unterwegs" | "ausstehend" => &["in_transit", "pending", "open"],
        "repair" | "in maintenance" | "broken" | "out for repair" | "reparatur" | "in reparatur" | "defekt"
        | "in wartung" => &["in_repair"],
        "retired" | "archived" | "decommissioned" | "ausgemustert" | "außer betrieb" | "stillgelegt" | "réformé" => {
            &["retired"]
        }
        "disposed" | "sold" | "scrapped" | "entsorgt" | "verkauft" | "verschrottet" => &["disposed"],
        "lost" | "stolen" | "absent" | "verloren" | "gestohlen" | "vermisst" => &["missing", "lost"],
        "terminated" | "inactive" | "left" | "disabled" | "false" | "0" | "ausgeschieden" | "ausgetreten"
        | "inaktiv" => &["left"],
        "true" | "enabled" | "current" => &["active"],
        "permanent" | "full-time" | "full time" | "internal" | "unbefristet" | "festangestellt" | "intern" => {
            &["employee"]
        }
        "external" | "contingent" | "temp" | "extern" | "befristet" | "freelancer" => &["contractor"],
        "in progress" | "on hold" | "assigned" | "to do" | "processing" | "in bearbeitung" | "wartend"
        | "zugewiesen" => &["open"],
        "done" | "solved" | "gelöst" | "erledigt" => &["resolved"],
        "geschlossen" | "abgeschlossen" => &["closed"],
        "canceled" | "cancelled" | "rejected" | "declined" | "storniert" | "abgelehnt" | "abgebrochen" => {
            &["cancelled", "rejected"]
        }
        "processed" | "paid" | "booked" | "gebucht" | "bezahlt" => &["posted"],
        "submitted" | "draft" | "approved" | "vorerfasst" => &["pending"],
        "incident" | "bug" | "problem" | "störung" | "vorfall" => &["failure"],
        "service request" | "request" | "anforderung" | "anfrage" | "serviceanfrage" | "demande" => &["request"],
        "serious" | "important" | "hoch" => &["high"],
        "kritisch" => &["critical"],
        "moderate" | "mittel" => &["medium"],
        "niedrig" | "gering" => &["low"],
        "saas" | "subscription" | "annual" | "abonnement" | "abo" | "miete" => &["subscription"],
        "kauf" | "kauflizenz" | "dauerlizenz" | "unbegrenzt" => &["perpetual"],
        "named user" | "per user" | "user" | "benutzer" | "pro benutzer" => &["user"],
        "workstation" | "per device" | "node" | "gerät" | "pro gerät" => &["device"],
        "hardware" | "anschaffung" | "kauf hardware" => &["acquisition"],
        "wartung" | "instandhaltung" | "reparaturen" => &["maintenance"],
        "lizenzen" | "softwarelizenzen" | "licenses" | "licences" => &["software"],
        "dienstleistung" | "beratung" | "sonstiges" | "consulting" => &["other"],
        "betrieb" | "hosting" | "service" | "services" => &["support"],
        "entsorgung" => &["disposal"],
        _ => return None,
    };
    usual.iter().find_map(|word| ours.iter().find(|own| own == word)).map(String::as_str)
}
