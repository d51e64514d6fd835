#!/usr/bin/env python3
"""An independent oracle for the 26 KPIs: KPIS.md read phrase by phrase, in plain loops.

    oracle.py EXTRACTS_DIR --period 2026-10 [--tz Europe/Berlin] [--currency EUR]
                           [--fiscal-start 1] --out expected.csv

Only the standard library. Slow and plain on purpose; a quoted comment ("...") is the phrase of KPIS.md the
lines below it come from. Where the book is silent see AMBIGUITIES.md; the contested readings can be switched with
`--choose name=value` (see CHOICES).
"""
import argparse
import csv
import gzip
import os
import re
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

# Contested readings: name -> (value taken, other values). See AMBIGUITIES.md.
CHOICES = {
    "annualised": "pooled",        # pooled | per_asset          (KPI 1)
    "overage": "end",              # end | last_day              (KPI 6: date + refresh < end, or < last day)
    "saas_scale": "both",          # both | cap                  (KPI 23: over-allocated apps)
    "parts": "counts",             # counts | sets               (KPI 24: the three parts)
    "people": "dates",             # dates | status              (KPI 26: active people)
    "ghosts": "personal",          # personal | in_use | active  (KPI 26: which assets can be ghosts)
    "band_money": "split",         # split | together            (KPI 26: money below the band only in `gap`)
    "class_fallback": "asset",     # asset | none                (KPIs 8, 11, 13, 20: row without a class)
    "perpetual_no_maint": "zero",  # zero | unpriced             (KPIs 3, 21)
    "cancelled_saving": "literal", # literal | full              (KPI 25: cancelled without a new value)
    "ledger_nights": "all",        # all | until_end             (late rows restate)
}

UNASSIGNED, ALL = "Unassigned", "ALL"

# "Defaults (config): loaded hourly cost 50, breach cost per asset 10 000, annual cost per device 600"
LOADED_HOURLY_COST = Fraction(50)
BREACH_COST = Fraction(10_000)
ANNUAL_DEVICE_COST = Fraction(600)

# --------------------------------------------------------------------------------------------------------------
# Section 2: the contracts.   name[*|?]:type ;  type: s text, d date, t stamp, n number, b bool, a|b|c = value list
# --------------------------------------------------------------------------------------------------------------
CONTRACTS = {
    "business_units": ("reference", "business_unit* name parent? industry?"),
    "asset_classes": ("reference", "asset_class* refresh_years:n has_telemetry:b personal:b data_bearing:b list_price?:n currency?"),
    "fx_rates": ("reference", "period* currency* average_rate:n closing_rate:n"),
    "people": ("snapshot", "person_id* business_unit? status:active|left kind:employee|contractor|service start_on?:d end_on?:d"),
    "assets": ("snapshot", "asset_id* serial? asset_class model? business_unit? "
               "lifecycle_state:ordered|in_stock|in_transit|in_use|in_repair|retired|disposed|missing assigned_to? location? "
               "purchase_cost?:n purchased_on?:d in_service_on?:d last_active_at?:t warranty_ends_on?:d approved:b verified_on?:d "
               "verification_outcome?:matched|mismatched|missing updated_at?:t currency?"),
    "discovered_devices": ("snapshot", "device_key* serial? source business_unit? asset_class? first_seen_at:t last_seen_at:t excluded:b"),
    "costs": ("ledger", "line_id* asset_id? business_unit? asset_class? category "
              "cost_type:acquisition|deployment|maintenance|support|upgrade|disposal|proceeds|software|other vendor? amount:n "
              "posted_on:d state:posted|pending|rejected currency?"),
    "budgets": ("ledger", "business_unit* category* period* amount:n currency?"),
    "lifecycle_stages": ("ledger", "asset_id* business_unit? stage*:procurement|deployment|active_use|maintenance|decommissioning planned_on?:d completed_on?:d"),
    "disposals": ("ledger", "asset_id* business_unit? asset_class? left_use_on:d disposed_on?:d data_bearing:b sanitized_on?:d sanitization_verified:b certificate?"),
    "returns": ("ledger", "return_id* asset_id business_unit? trigger:offboarding|role_change|refresh due_on:d received_on?:d "
                "outcome?:returned|bought_out|lost book_value?:n currency?"),
    "incidents": ("ledger", "incident_id* asset_id? asset_class? business_unit? kind:failure|request opened_at:t failed_at?:t resolved_at?:t "
                  "state:open|resolved|closed|cancelled|duplicate affected_users?:n updated_at?:t"),
    "patches": ("snapshot", "asset_id* patch_id* business_unit? severity:critical|high|medium|low released_at:t due_at:t installed_at?:t "
                "pending_reboot:b exception:b superseded:b last_scanned_at?:t"),
    "entitlements": ("snapshot", "pool_id* product publisher? metric:device|user seats:n annual_unit_price?:n license_type:subscription|perpetual "
                     "annual_maintenance?:n starts_on?:d ends_on?:d owner_unit? currency?"),
    "installations": ("snapshot", "installation_id* device_id product business_unit? user_id? installed_on?:d last_used_on?:d license_required:b"),
    "saas_subscriptions": ("snapshot", "subscription_id* app seats:n annual_seat_price:n starts_on:d ends_on?:d owner_unit? currency?"),
    "saas_seats": ("snapshot", "app* user_id* business_unit? assigned_on:d last_active_on?:d"),
    "renewals": ("ledger", "renewal_id* vendor product? business_unit? renewal_on:d notice_days:n annual_value:n reviewed_on?:d "
                 "outcome?:auto_renewed|renewed|renegotiated|cancelled new_annual_value?:n currency?"),
    "audits": ("ledger", "audit_id* business_unit? kind completed_on?:d items_tested?:n items_clean?:n"),
    "audit_findings": ("ledger", "finding_id* audit_id business_unit? severity:major|minor raised_on:d closed_on?:d exposure?:n currency?"),
}


def parse_contract(text):
    columns = []
    for word in text.split():
        name, _, kind = word.partition(":")
        mark = name[-1] if name[-1] in "*?" else ""
        columns.append((name.rstrip("*?"), mark, kind or "s"))
    return columns


def parse_date(text):
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    # "Dates before 1901 or after 8999 are empty."
    return None if day.year < 1901 or day.year > 8999 else day


def parse_stamp(text):
    try:
        stamp = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    if stamp.year < 1901 or stamp.year > 8999:
        return None
    # "Stamps without a zone are UTC unless the source file says otherwise."
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=timezone.utc)
    return stamp.astimezone(timezone.utc)


def parse_cell(text, kind):
    text = (text or "").strip()
    if text == "":
        return None
    if kind == "s":
        return text
    if kind == "d":
        return parse_date(text)
    if kind == "t":
        return parse_stamp(text)
    if kind == "n":
        try:
            return Fraction(text)
        except (ValueError, ZeroDivisionError):
            return None
    if kind == "b":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    return text if text in kind.split("|") else None  # a value list


def impossible(dataset, row, columns):
    """The reason a row is impossible, or None."""
    # "an empty required column"
    for name, mark, _ in columns:
        if mark != "?" and row[name] is None:
            return f"empty {name}"

    def before(a, b):
        return row[a] is not None and row[b] is not None and row[a] < row[b]

    if dataset == "people" and before("end_on", "start_on"):
        return "a person that ends before it starts"
    if dataset in ("entitlements", "saas_subscriptions") and before("ends_on", "starts_on"):
        return "a pool that ends before it starts"
    if dataset == "discovered_devices" and before("last_seen_at", "first_seen_at"):
        return "last seen before first seen"
    if dataset == "incidents" and (before("resolved_at", "opened_at") or before("resolved_at", "failed_at")):
        return "resolved before opened or failed"
    if dataset == "patches" and (before("due_at", "released_at") or before("installed_at", "released_at")):
        return "due or installed before released"
    if dataset == "disposals" and before("disposed_on", "left_use_on"):
        return "disposed before leaving use"
    if dataset in ("entitlements", "saas_subscriptions") and row["seats"] < 0:
        return "negative seats"
    if dataset == "audits" and before("items_tested", "items_clean"):
        return "more items clean than tested"
    if dataset == "audit_findings" and before("closed_on", "raised_on"):
        return "closed before raised"
    if dataset == "renewals" and row["notice_days"] < 0:
        return "negative notice days"
    return None


class NotMeasured(Exception):
    """ "A missing required dataset makes its KPIs "not measured" " """


class Books:
    """The extracts, read once; gives clean rows."""

    def __init__(self, folder):
        self.folder = folder
        self.raw = {}       # dataset -> {night: [typed row]}
        self.clean = {}     # cache
        self.quarantine = defaultdict(int)
        for dataset in CONTRACTS:
            self.raw[dataset] = self.read(dataset)

    def read(self, dataset):
        nights = {}
        base = os.path.join(self.folder, dataset)
        if not os.path.isdir(base):
            return nights
        columns = parse_contract(CONTRACTS[dataset][1])
        for night in sorted(os.listdir(base)):
            path = os.path.join(base, night)
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", night) or not os.path.isdir(path):
                continue
            rows = []
            found = False
            for name in sorted(os.listdir(path)):
                full = os.path.join(path, name)
                if name.endswith(".csv"):
                    handle = open(full, encoding="utf-8-sig", newline="")
                elif name.endswith(".csv.gz"):
                    handle = gzip.open(full, "rt", encoding="utf-8-sig", newline="")
                else:
                    continue
                found = True
                with handle:
                    for record in csv.DictReader(handle):
                        row = {n: parse_cell(record.get(n), k) for n, _, k in columns}
                        row["_night"] = date.fromisoformat(night)
                        row["_row"] = len(rows)
                        rows.append(row)
            if found:
                nights[date.fromisoformat(night)] = rows
        return nights

    def settle(self, dataset, rows):
        """"First duplicates (one row per key: latest update stamp, then later night, then later row), then impossible rows" """
        columns = parse_contract(CONTRACTS[dataset][1])
        keys = [n for n, mark, _ in columns if mark == "*"]
        never = datetime(1, 1, 1, tzinfo=timezone.utc)
        winner = {}
        for row in rows:
            key = tuple(row[k] for k in keys)
            if None in key:
                self.quarantine[dataset, "empty key"] += 1
                continue
            rank = (row.get("updated_at") or never, row["_night"], row["_row"])
            if key not in winner or rank > winner[key][0]:
                if key in winner:
                    self.quarantine[dataset, "duplicate"] += 1
                winner[key] = (rank, row)
            else:
                self.quarantine[dataset, "duplicate"] += 1
        out = []
        for key in winner:
            row = winner[key][1]
            # "If the winning row of a key is impossible, the key is out."
            why = impossible(dataset, row, columns)
            if why:
                self.quarantine[dataset, why] += 1
            else:
                out.append(row)
        return out

    def rows(self, dataset, last_day):
        """The rows of a dataset that hold for a period ending on `last_day`."""
        kind = CONTRACTS[dataset][0]
        nights = self.raw[dataset]
        if kind == "snapshot":
            # "a month uses the latest night at or before its last day"
            usable = [n for n in nights if n <= last_day]
            if not usable:
                raise NotMeasured(f"{dataset}: no night at or before {last_day}")
            use = [max(usable)]
        elif kind == "ledger":
            # "the whole history each night, or increments: rows are merged by key, the latest update wins"
            use = sorted(nights)
            if CHOICES["ledger_nights"] == "until_end":
                use = [n for n in use if n <= last_day]
            if not use:
                raise NotMeasured(f"{dataset}: no night")
        else:
            # reference: the newest night there is
            if not nights:
                raise NotMeasured(f"{dataset}: no night")
            use = [max(nights)]
        cache = (dataset, tuple(use))
        if cache not in self.clean:
            merged = [row for n in use for row in nights[n]]
            self.clean[cache] = self.settle(dataset, merged)
        return self.clean[cache]

    def rows_or_none(self, dataset, last_day):
        try:
            return self.rows(dataset, last_day)
        except NotMeasured:
            return []


# --------------------------------------------------------------------------------------------------------------
# Time
# --------------------------------------------------------------------------------------------------------------
def add_months(day, months):
    """Calendar months; the 31st and the leap day fall back to the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    following = date(year + (month == 12), month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


class Period:
    """"A period is a fiscal month, quarter or year, `[start, end)` in the reporting time zone" """

    def __init__(self, label, zone, fiscal_start):
        self.label, self.zone, self.fiscal_start = label, zone, fiscal_start
        if re.fullmatch(r"\d{4}-\d\d", label):
            self.kind = "month"
            self.S = date(int(label[:4]), int(label[5:]), 1)
            length = 1
        else:
            year = int(label[:4])
            # a fiscal year is named after the calendar year it ENDS in
            first = date(year if fiscal_start == 1 else year - 1, fiscal_start, 1)
            if "-Q" in label:
                self.kind = "quarter"
                self.S = add_months(first, 3 * (int(label[-1]) - 1))
                length = 3
            else:
                self.kind = "year"
                self.S = first
                length = 12
        self.E = add_months(self.S, length)                      # first day after the period
        self.last_day = self.E - timedelta(days=1)               # "for date columns it is the last day"
        self.months = [add_months(self.S, i) for i in range(length)]
        self.start = self.midnight(self.S)
        self.end = self.midnight(self.E)                         # "`as_of` = the instant `end`"

    def midnight(self, day):
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(timezone.utc)

    def back(self, n):
        """"`back(n)` = local midnight n calendar days before `end`; the boundary belongs to the window" """
        return self.midnight(self.E - timedelta(days=n))

    def back_day(self, n):
        return self.E - timedelta(days=n)

    def holds_day(self, day):
        return day is not None and self.S <= day < self.E

    def holds(self, stamp):
        return stamp is not None and self.start <= stamp < self.end

    def happened(self, day):
        """"dated on or before the last day has happened" """
        return day is not None and day <= self.last_day

    def valid(self, starts_on, ends_on):
        """"valid when `starts_on <= last day <= ends_on`" """
        return (starts_on is None or starts_on <= self.last_day) and (ends_on is None or self.last_day <= ends_on)

    def last_month(self):
        return f"{self.last_day:%Y-%m}"

    def year_before(self):
        label = f"{int(self.label[:4]) - 1:04d}" + self.label[4:]
        return Period(label, self.zone, self.fiscal_start)


# --------------------------------------------------------------------------------------------------------------
# Numbers
# --------------------------------------------------------------------------------------------------------------
def percentile(values, share):
    """"medians and percentiles (linear interpolation)" """
    ordered = sorted(values)
    if not ordered:
        return None
    at = Fraction(len(ordered) - 1) * share
    low = at.numerator // at.denominator
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def median(values):
    return percentile(values, Fraction(1, 2))


def hours(delta):
    return Fraction(delta // timedelta(microseconds=1), 3_600_000_000)


PLACEHOLDERS = set("TOBEFILLEDBYOEM DEFAULTSTRING SYSTEMSERIALNUMBER SERIALNUMBER NONE NA NULL NOTSPECIFIED NOTAVAILABLE "
                   "NOTAPPLICABLE UNKNOWN INEXISTENTE OEM INVALID 123456789 0123456789".split())


def usable_serial(serial):
    """"one normalised serial (upper case, letters and digits only)"; None for a placeholder"""
    text = "".join(c for c in (serial or "").upper() if c.isalnum())
    if text == "" or text in PLACEHOLDERS:
        return None
    # "or all 0, 1, X or F"
    if set(text) in ({"0"}, {"1"}, {"X"}, {"F"}):
        return None
    return text


# --------------------------------------------------------------------------------------------------------------
# Cells. Every addition goes to the unit, its parents and ALL, once for all members and once for the member.
# --------------------------------------------------------------------------------------------------------------
class Cell:
    __slots__ = ("num", "den", "impact", "value", "fixed")

    def __init__(self):
        self.num, self.den, self.impact, self.value, self.fixed = None, None, None, None, False


RATIO, COUNT = "ratio", "count"

# kpi -> companion -> kind
FIGURES = {
    "tco_per_asset": {"": RATIO, "annualised": RATIO, "proceeds": COUNT, "coverage": RATIO},
    "cost_per_asset": {"": RATIO},
    "software_spend_utilization": {"": RATIO},
    "budget_variance": {"": RATIO},
    "asset_utilization_rate": {"": RATIO},
    "asset_age_distribution": {"": RATIO, "age_lt1": COUNT, "age_1_2": COUNT, "age_2_3": COUNT, "age_3_4": COUNT, "age_4_5": COUNT,
                               "age_ge5": COUNT, "age_unknown": COUNT, "crossing_q1": COUNT, "crossing_q2": COUNT,
                               "crossing_q3": COUNT, "crossing_q4": COUNT},
    "lifecycle_completion_rate": {"": RATIO},
    "mean_time_to_decommission": {"": RATIO, "waiting": COUNT, "waiting_median": COUNT, "waiting_longest": COUNT},
    "asset_discovery_rate": {"": RATIO},
    "inventory_accuracy_rate": {"": RATIO, "audit_coverage": RATIO, "audited_accuracy": RATIO},
    "mean_time_to_repair": {"": RATIO, "median": COUNT, "p90": COUNT},
    "asset_recovery_rate": {"": RATIO},
    "incident_frequency": {"": RATIO, "unattributed": COUNT},
    "license_compliance_rate": {"": RATIO, "surplus": COUNT},
    "unauthorized_asset_percentage": {"": RATIO},
    "patch_compliance_rate": {"": RATIO, "with_exceptions": RATIO},
    "critical_patch_timeliness": {"": RATIO},
    "audit_findings_count": {"": COUNT, "open": COUNT},
    "audit_success_rate": {"": RATIO},
    "data_sanitization_rate": {"": RATIO},
    "license_utilization_rate": {"": RATIO},
    "saas_usage_rate": {"": RATIO},
    "saas_license_utilization_rate": {"": RATIO},
    "shelfware_percentage": {"": RATIO, "part_not_allocated": RATIO, "part_allocated_not_installed": RATIO,
                             "part_installed_unused": RATIO, "part_all": RATIO},
    "renewal_optimization_rate": {"": RATIO, "saving": COUNT},
    "user_to_asset_ratio": {"": RATIO, "all_in_use": RATIO, "ghost_assets": COUNT, "gap": COUNT},
}
# recomputed from rows at every level: never zero-filled
RECOMPUTED = {("mean_time_to_decommission", "waiting_median"), ("mean_time_to_decommission", "waiting_longest"),
              ("mean_time_to_repair", "median"), ("mean_time_to_repair", "p90"), ("audit_success_rate", "")}
ENTERPRISE_ONLY = {("shelfware_percentage", c) for c in FIGURES["shelfware_percentage"] if c}


class Oracle:
    def __init__(self, books, period, currency):
        self.books, self.p, self.currency = books, period, currency
        self.cells = {}
        self.not_measured = {}
        self.left_out = defaultdict(int)      # rows whose rate is missing, per dataset
        self.load_units()
        self.load_reference()

    def rows(self, dataset):
        return self.books.rows(dataset, self.p.last_day)

    # ---- units ----------------------------------------------------------------------------------------------
    def load_units(self):
        rows = self.books.rows_or_none("business_units", self.p.last_day)
        self.industry = {r["business_unit"]: r["industry"] for r in rows}
        stated = {r["business_unit"]: r["parent"] for r in rows}
        self.parent = {}
        for unit, parent in stated.items():
            # an unknown parent makes a root; so does a parent that leads back to the unit itself
            if parent not in stated:
                parent = None
            seen, at = set(), parent
            while at is not None and at not in seen:
                if at == unit:
                    parent = None
                    break
                seen.add(at)
                at = stated.get(at) if stated.get(at) in stated else None
            self.parent[unit] = parent
        self.units = list(stated)

    def unit(self, name):
        # "An unmapped or empty unit is the visible unit `Unassigned`, part of `ALL`."
        return name if name in self.parent else UNASSIGNED

    def levels(self, unit):
        """The unit itself, its parents, ALL."""
        out, at = [], unit
        while at is not None:
            out.append(at)
            at = self.parent.get(at)
        return out + [ALL]

    # ---- reference and money ----------------------------------------------------------------------------------
    def load_reference(self):
        self.classes = {r["asset_class"]: r for r in self.books.rows_or_none("asset_classes", self.p.last_day)}
        self.rates = {(r["period"], r["currency"]): r for r in self.books.rows_or_none("fx_rates", self.p.last_day)}

    def convert(self, amount, currency, month, column, dataset):
        """"amount x rate, unrounded"; None = no amount, or "a row whose rate is missing is left out and listed, never taken at 1.0" """
        if amount is None:
            return None
        # "The reporting currency needs no row"
        if currency is None or currency == self.currency:
            return amount
        rate = self.rates.get((month, currency))
        if rate is None:
            self.left_out[dataset] += 1
            return None
        return amount * rate[column]

    def closing(self, amount, row, dataset):
        # "Stocks (every ledger line inside them too) use the closing rate of the last month"
        return self.convert(amount, row["currency"], self.p.last_month(), "closing_rate", dataset)

    def average(self, amount, row, day, dataset):
        # "flows, cohorts and budgets the average rate of the month of the event"
        return self.convert(amount, row["currency"], f"{day:%Y-%m}", "average_rate", dataset)

    def class_price(self, asset_class):
        """"Class price = median positive purchase_cost of assets of the class bought in the 12 months before `end`,
        enterprise-wide, else the class's list_price, else no money" """
        if not hasattr(self, "_prices"):
            bought = defaultdict(list)
            since = add_months(self.p.E, -12)
            for a in self.rows("assets"):
                if a["purchased_on"] is not None and since <= a["purchased_on"] < self.p.E:
                    cost = self.closing(a["purchase_cost"], a, "assets")
                    if cost is not None and cost > 0:
                        bought[a["asset_class"]].append(cost)
            self._prices = {c: median(v) for c, v in bought.items()}
        if asset_class in self._prices:
            return self._prices[asset_class]
        known = self.classes.get(asset_class)
        return self.closing(known["list_price"], known, "asset_classes") if known else None

    # ---- cells ------------------------------------------------------------------------------------------------
    def cell(self, kpi, companion, level, dimension):
        key = (kpi, companion, level, dimension)
        if key not in self.cells:
            self.cells[key] = Cell()
        return self.cells[key]

    def add(self, kpi, companion, unit, dimension, num=None, den=None, impact=None, levels=None):
        for level in levels or self.levels(unit):
            for d in {"", dimension or ""}:
                c = self.cell(kpi, companion, level, d)
                if num is not None:
                    c.num = (c.num or 0) + num
                if den is not None:
                    c.den = (c.den or 0) + den
                if impact is not None:
                    c.impact = (c.impact or 0) + impact

    def fix(self, kpi, companion, level, dimension, num, den, value):
        c = self.cell(kpi, companion, level, dimension)
        c.num, c.den, c.value, c.fixed = num, den, value, True

    def by_level(self, items):
        """items: (unit, dimension, thing) -> {(level, dimension): [things]}, for what is recomputed from rows at each level"""
        out = defaultdict(list)
        for unit, dimension, thing in items:
            for level in self.levels(unit):
                for d in {"", dimension or ""}:
                    out[level, d].append(thing)
        return out

    def every_level(self):
        return self.units + [UNASSIGNED, ALL]

    def asset_class_of(self, row):
        """A row's own class, else its asset record's."""
        if row["asset_class"] is not None or CHOICES["class_fallback"] == "none":
            return row["asset_class"]
        if not hasattr(self, "_asset_class"):
            self._asset_class = {a["asset_id"]: a["asset_class"] for a in self.books.rows_or_none("assets", self.p.last_day)}
        return self._asset_class.get(row["asset_id"])

    # ---- words --------------------------------------------------------------------------------------------------
    @staticmethod
    def in_service(a):
        return a["lifecycle_state"] in ("in_use", "in_repair")            # "In service = in_use, in_repair."

    @staticmethod
    def active_record(a):
        return a["lifecycle_state"] not in ("retired", "disposed")         # "Active record = not retired, not disposed."

    @staticmethod
    def under_management(a):
        return a["lifecycle_state"] in ("in_stock", "in_transit", "in_use", "in_repair")

    @staticmethod
    def birthday(a):
        return a["in_service_on"] or a["purchased_on"]                     # "from in_service_on, else purchased_on"

    def mean_closing_stock(self, test):
        """"the mean of the monthly closing stocks (months without any earlier night are left out of the mean)"
        -> {(unit, class): mean}"""
        counted = defaultdict(int)
        months = 0
        for first in self.p.months:
            last = add_months(first, 1) - timedelta(days=1)
            try:
                assets = self.books.rows("assets", last)
            except NotMeasured:
                continue
            months += 1
            for a in assets:
                if test(a):
                    counted[self.unit(a["business_unit"]), a["asset_class"]] += 1
        if months == 0:
            raise NotMeasured("assets: no month with an earlier night")
        return {k: Fraction(n, months) for k, n in counted.items()}

    # ============================================================================================================
    # 1
    def tco_per_asset(self):
        k = "tco_per_asset"
        six = ("acquisition", "deployment", "maintenance", "support", "upgrade", "disposal")
        cost, proceeds, bought = defaultdict(Fraction), defaultdict(Fraction), set()
        for line in self.rows("costs"):
            # "lifecycle-to-date posted cost"
            if line["state"] != "posted" or not self.p.happened(line["posted_on"]) or line["asset_id"] is None:
                continue
            if line["cost_type"] not in six and line["cost_type"] != "proceeds":
                continue
            amount = self.closing(line["amount"], line, "costs")
            if amount is None:
                continue
            if line["cost_type"] == "proceeds":
                proceeds[line["asset_id"]] += amount
            else:
                cost[line["asset_id"]] += amount
            if line["cost_type"] == "acquisition":
                bought.add(line["asset_id"])
        for a in self.rows("assets"):
            if not self.in_service(a):
                continue
            u, c, i = self.unit(a["business_unit"]), a["asset_class"], a["asset_id"]
            # "Both parts over assets in service that have a posted acquisition line (the rest lower the coverage)."
            self.add(k, "coverage", u, c, num=int(i in bought), den=1)
            if i not in bought:
                continue
            self.add(k, "", u, c, num=cost[i], den=1)
            self.add(k, "proceeds", u, c, num=proceeds[i])
            # "annualised = cost / months in service x 12 (days from in_service_on, else purchased_on, to `end` / 365.25 x 12)"
            day = self.birthday(a)
            if day is not None and day < self.p.E:
                years = Fraction((self.p.E - day).days * 100, 36525)
                if CHOICES["annualised"] == "pooled":
                    self.add(k, "annualised", u, c, num=cost[i], den=years)
                else:
                    self.add(k, "annualised", u, c, num=cost[i] / years, den=1)

    def tco_impact(self, year_before):
        # "Impact (A): annualised (now - same period last year) x assets"
        k = "tco_per_asset"
        for (kpi, companion, level, d), c in list(self.cells.items()):
            if kpi == k and companion == "":
                now, then = self.value_of(k, "annualised", level, d), year_before.value_of(k, "annualised", level, d)
                if now is not None and then is not None:
                    c.impact = (now - then) * (c.den or 0)

    # 2
    def cost_per_asset(self):
        k = "cost_per_asset"
        stock = self.mean_closing_stock(self.under_management)
        for line, amount in self.spend():
            self.add(k, "", self.unit(line["business_unit"]), "", num=amount)
        for (u, _), n in stock.items():
            self.add(k, "", u, "", den=n)
        # "Impact (A): (own - enterprise) x assets, when positive."
        enterprise = self.value_of(k, "", ALL, "")
        for level in self.every_level():
            own = self.value_of(k, "", level, "")
            if own is not None and enterprise is not None:
                c = self.cell(k, "", level, "")
                c.impact = max(Fraction(0), (own - enterprise) * c.den)

    def spend(self):
        """"Spend = posted lines of every type except proceeds; credits are negative." in the period"""
        for line in self.rows("costs"):
            if line["state"] == "posted" and line["cost_type"] != "proceeds" and self.p.holds_day(line["posted_on"]):
                amount = self.average(line["amount"], line, line["posted_on"], "costs")
                if amount is not None:
                    yield line, amount

    # 3
    def software_spend_utilization(self):
        k = "software_spend_utilization"
        # "Sum over products and apps of annual spend x min(1, active/purchased) / sum of annual spend"
        for product, s in self.seat_shares().items():
            spend = Fraction(0)
            for pool in s["pools"]:
                price = self.annual_price(pool)
                if price is not None:
                    spend += pool["seats"] * price
            self.share_spend(k, product, spend, s["seats"], s["den"], s["active"])
        for app, s in self.saas_shares().items():
            spend = Fraction(0)
            for sub in s["pools"]:
                price = self.closing(sub["annual_seat_price"], sub, "saas_subscriptions")
                if price is not None:
                    spend += sub["seats"] * price
            self.share_spend(k, app, spend, s["seats"], s["den"], s["active"])

    def share_spend(self, k, name, spend, seats, den, active):
        """The spend lies where the seats lie (KPIs 21, 23); the used part where the active consumers are."""
        if seats == 0:
            return                                            # "what has no seat count is outside"
        total = sum(active.values())                          # of the units' distinct active consumers
        used = spend * min(Fraction(1), Fraction(active[ALL], seats)) if ALL in active else Fraction(0)
        per_unit = {u: n for u, n in active.items() if u != ALL}
        total = sum(per_unit.values())
        for u in set(den) | set(per_unit):
            n = used * Fraction(per_unit.get(u, 0), total) if total else Fraction(0)
            d = spend * den.get(u, 0) / seats
            # "Impact (R): spend on unused capacity"
            self.add(k, "", u, name, num=n, den=d, impact=d - n)

    # 4
    def budget_variance(self):
        k = "budget_variance"
        budgets = self.rows("budgets")
        months = {f"{m:%Y-%m}": m for m in self.p.months}
        # "actual - budget, unbudgeted spend included; POSITIVE = OVERSPEND"; "Impact (A): the variance."
        for line, amount in self.spend():
            self.add(k, "", self.unit(line["business_unit"]), line["category"], num=amount, den=0, impact=amount)
        for b in budgets:
            if b["period"] in months:
                amount = self.average(b["amount"], b, months[b["period"]], "budgets")
                if amount is not None:
                    self.add(k, "", self.unit(b["business_unit"]), b["category"], num=-amount, den=amount, impact=-amount)

    # 5
    def asset_utilization_rate(self):
        k = "asset_utilization_rate"
        for a in self.rows("assets"):
            known = self.classes.get(a["asset_class"])
            # "assets in service whose class has telemetry"
            if not self.in_service(a) or known is None or not known["has_telemetry"]:
                continue
            # "last_active_at >= back(30), or in_service_on >= back(30) (grace)"
            busy = (a["last_active_at"] is not None and a["last_active_at"] >= self.p.back(30)) or (
                a["in_service_on"] is not None and a["in_service_on"] >= self.p.back_day(30))
            # "Impact (R): idle x class price"; without a price "counted, not priced"
            impact = Fraction(0) if busy else self.class_price(a["asset_class"])
            self.add(k, "", self.unit(a["business_unit"]), a["asset_class"], num=int(busy), den=1, impact=impact)

    # 6
    def asset_age_distribution(self):
        k = "asset_age_distribution"
        names = ["age_lt1", "age_1_2", "age_2_3", "age_3_4", "age_4_5", "age_ge5"]
        for a in self.rows("assets"):
            if not self.in_service(a):
                continue
            u, c, day = self.unit(a["business_unit"]), a["asset_class"], self.birthday(a)
            if day is None:
                self.add(k, "age_unknown", u, c, num=1)
                continue
            # "Histogram <1, 1-2, 2-3, 3-4, 4-5, >=5 years"; "Ages ... count to `end`"
            age = sum(1 for years in range(1, 6) if add_months(day, 12 * years) <= self.p.E)
            self.add(k, names[age], u, c, num=1)
            # "share of known-age assets strictly past date + refresh_years"
            known = self.classes.get(c)
            due = add_months(day, int(known["refresh_years"] * 12)) if known else None
            edge = self.p.E if CHOICES["overage"] == "end" else self.p.last_day
            over = due is not None and due < edge
            # "Impact (A): over-age x class price = refresh liability"
            self.add(k, "", u, c, num=int(over), den=1, impact=self.class_price(c) if over else Fraction(0))
            # "plus the same for the assets that cross in each of the four three-month windows after `end`"
            for q in range(4):
                if due is not None and add_months(edge, 3 * q) <= due < add_months(edge, 3 * q + 3):
                    self.add(k, f"crossing_q{q + 1}", u, c, num=1, impact=self.class_price(c))

    # 7
    def lifecycle_completion_rate(self):
        k = "lifecycle_completion_rate"
        order = ["procurement", "deployment", "active_use", "maintenance", "decommissioning"]
        of_asset = defaultdict(dict)
        for s in self.rows("lifecycle_stages"):
            of_asset[s["asset_id"]][s["stage"]] = s
        for stages in of_asset.values():
            for name, s in stages.items():
                if not self.p.holds_day(s["planned_on"]):
                    continue                                   # "stages due in the period"
                # "Stages completed on or before plan"
                done = s["completed_on"] is not None and s["completed_on"] <= s["planned_on"]
                # "with all earlier recorded stages complete before `end` (a stage never recorded does not matter)"
                for earlier in order[: order.index(name)]:
                    if earlier in stages and not self.p.happened(stages[earlier]["completed_on"]):
                        done = False
                self.add(k, "", self.unit(s["business_unit"]), name, num=int(done), den=1)

    # 8
    def mean_time_to_decommission(self):
        k = "mean_time_to_decommission"
        waits = []
        for d in self.rows("disposals"):
            u, c = self.unit(d["business_unit"]), self.asset_class_of(d)
            if self.p.holds_day(d["disposed_on"]):
                # "Sum of (disposed_on - left_use_on) / disposals completed"
                self.add(k, "", u, c, num=(d["disposed_on"] - d["left_use_on"]).days, den=1)
            # "how many still wait, their median and longest wait"; "waiting days count to `end`"
            if self.p.happened(d["left_use_on"]) and not self.p.happened(d["disposed_on"]):
                self.add(k, "waiting", u, c, num=1)
                waits.append((u, c, Fraction((self.p.E - d["left_use_on"]).days)))
        for (level, c), days in self.by_level(waits).items():
            self.fix(k, "waiting_median", level, c, median(days), None, median(days))
            self.fix(k, "waiting_longest", level, c, max(days), None, max(days))

    # 9, 15: devices
    def devices(self):
        """"A device = one normalised serial; without a usable serial one per device_key ... Excluded sightings are dropped row by row." """
        groups = defaultdict(list)
        for s in self.rows("discovered_devices"):
            if s["excluded"]:
                continue
            serial = usable_serial(s["serial"])
            groups[("serial", serial) if serial else ("key", s["device_key"])].append(s)
        records = defaultdict(list)
        for a in self.rows("assets"):
            serial = usable_serial(a["serial"])
            if serial and self.active_record(a):
                records[serial].append(a)
        out = []
        for (kind, serial), sightings in groups.items():
            latest = max(sightings, key=lambda s: (s["last_seen_at"], s["_row"]))
            # "Device in use = seen since back(30)"
            if latest["last_seen_at"] < self.p.back(30):
                continue
            matches = sorted(records.get(serial, []) if kind == "serial" else [], key=lambda a: a["asset_id"])
            # "devices the matched asset's, else the latest sighting's" unit
            unit = self.unit(matches[0]["business_unit"] if matches else latest["business_unit"])
            out.append((unit, matches, min(s["first_seen_at"] for s in sightings)))
        return out

    def asset_discovery_rate(self):
        k = "asset_discovery_rate"
        # "Devices in use that match an active record / devices in use"
        for u, matches, _ in self.devices():
            self.add(k, "", u, "", num=int(bool(matches)), den=1)

    # 10
    def inventory_accuracy_rate(self):
        k = "inventory_accuracy_rate"
        since = add_months(self.p.E, -12)
        for a in self.rows("assets"):
            if not self.active_record(a):
                continue
            u = self.unit(a["business_unit"])
            # "verified within 12 months"; "a future verification ... does not count"
            audited = a["verified_on"] is not None and since <= a["verified_on"] <= self.p.last_day
            good = audited and a["verification_outcome"] == "matched"
            self.add(k, "", u, "", num=int(good), den=1)
            self.add(k, "audit_coverage", u, "", num=int(audited), den=1)
            if audited:
                self.add(k, "audited_accuracy", u, "", num=int(good), den=1)

    # 11
    def mean_time_to_repair(self):
        k = "mean_time_to_repair"
        of_asset = defaultdict(list)
        for i in self.rows("incidents"):
            # "Failures with a resolved_at, not cancelled or duplicate."
            if i["kind"] != "failure" or i["resolved_at"] is None or i["state"] in ("cancelled", "duplicate"):
                continue
            # "Downtime = resolved_at - (failed_at, else opened_at)"
            start = i["failed_at"] or i["opened_at"]
            owner = ("asset", i["asset_id"]) if i["asset_id"] else ("none", i["incident_id"])
            of_asset[owner].append((start, i["resolved_at"], i["incident_id"], i))
        outages = []
        # "strictly overlapping failures of one asset are one outage, merged over the whole ledger"
        for failures in of_asset.values():
            failures.sort(key=lambda f: f[:3])
            current = None
            for start, stop, _, row in failures:
                if current and start < current["stop"]:
                    current["stop"] = max(current["stop"], stop)
                    current["rows"].append(row)
                else:
                    current = {"start": start, "stop": stop, "rows": [row]}
                    outages.append(current)
        lengths = []
        for o in outages:
            # "placed in the period where it ends, unit and class of its first failure"
            if not self.p.holds(o["stop"]):
                continue
            first = o["rows"][0]
            u, c, h = self.unit(first["business_unit"]), self.asset_class_of(first), hours(o["stop"] - o["start"])
            # "hours x affected users (the largest of the outage; empty adds nothing) x loaded hourly cost"
            users = max([r["affected_users"] for r in o["rows"] if r["affected_users"] is not None], default=Fraction(0))
            self.add(k, "", u, c, num=h, den=1, impact=h * users * LOADED_HOURLY_COST)
            lengths.append((u, c, h))
        for (level, c), hs in self.by_level(lengths).items():
            self.fix(k, "median", level, c, median(hs), None, median(hs))
            p90 = percentile(hs, Fraction(9, 10))
            self.fix(k, "p90", level, c, p90, None, p90)

    # 12
    def asset_recovery_rate(self):
        k = "asset_recovery_rate"
        for r in self.rows("returns"):
            # "returns due, bought_out excluded"
            if not self.p.holds_day(r["due_on"]) or r["outcome"] == "bought_out":
                continue
            # "outcome returned and a received_on on or before the last day"
            back = r["outcome"] == "returned" and self.p.happened(r["received_on"])
            # "Impact (E): unrecovered x book value"
            impact = Fraction(0) if back else self.average(r["book_value"], r, r["due_on"], "returns")
            self.add(k, "", self.unit(r["business_unit"]), r["trigger"], num=int(back), den=1, impact=impact)

    # 13
    def incident_frequency(self):
        k = "incident_frequency"
        incidents = self.rows("incidents")
        # "mean monthly closing in-service assets of the class"
        for (u, c), n in self.mean_closing_stock(self.in_service).items():
            self.add(k, "", u, c, num=0, den=n)               # "Classes without an incident show 0"
        for i in incidents:
            # "Failures opened in the period (not cancelled, not duplicate, with an asset)"
            if i["kind"] != "failure" or i["state"] in ("cancelled", "duplicate") or not self.p.holds(i["opened_at"]):
                continue
            u, c = self.unit(i["business_unit"]), self.asset_class_of(i)
            if i["asset_id"] is not None:
                self.add(k, "", u, c, num=1)
            else:
                self.add(k, "unattributed", u, c, num=1)       # "failures without an asset are "unattributed" beside it"

    # 14, 21: licences
    def pools(self):
        out = defaultdict(list)
        for e in self.books.rows_or_none("entitlements", self.p.last_day):
            out[e["product"]].append(e)
        return out

    def valid_pools(self, pools):
        return [e for e in pools if self.p.valid(e["starts_on"], e["ends_on"])]

    def ended_pools(self, pools):
        """Latest end first."""
        ended = [e for e in pools if e["ends_on"] is not None and e["ends_on"] < self.p.last_day]
        return sorted(ended, key=lambda e: (e["ends_on"], e["pool_id"]), reverse=True)

    def metric(self, pools):
        """The metric of the valid pools (most seats first), else of the pool that ended last, else device."""
        seats = defaultdict(Fraction)
        for e in self.valid_pools(pools):
            seats[e["metric"]] += e["seats"]
        if seats:
            return "user" if seats.get("user", -1) > seats.get("device", -1) else "device"
        for e in self.ended_pools(pools) or pools:
            return e["metric"]
        return "device"

    def consumers(self):
        """product -> {"all": set, "active": set, "units": {unit: set}, "active_units": {unit: set}}"""
        pools = self.pools()
        out = {}
        for i in self.rows("installations"):
            # "with a license-requiring installation"
            if not i["license_required"]:
                continue
            p = i["product"]
            if p not in out:
                out[p] = {"all": set(), "active": set(), "units": defaultdict(set), "active_units": defaultdict(set), "users": set(), "active_users": set()}
            # "distinct devices (metric user: distinct users; without a user, the device)"
            by_user = self.metric(pools.get(p, [])) == "user" and i["user_id"] is not None
            who = ("user", i["user_id"]) if by_user else ("device", i["device_id"])
            u = self.unit(i["business_unit"])
            out[p]["all"].add(who)
            out[p]["units"][u].add(who)
            if i["user_id"] is not None:
                out[p]["users"].add(i["user_id"])
            # "with last_used_on >= back(90)"
            if i["last_used_on"] is not None and i["last_used_on"] >= self.p.back_day(90):
                out[p]["active"].add(who)
                out[p]["active_units"][u].add(who)
                if i["user_id"] is not None:
                    out[p]["active_users"].add(i["user_id"])
        return out

    def seat_weighted(self, pools, price_of):
        priced = [(e["seats"], price_of(e)) for e in pools]
        priced = [(s, v) for s, v in priced if v is not None]
        total = sum(s for s, _ in priced)
        return sum(s * v for s, v in priced) / total if total else None

    def unit_price(self, pools):
        """"unit price (seat-weighted over valid pools, else the pool that ended last)" """
        price_of = lambda e: self.closing(e["annual_unit_price"], e, "entitlements")
        price = self.seat_weighted(self.valid_pools(pools), price_of)
        if price is not None:
            return price
        for e in self.ended_pools(pools):
            if price_of(e) is not None:
                return price_of(e)
        return None

    def annual_price(self, pool):
        """"annual_unit_price for subscriptions, ... annual_maintenance for perpetual licences (a purchase price is sunk)" """
        if pool["license_type"] == "subscription":
            return self.closing(pool["annual_unit_price"], pool, "entitlements")
        if pool["annual_maintenance"] is None and CHOICES["perpetual_no_maint"] == "zero":
            return Fraction(0)
        return self.closing(pool["annual_maintenance"], pool, "entitlements")

    def license_compliance_rate(self):
        k = "license_compliance_rate"
        self.rows("entitlements")
        pools, consumers = self.pools(), self.consumers()
        for product in set(pools) | set(consumers):
            mine = pools.get(product, [])
            valid = self.valid_pools(mine)
            entitled = sum((e["seats"] for e in valid), Fraction(0))   # "entitlement = seats of the valid pools of the product added"
            used = consumers.get(product)
            consumed = len(used["all"]) if used else 0
            price = self.unit_price(mine)
            surplus = max(Fraction(0), entitled - consumed)
            money = lambda seats: seats * price if price is not None else None
            if consumed:
                # "Computed across the enterprise, then shared out to units by their distinct consumers."
                total = sum(len(s) for s in used["units"].values())
                for u, s in used["units"].items():
                    share = Fraction(len(s), total)
                    short = (consumed - min(consumed, entitled)) * share
                    # "Sum over products of min(consumption, entitlement) / sum of consumption"; "Impact (E): shortfall x unit price"
                    self.add(k, "", u, product, num=min(consumed, entitled) * share, den=consumed * share,
                             impact=money(short) if short else Fraction(0))
                    # "beside it surplus x unit price"
                    self.add(k, "surplus", u, product, num=surplus * share, impact=money(surplus * share) if surplus else Fraction(0))
            else:
                # "(without consumption: the owner unit's)"
                for e in valid:
                    self.add(k, "surplus", self.unit(e["owner_unit"]), product, num=e["seats"], impact=money(e["seats"]))

    def seat_shares(self):
        """KPI 21 by product: {"pools", "seats", "den": {unit: seats}, "num": {unit: active seats}, "active": {unit: n, ALL: n}}"""
        out = {}
        consumers = self.consumers()
        for product, pools in self.pools().items():
            valid = self.valid_pools(pools)
            seats = sum((e["seats"] for e in valid), Fraction(0))
            if not valid:
                continue
            used = consumers.get(product) or {"all": set(), "active": set(), "units": {}, "active_units": {}}
            den, num = defaultdict(Fraction), defaultdict(Fraction)
            # "Consumed seats lie with the consuming unit"
            consumed = min(Fraction(len(used["all"])), seats)
            total = sum(len(s) for s in used["units"].values())
            for u, s in used["units"].items():
                den[u] += consumed * len(s) / total
            # "the rest with owner_unit"
            if seats:
                for e in valid:
                    den[self.unit(e["owner_unit"])] += (seats - consumed) * e["seats"] / seats
            # "Consumers (as in 14) with last_used_on >= back(90), capped at seats"
            active = min(Fraction(len(used["active"])), seats)
            total = sum(len(s) for s in used["active_units"].values())
            for u, s in used["active_units"].items():
                num[u] += active * len(s) / total
            counts = {u: len(s) for u, s in used["active_units"].items()}
            counts[ALL] = len(used["active"])
            out[product] = {"pools": valid, "seats": seats, "den": den, "num": num, "active": counts}
        return out

    # 21
    def license_utilization_rate(self):
        k = "license_utilization_rate"
        self.rows("entitlements"), self.rows("installations")
        for product, s in self.seat_shares().items():
            # "Impact (R): idle seats x annual_unit_price for subscriptions, x annual_maintenance for perpetual licences, seat-weighted"
            price = self.seat_weighted(s["pools"], self.annual_price)
            for u in set(s["den"]) | set(s["num"]):
                n, d = s["num"].get(u, Fraction(0)), s["den"].get(u, Fraction(0))
                self.add(k, "", u, product, num=n, den=d, impact=(d - n) * price if price is not None else None)

    # 15
    def unauthorized_asset_percentage(self):
        k = "unauthorized_asset_percentage"
        for a in self.rows("assets"):
            # "(approved assets in_use + those devices)"
            if a["approved"] and a["lifecycle_state"] == "in_use":
                self.add(k, "", self.unit(a["business_unit"]), "", num=0, den=1)
        for u, matches, first_seen in self.devices():
            # "whose earliest sighting is before back(7), with no matching approved active record"
            if first_seen < self.p.back(7) and not any(a["approved"] for a in matches):
                self.add(k, "", u, "", num=1, den=1)

    # 16
    def patch_compliance_rate(self):
        k = "patch_compliance_rate"
        of_asset = defaultdict(list)
        for p in self.rows("patches"):
            of_asset[p["asset_id"]].append(p)
        for a in self.rows("assets"):
            # "Per ASSET (not retired, not disposed)"
            if not self.active_record(a):
                continue
            installed = lambda p: p["installed_at"] is not None and p["installed_at"] <= self.p.end
            # "in scope with at least one patch, not superseded, with due_at <= `end` or installed"
            such = [p for p in of_asset[a["asset_id"]] if not p["superseded"] and (p["due_at"] <= self.p.end or installed(p))]
            if not such:
                continue
            # "every such patch due is installed and not pending_reboot"
            due = [p for p in such if p["due_at"] <= self.p.end]
            good = lambda p: installed(p) and not p["pending_reboot"]
            # "the asset's newest scan is not older than back(14)"
            scans = [p["last_scanned_at"] for p in of_asset[a["asset_id"]] if p["last_scanned_at"] is not None]
            fresh = bool(scans) and max(scans) >= self.p.back(14)
            u, c = self.unit(a["business_unit"]), a["asset_class"]
            self.add(k, "", u, c, num=int(fresh and all(good(p) for p in due)), den=1)
            # "the figure with exceptions stands beside it (an exception does not heal a stale scan)"
            self.add(k, "with_exceptions", u, c, num=int(fresh and all(good(p) or p["exception"] for p in due)), den=1)

    # 17
    def critical_patch_timeliness(self):
        k = "critical_patch_timeliness"
        for p in self.rows("patches"):                         # "from the night of the period's end"
            window_end = p["released_at"] + timedelta(hours=72)
            # "pairs whose window ends in the period, superseded and exceptions included"
            if p["severity"] != "critical" or not self.p.holds(window_end):
                continue
            # "installed (not pending_reboot) within the window"
            good = p["installed_at"] is not None and p["installed_at"] <= window_end and not p["pending_reboot"]
            self.add(k, "", self.unit(p["business_unit"]), "", num=int(good), den=1)

    # 18
    def audit_findings_count(self):
        k = "audit_findings_count"
        present = set()
        for a in self.rows("audits"):
            if self.p.holds_day(a["completed_on"]):
                present.update(self.levels(self.unit(a["business_unit"])))
        for f in self.rows("audit_findings"):
            u = self.unit(f["business_unit"])
            if self.p.holds_day(f["raised_on"]):
                present.update(self.levels(u))
                self.add(k, "", u, f["severity"], num=1)
            # "the open stock beside it"; "Impact (E): exposure of open findings"
            if self.p.happened(f["raised_on"]) and not self.p.happened(f["closed_on"]):
                self.add(k, "open", u, f["severity"], num=1)
                self.add(k, "", u, f["severity"], impact=self.closing(f["exposure"], f, "audit_findings"))
        # "Absent (not 0) when no audit was completed and no finding raised."
        for level in self.every_level():
            for d in ("", "major", "minor"):
                if level in present:
                    c = self.cell(k, "", level, d)
                    c.num = c.num or 0
                else:
                    self.fix(k, "", level, d, None, None, None)

    # 19
    def audit_success_rate(self):
        k = "audit_success_rate"
        findings = self.books.rows_or_none("audit_findings", self.p.last_day)
        major = {f["audit_id"] for f in findings if f["severity"] == "major" and self.p.happened(f["raised_on"])}
        done = [(self.unit(a["business_unit"]), "", a) for a in self.rows("audits") if self.p.holds_day(a["completed_on"])]
        for (level, _), audits in self.by_level(done).items():
            # "At the level shown: when any audit has item counts, items clean / items tested over those audits"
            counted = [a for a in audits if a["items_tested"] is not None and a["items_clean"] is not None]
            if counted:
                num, den = sum(a["items_clean"] for a in counted), sum(a["items_tested"] for a in counted)
            else:
                # "else audits with no major finding / audits completed"
                num, den = sum(1 for a in audits if a["audit_id"] not in major), len(audits)
            self.fix(k, "", level, "", num, den, Fraction(num) / den if den else None)

    # 20
    def data_sanitization_rate(self):
        k = "data_sanitization_rate"
        for d in self.rows("disposals"):
            if not d["data_bearing"] or not self.p.holds_day(d["disposed_on"]):
                continue
            # "Data-bearing disposals verified, with a certificate, sanitized_on <= disposed_on"
            good = d["sanitization_verified"] and d["certificate"] is not None and d["sanitized_on"] is not None and d["sanitized_on"] <= d["disposed_on"]
            # "Impact (E): the rest, count first, then x breach cost"
            self.add(k, "", self.unit(d["business_unit"]), self.asset_class_of(d), num=int(good), den=1, impact=Fraction(0) if good else BREACH_COST)

    # 22
    def saas_usage_rate(self):
        k = "saas_usage_rate"
        for s in self.rows("saas_seats"):
            # "Seats with last_active_on >= back(30) / seats ALLOCATED"
            active = s["last_active_on"] is not None and s["last_active_on"] >= self.p.back_day(30)
            self.add(k, "", self.unit(s["business_unit"]), s["app"], num=int(active), den=1)

    # 23
    def saas_shares(self):
        subs = defaultdict(list)
        for s in self.books.rows_or_none("saas_subscriptions", self.p.last_day):
            # "valid subscriptions (apps without one are outside)"
            if self.p.valid(s["starts_on"], s["ends_on"]):
                subs[s["app"]].append(s)
        allocated, active = defaultdict(lambda: defaultdict(int)), defaultdict(lambda: defaultdict(int))
        for s in self.books.rows_or_none("saas_seats", self.p.last_day):
            u = self.unit(s["business_unit"])
            allocated[s["app"]][u] += 1
            if s["last_active_on"] is not None and s["last_active_on"] >= self.p.back_day(30):
                active[s["app"]][u] += 1
        out = {}
        for app, pools in subs.items():
            seats = sum((s["seats"] for s in pools), Fraction(0))
            total = sum(allocated[app].values())
            busy = sum(active[app].values())
            # "allocations above the purchase are scaled down to it"
            scale = min(Fraction(1), seats / total) if total else Fraction(1)
            den, num = defaultdict(Fraction), defaultdict(Fraction)
            for u, n in allocated[app].items():
                den[u] += n * scale
            # "Purchased seats nobody was assigned belong to the owner unit."
            spare = max(Fraction(0), seats - total)
            if seats:
                for s in pools:
                    den[self.unit(s["owner_unit"])] += spare * s["seats"] / seats
            # "The same users"
            for u, n in active[app].items():
                num[u] += n * scale if CHOICES["saas_scale"] == "both" else n * min(Fraction(1), seats / busy)
            counts = dict(active[app])
            counts[ALL] = busy
            out[app] = {"pools": pools, "seats": seats, "den": den, "num": num, "active": counts}
        return out

    def saas_license_utilization_rate(self):
        k = "saas_license_utilization_rate"
        self.rows("saas_subscriptions"), self.rows("saas_seats")
        for app, s in self.saas_shares().items():
            # "Impact (R): (purchased - active) x annual_seat_price"
            price = self.seat_weighted(s["pools"], lambda e: self.closing(e["annual_seat_price"], e, "saas_subscriptions"))
            for u in set(s["den"]) | set(s["num"]):
                n, d = s["num"].get(u, Fraction(0)), s["den"].get(u, Fraction(0))
                self.add(k, "", u, app, num=n, den=d, impact=(d - n) * price if price is not None else None)

    # 24
    def shelfware_percentage(self):
        k = "shelfware_percentage"
        for i in self.rows("installations"):
            if not i["license_required"]:
                continue
            # "unused since back(90) (never used: counted from installed_on)"
            day = i["last_used_on"] or i["installed_on"]
            unused = day is None or day < self.p.back_day(90)
            self.add(k, "", self.unit(i["business_unit"]), i["product"], num=int(unused), den=1)
        # "Beside it three disjoint parts of purchased seats / purchased: not allocated, allocated but not installed, installed but unused."
        self.rows("entitlements")
        lists = defaultdict(set)
        for s in self.books.rows_or_none("saas_seats", self.p.last_day):
            lists[s["app"]].add(s["user_id"])
        consumers = self.consumers()
        for product, pools in self.pools().items():
            valid = self.valid_pools(pools)
            if not valid:
                continue
            seats = sum(e["seats"] for e in valid)
            used = consumers.get(product) or {"all": set(), "active": set(), "users": set(), "active_users": set()}
            installed, active = len(used["all"]), len(used["active"])
            # "Allocated = users in saas_seats under the product's name, where there is such a list; else allocated = installed."
            allocated = len(lists[product]) if product in lists else installed
            if product in lists and CHOICES["parts"] == "sets":
                installed = len(lists[product] & used["users"])
                active = len(lists[product] & used["active_users"])
            allocated = min(Fraction(allocated), seats)
            installed = min(Fraction(installed), allocated)
            active = min(Fraction(active), installed)
            parts = {"part_not_allocated": seats - allocated, "part_allocated_not_installed": allocated - installed,
                     "part_installed_unused": installed - active, "part_all": seats - active}
            for name, n in parts.items():
                self.add(k, name, ALL, product, num=n, den=seats, levels=[ALL])

    # 25
    def renewal_optimization_rate(self):
        k = "renewal_optimization_rate"
        for r in self.rows("renewals"):
            if not self.p.holds_day(r["renewal_on"]):
                continue
            u = self.unit(r["business_unit"])
            # "reviewed on or before renewal_on - notice_days"; "A later review is no review."
            reviewed = r["reviewed_on"] is not None and r["reviewed_on"] <= r["renewal_on"] - timedelta(days=int(r["notice_days"]))
            value = self.average(r["annual_value"], r, r["renewal_on"], "renewals")
            # "Impact (A): annual value of unreviewed renewals that were not cancelled"
            impact = value if not reviewed and r["outcome"] != "cancelled" else Fraction(0)
            self.add(k, "", u, "", num=int(reviewed), den=1, impact=impact)
            # "beside it saving = annual_value - new_annual_value of the reviewed"
            new = r["new_annual_value"]
            if new is None and r["outcome"] == "cancelled" and CHOICES["cancelled_saving"] == "full":
                new = Fraction(0)
            if reviewed and new is not None and value is not None:
                self.add(k, "saving", u, "", num=value - self.average(new, r, r["renewal_on"], "renewals"))

    # 26
    BANDS = {"corporate": (Fraction("1.2"), Fraction("1.5")), "healthcare": (Fraction(2), None),
             "manufacturing": (Fraction("0.7"), Fraction("0.9")), "education": (Fraction(1), Fraction(1))}

    def user_to_asset_ratio(self):
        k = "user_to_asset_ratio"
        gone = set()
        for p in self.rows("people"):
            left = p["status"] == "left"
            valid = self.p.valid(p["start_on"], p["end_on"]) or CHOICES["people"] == "status"
            if left or (CHOICES["people"] == "dates" and p["end_on"] is not None and p["end_on"] < self.p.last_day):
                gone.add(p["person_id"])
            # "active people (employees and contractors)"
            if not left and valid and p["kind"] in ("employee", "contractor"):
                u = self.unit(p["business_unit"])
                self.add(k, "", u, "", den=1)
                self.add(k, "all_in_use", u, "", den=1)
        for a in self.rows("assets"):
            u, known = self.unit(a["business_unit"]), self.classes.get(a["asset_class"])
            personal = known is not None and known["personal"]
            in_use = a["lifecycle_state"] == "in_use"
            # "personal assets in_use assigned to someone (ghosts included)"
            if personal and in_use and a["assigned_to"] is not None:
                self.add(k, "", u, "", num=1)
            # "The variant with all in_use assets stands beside it."
            if in_use:
                self.add(k, "all_in_use", u, "", num=1)
            # "Ghost assets (assigned to someone who has left) are listed."
            scope = {"personal": personal and in_use, "in_use": in_use, "active": self.active_record(a)}[CHOICES["ghosts"]]
            if scope and a["assigned_to"] in gone:
                self.add(k, "ghost_assets", u, "", num=1)
        # "missing assets x median price over personal classes"
        prices = [self.class_price(c) for c, row in self.classes.items() if row["personal"]]
        price = median([v for v in prices if v is not None])
        own = {}
        for u in self.units:
            band = self.BANDS.get(self.industry.get(u))
            c = self.cells.get((k, "", u, ""))
            # "units without an industry and ALL have none"; a zero denominator has no value, so no verdict
            if band is None or c is None or not c.den:
                continue
            n = Fraction(c.num or 0)
            excess = max(Fraction(0), n - band[1] * c.den) if band[1] is not None else Fraction(0)
            missing = max(Fraction(0), band[0] * c.den - n)
            # "above the band, excess assets x annual cost per device (A); below it, missing assets x median price"
            own[u] = (excess * ANNUAL_DEVICE_COST, missing, missing * price if price is not None else (None if missing else Fraction(0)))

        def below(u):
            return [x for x in self.units if self.parent[x] == u]

        def total(u):
            if u in own:
                return [own[u]]
            return [t for child in below(u) for t in total(child)]

        # "ALL = the sum of its units"
        roots = [u for u in self.units if self.parent[u] is None]
        for level in self.units + [ALL]:
            found = total(level) if level != ALL else [t for u in roots for t in total(u)]
            if not found:
                continue
            excess, missing = sum(t[0] for t in found), sum(t[1] for t in found)
            priced = [t[2] for t in found if t[2] is not None]
            gap_money = sum(priced) if priced else None
            self.cell(k, "gap", level, "").num = missing
            self.cell(k, "gap", level, "").impact = gap_money
            self.cell(k, "", level, "").impact = excess if CHOICES["band_money"] == "split" else excess + (gap_money or 0)

    # ============================================================================================================
    def run(self, only=None):
        for kpi in FIGURES:
            if only and kpi not in only:
                continue
            before = dict(self.cells)
            try:
                getattr(self, kpi)()
            except NotMeasured as why:
                self.cells = before
                self.not_measured[kpi] = str(why)
                continue
            for companion in FIGURES[kpi]:
                for level in [ALL] if (kpi, companion) in ENTERPRISE_ONLY else self.every_level():
                    if (kpi, companion) not in RECOMPUTED:
                        self.cell(kpi, companion, level, "")
        return self

    def value_of(self, kpi, companion, level, dimension):
        c = self.cells.get((kpi, companion, level, dimension))
        return self.finish(kpi, companion, c)[2] if c else None

    def finish(self, kpi, companion, c):
        if c.fixed:
            return c.num, c.den, c.value
        num = c.num if c.num is not None else 0
        if FIGURES[kpi][companion] == COUNT:
            return num, None, num
        den = c.den if c.den is not None else 0
        # "Zero denominator -> no value"
        value = Fraction(num) / den if den else None
        if value is not None and kpi == "incident_frequency":
            value *= 100                                       # "(KPI 13: per 100)"
        return num, den, value


def show(x):
    return "" if x is None else repr(float(x))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("extracts")
    ap.add_argument("--period", required=True, help="2026-10 | 2026-Q3 | 2026; several with commas")
    ap.add_argument("--tz", default="Europe/Berlin")
    ap.add_argument("--currency", default="EUR")
    ap.add_argument("--fiscal-start", type=int, default=1)
    ap.add_argument("--choose", action="append", default=[], help="name=value, see CHOICES")
    ap.add_argument("--verbose", action="store_true", help="quarantined rows and missing rates on stderr")
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    for choice in args.choose:
        name, value = choice.split("=", 1)
        if name not in CHOICES:
            sys.exit(f"unknown choice {name}; there are {', '.join(CHOICES)}")
        CHOICES[name] = value
    books = Books(args.extracts)
    rows = []
    for label in args.period.split(","):
        period = Period(label, ZoneInfo(args.tz), args.fiscal_start)
        now = Oracle(books, period, args.currency).run()
        # "Prior-year figures": the same functions on the same period a year before
        now.tco_impact(Oracle(books, period.year_before(), args.currency).run(only={"tco_per_asset"}))
        for (kpi, companion, level, dimension), c in now.cells.items():
            num, den, value = now.finish(kpi, companion, c)
            rows.append([kpi, companion, level, label, dimension, show(num), show(den), show(value), show(c.impact)])
        for kpi, why in now.not_measured.items():
            print(f"{label} {kpi}: not measured ({why})", file=sys.stderr)
        for dataset, n in sorted(now.left_out.items()) if args.verbose else ():
            print(f"{label} {dataset}: {n} conversions without a rate left out", file=sys.stderr)
    for (dataset, why), n in sorted(books.quarantine.items()) if args.verbose else ():
        print(f"{dataset}: {n} x {why}", file=sys.stderr)
    rows.sort(key=lambda r: (list(FIGURES).index(r[0]), list(FIGURES[r[0]]).index(r[1]), r[3], r[4], r[2]))
    with open(args.out, "w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(["kpi", "companion", "business_unit", "period", "dimension", "numerator", "denominator", "value", "impact"])
        out.writerows(rows)


if __name__ == "__main__":
    main()
