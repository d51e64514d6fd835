//! What systems call the things of the canonical datasets.

/// Headers that usually hold the column, likeliest first.
pub fn of(column: &str, dataset: &str) -> Vec<&'static str> {
    let holds =
        |row: &&(&str, &str)| row.0.split(' ').any(|name| name == column || name == format!("{dataset}.{column}"));
    TABLE.iter().find(holds).map_or_else(Vec::new, |(_, headers)| headers.split(" | ").collect())
}

/// Columns, and the headers that usually hold them.
const TABLE: &[(&str, &str)] = &[
    (
        "asset_id",
        "Asset Tag | Asset ID | AssetID | Tag | Inventory number | Inventarnummer | Device ID | Computer | AssetName | Asset | CI | Name",
    ),
    ("serial", "Serial Number | SerialNumber | Serial No | Seriennummer | Service Tag | S/N"),
    ("asset_class", "Category | Model Category | Asset Type | Type | Class | Kategorie | Device Type | AssetTypename"),
    ("model", "Model Name | Display Name | Modell | Product"),
    (
        "business_unit owner_unit",
        "Department | Cost Center | CostCenter | Kostenstelle | Abteilung | Division | Company | Entity | Organisation | Org Unit | Business Unit",
    ),
    ("lifecycle_state", "Status | Install Status | State | Zustand | Status Label"),
    ("assigned_to", "Assigned To | Checked Out | User | Owner | Primary user UPN | Username | Benutzer"),
    ("location", "Site | Standort | Building | Office"),
    ("purchase_cost", "Cost | Purchase Price | Price | Kaufpreis | Preis | Unit Cost | Purchase Cost"),
    ("purchased_on", "Purchase Date | Purchased | Kaufdatum | Order Date | Invoice Date | PurchaseDate"),
    ("in_service_on", "Install Date | Checkout Date | Deployed | Enrollment date | In Service Date | Inbetriebnahme"),
    ("last_active_at", "Last check-in | Last Seen | Last Logon | Last Contact | Last Sync"),
    ("warranty_ends_on", "Warranty Expires | Warranty Expiration | Warranty End | Garantie bis | Warranty Date"),
    ("verified_on", "Last Audit | Audit Date | Last Inventory | Verified"),
    ("updated_at", "Updated | Sys Updated On | Last Modified | Updated At | Last Update | Date Mod"),
    ("device_key", "Device ID | Device name | Hostname | Computer Name | AssetName | Id"),
    ("first_seen_at", "Enrollment date | First Seen | First Discovered | Firstseen"),
    ("last_seen_at", "Last check-in | Last Seen | Lastseen | Last Discovered | Last Contact"),
    (
        "person_id",
        "User Principal Name | User Name | Email | User Email | Employee ID | Personalnummer | Username | UPN | Sys ID",
    ),
    ("people.status", "Active | Employee Status | Status"),
    ("people.kind", "Employment Type | Worker Type | Type"),
    ("start_on", "Start Date | Hire Date | Eintritt | Joined"),
    ("end_on", "End Date | Termination Date | Last Day | Austritt | Leaving Date"),
    ("line_id", "Line ID | Document ID | DocumentId | Number | Invoice | Belegnummer | Expense"),
    ("category", "Category | Cost Category | GL Account | Kategorie | Konto"),
    ("cost_type", "Type | Cost Type | Category | Kostenart"),
    ("vendor", "Vendor Name | Supplier | Lieferant | VendorName | Manufacturer"),
    ("amount", "Amount | Budget Amount | BudgetAmount | Net Amount | Betrag | Total | Value"),
    ("posted_on", "Posting Date | PostingDate | Processed Date | Buchungsdatum | Invoice Date | Date"),
    ("period", "Month | Fiscal Period | Monat"),
    ("incident_id", "Number | Issue key | Key | Ticket | ID | Incident"),
    ("opened_at", "Created | Opened | Opening date | Sys Created On | Erstellt"),
    ("resolved_at", "Resolved | Closed At | Closed | Resolution date | Solved | Gelöst"),
    ("patch_id", "QID | Plugin ID | KB | CVE | cveID | Patch"),
    ("severity", "Risk | Severity | Priority | Schweregrad"),
    ("released_at", "Patch Publication Date | Published | Release Date | Date Added"),
    ("due_at", "Due Date | Deadline"),
    ("pool_id", "License Key | License ID | Agreement | Contract | License"),
    ("product", "Software | License | Software Name | Product Name | Application | Title"),
    ("publisher", "Vendor | Manufacturer | Software Publisher | Hersteller"),
    ("seats", "Seats Purchased | Quantity | Licenses | Total | Purchased Rights | Anzahl"),
    ("annual_unit_price annual_seat_price", "Unit Cost | Price | Unit Price | Annual Price"),
    ("license_type", "License Type | Type | Agreement Type"),
    ("starts_on", "Contract Start | Start Date | Valid From | Purchase Date"),
    ("ends_on", "Contract End | Expiration Date | End Date | Valid To | Expires"),
    ("installation_id", "Installation ID | Sys ID | ID"),
    ("device_id", "Device | Computer | Installed On | Hostname"),
    ("user_id", "User Email | User Principal Name | User | Username | Email | Actor"),
    ("installed_on", "Install Date | Installed"),
    (
        "last_used_on last_active_on",
        "Last Used Date | Last Used | Last Activity Date | Last Active | Last Sign-in | Last Login",
    ),
    ("app", "Application | Product | Software | Assigned Products | Service"),
    ("assigned_on", "License Assign Date | Assigned | Assigned Date | Created"),
    ("renewal_on", "Renewal Date | Contract End | Ends | Expiration Date"),
    ("notice_days", "Notice Period | Renewal Notice Days | Notice"),
    ("annual_value", "Annual Cost | Contract Value | Yearly Cost | Total Cost"),
    ("renewal_id", "Contract | Number | Contract ID"),
    ("return_id", "Return | Number | ID"),
    ("due_on", "Due Date | Last Day | Expected Checkin Date"),
    ("received_on", "Returned | Received | Last Checkin Date"),
];

/// Our word for a usual one of others.
pub fn word<'a>(theirs: &str, ours: &'a [String]) -> Option<&'a str> {
    let usual = match theirs.trim().to_lowercase().as_str() {
        "deployed" | "in use" | "installed" | "in production" | "active" | "used" | "1" => &["in_use", "active"][..],
        "in stock" | "stock" | "ready to deploy" | "available" | "spare" => &["in_stock"],
        "on order" | "ordered" | "new" => &["ordered", "open"],
        "in transit" | "pending" | "pending install" => &["in_transit", "pending"],
        "repair" | "in maintenance" | "broken" | "out for repair" => &["in_repair"],
        "retired" | "archived" | "decommissioned" => &["retired"],
        "disposed" | "sold" | "scrapped" => &["disposed"],
        "lost" | "stolen" | "absent" => &["missing", "lost"],
        "terminated" | "inactive" | "left" | "disabled" | "false" | "0" => &["left"],
        "true" | "enabled" | "current" => &["active"],
        "permanent" | "full-time" | "full time" | "internal" => &["employee"],
        "external" | "contingent" | "temp" => &["contractor"],
        "in progress" | "on hold" | "assigned" | "to do" | "processing" => &["open"],
        "done" | "solved" => &["resolved"],
        "canceled" | "cancelled" | "rejected" | "declined" => &["cancelled", "rejected"],
        "processed" | "paid" | "booked" => &["posted"],
        "submitted" | "draft" | "approved" => &["pending"],
        "incident" | "bug" | "problem" => &["failure"],
        "service request" | "request" => &["request"],
        "serious" | "important" => &["high"],
        "moderate" => &["medium"],
        "saas" | "subscription" | "annual" => &["subscription"],
        "named user" | "per user" | "user" => &["user"],
        "workstation" | "per device" | "node" => &["device"],
        _ => return None,
    };
    usual.iter().find_map(|word| ours.iter().find(|own| own == word)).map(String::as_str)
}
