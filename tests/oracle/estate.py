#!/usr/bin/env python3
"""A random estate in the canonical layout, with every trap of KPIS.md on purpose. Deterministic for a seed.

    estate.py --seed N --out DIR [--size small|medium|large] [--ambiguous]

`--ambiguous` adds rows on which the book is silent (see AMBIGUITIES.md); without it an engine and the oracle should agree.
The story runs from 2025-06 to 2026-11; the months to look at are 2026-10 (DST ends), 2026-03 (DST begins), 2026-08 (no night of
its own), 2026-Q3, 2026-Q1, 2026, 2025 (months before the first night). Edges are placed in Europe/Berlin.
"""
import argparse
import csv
import os
import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
SIZES = {"small": 1, "medium": 5, "large": 40}

CONTRACT = {
    "business_units": "business_unit name parent industry",
    "asset_classes": "asset_class refresh_years has_telemetry personal data_bearing list_price currency",
    "fx_rates": "period currency average_rate closing_rate",
    "people": "person_id business_unit status kind start_on end_on",
    "assets": "asset_id serial asset_class model business_unit lifecycle_state assigned_to location purchase_cost currency purchased_on "
              "in_service_on last_active_at warranty_ends_on approved verified_on verification_outcome updated_at",
    "discovered_devices": "device_key serial source business_unit asset_class first_seen_at last_seen_at excluded",
    "costs": "line_id asset_id business_unit asset_class category cost_type vendor amount currency posted_on state",
    "budgets": "business_unit category period amount currency",
    "lifecycle_stages": "asset_id business_unit stage planned_on completed_on",
    "disposals": "asset_id business_unit asset_class left_use_on disposed_on data_bearing sanitized_on sanitization_verified certificate",
    "returns": "return_id asset_id business_unit trigger due_on received_on outcome book_value currency",
    "incidents": "incident_id asset_id asset_class business_unit kind opened_at failed_at resolved_at state affected_users updated_at",
    "patches": "asset_id patch_id business_unit severity released_at due_at installed_at pending_reboot exception superseded last_scanned_at",
    "entitlements": "pool_id product publisher metric seats annual_unit_price currency license_type annual_maintenance starts_on ends_on owner_unit",
    "installations": "installation_id device_id product business_unit user_id installed_on last_used_on license_required",
    "saas_subscriptions": "subscription_id app seats annual_seat_price currency starts_on ends_on owner_unit",
    "saas_seats": "app user_id business_unit assigned_on last_active_on",
    "renewals": "renewal_id vendor product business_unit renewal_on notice_days annual_value currency reviewed_on outcome new_annual_value",
    "audits": "audit_id business_unit kind completed_on items_tested items_clean",
    "audit_findings": "finding_id audit_id business_unit severity raised_on closed_on exposure currency",
}
SNAPSHOTS = "people assets discovered_devices patches entitlements installations saas_subscriptions saas_seats".split()
LEDGERS = "costs budgets lifecycle_stages disposals returns incidents renewals audits audit_findings".split()

# Month ends, mid-month nights; August 2026 has no night, November 2025 only a mid-month one; 2026-11-14 is after the last closed month.
NIGHTS = [date.fromisoformat(t) for t in (
    "2025-06-30 2025-07-31 2025-08-31 2025-09-30 2025-10-31 2025-11-17 2025-12-31 2026-01-31 2026-02-28 2026-03-31 2026-04-30 "
    "2026-05-31 2026-06-12 2026-06-30 2026-07-31 2026-09-30 2026-10-15 2026-10-31 2026-11-14").split()]

UNITS = [  # unit, name, parent, industry
    ("EMEA", "Europe", "", ""), ("AMER", "Americas", "", ""),
    ("EMEA-HQ", "Headquarters", "EMEA", "corporate"), ("EMEA-PLANT", "Plant", "EMEA", "manufacturing"),
    ("EMEA-CLINIC", "Clinic", "EMEA", "healthcare"), ("AMER-SALES", "Sales", "AMER", "corporate"),
    ("AMER-SCHOOL", "School", "AMER", "education"), ("AMER-LAB", "Lab", "AMER", ""),
    ("LOST", "Parent unknown", "NOWHERE", "corporate"), ("SELF", "Its own parent", "SELF", ""),
    ("HOLLOW", "A unit without any row", "EMEA", "corporate"),
]
WORKING = [u[0] for u in UNITS if u[0] != "HOLLOW"]

CLASSES = [  # class, refresh, telemetry, personal, data bearing, list price, currency, purchases go on
    ("laptop", 3, True, True, True, "1400.00", "", True),
    ("phone", 2, True, True, True, "", "", True),
    ("tablet", 3, True, True, True, "650.50", "USD", False),       # no purchase in the last 12 months: list price
    ("monitor", 5, False, True, False, "280", "EUR", True),        # no telemetry
    ("server", 5, True, False, True, "9000", "USD", True),
    ("switch", 6, True, False, False, "", "", False),              # no price at all
    ("printer", 4, False, False, True, "777", "JPY", False),       # a list price without a rate
]
STAGES = "procurement deployment active_use maintenance decommissioning".split()


def month_start(day):
    return day.replace(day=1)


def add_months(day, n):
    i = day.year * 12 + day.month - 1 + n
    y, m = divmod(i, 12)
    nxt = date(y + (m == 11), (m + 1) % 12 + 1, 1)
    return date(y, m + 1, min(day.day, (nxt - timedelta(days=1)).day))


def month_end_after(night):
    """First day after the month of a night: `end` of the month that reads it."""
    return add_months(month_start(night), 1)


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(timezone.utc)


class Estate:
    def __init__(self, seed, size, ambiguous):
        self.seed, self.k, self.ambiguous = seed, SIZES[size], ambiguous
        self.months = [add_months(date(2025, 1, 1), i) for i in range(24)]     # 2025-01 .. 2026-12
        self.people_ids = [f"P{i:05d}" for i in range(130 * self.k)]
        self.snap = {d: {} for d in SNAPSHOTS}        # dataset -> night -> rows
        self.events = {d: [] for d in LEDGERS}        # dataset -> (arrives on, row)

    def rng(self, *what):
        return random.Random(":".join([str(self.seed)] + [str(w) for w in what]))

    # ---- little things ----------------------------------------------------------------------------------------
    def unit(self, r, home=None):
        x = r.random()
        if home and x < 0.9:
            return home
        return r.choice(WORKING) if x < 0.96 else r.choice(["", "", "GHOSTUNIT", "OLD-DIV"])

    def currency(self, r):
        return r.choices(["", "EUR", "USD", "GBP", "JPY"], [50, 20, 15, 10, 5])[0]    # JPY never has a rate, GBP not every month

    def money(self, r, low, high):
        return f"{r.uniform(low, high):.{r.choice([0, 2, 2, 4])}f}"

    def stamp(self, r, when):
        """Z mostly, some without a zone (UTC), some with an offset."""
        x = r.random()
        when = when.astimezone(timezone.utc)
        if x < 0.8:
            return when.strftime("%Y-%m-%dT%H:%M:%SZ")
        if x < 0.9:
            return when.strftime("%Y-%m-%dT%H:%M:%S")
        return (when + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")

    def around(self, r, edge):
        """A stamp at, just before or just after an edge."""
        return edge + timedelta(seconds=r.choice([0, 0, -1, 1, -3600, 3600]))

    def day_around(self, r, edge):
        return edge + timedelta(days=r.choice([0, 0, -1, 1]))

    def sentinel(self, r):
        return r.choice(["1899-12-30", "9999-12-31", "1900-01-01"])

    def some_day(self, r, low=date(2025, 1, 1), high=date(2026, 11, 12)):
        """A day, often on the edge of a month."""
        if r.random() < 0.2:
            day = self.day_around(r, r.choice(self.months))
            return min(max(day, low), high)
        return low + timedelta(days=r.randrange((high - low).days + 1))

    def some_stamp(self, r):
        if r.random() < 0.15:
            return self.around(r, midnight(r.choice(self.months[:23])))
        if r.random() < 0.05:  # the hour that happens twice, the hour that never happens
            return r.choice([datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc), datetime(2026, 3, 29, 1, 0, tzinfo=timezone.utc)]) + timedelta(minutes=r.randrange(120))
        return datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=r.randrange(680 * 1440))

    # ---- people -------------------------------------------------------------------------------------------------
    def people(self):
        for pid in self.people_ids:
            r = self.rng("person", pid)
            home = r.choices(WORKING, [2, 2, 14, 12, 22, 12, 16, 8, 8, 4])[0]     # enough people for both sides of the bands
            kind = r.choices(["employee", "contractor", "service"], [75, 18, 7])[0]
            start = date(2018, 1, 1) + timedelta(days=r.randrange(2500)) if r.random() < 0.85 else None
            left_on = self.some_day(r, date(2025, 3, 1)) if r.random() < 0.25 else None
            unit = self.unit(r, home)
            for night in NIGHTS:
                left = left_on is not None and left_on <= night
                end = left_on.isoformat() if left and left_on else (r.choice(["", "9999-12-31"]) if r.random() < 0.05 else "")
                row = dict(person_id=pid, business_unit=unit, status="left" if left else "active", kind=kind,
                           start_on=start.isoformat() if start else "", end_on=end)
                if row["end_on"] == "" and r.random() < 0.004:
                    row["kind"] = ""                                          # an empty required column
                if left and start and self.rng("badperson", pid).random() < 0.05:
                    row["end_on"] = (start - timedelta(days=9)).isoformat()   # ends before it starts
                self.put("people", night, row, r)
        if self.ambiguous:
            for night in NIGHTS:
                self.snap["people"][night].append(dict(person_id="PFUT", business_unit="EMEA-HQ", status="active", kind="employee",
                                                       start_on=(month_end_after(night) + timedelta(days=20)).isoformat(), end_on=""))

    def put(self, dataset, night, row, r, dup=0.01):
        """One row of a snapshot; sometimes twice, the later row winning or an older update stamp coming last."""
        rows = self.snap[dataset].setdefault(night, [])
        if r.random() < dup:
            twin = dict(row)
            if dataset == "assets":
                twin["lifecycle_state"] = r.choice(["in_use", "retired", "in_stock"])
                twin["business_unit"] = r.choice(WORKING)
                kind = r.choice(["tie", "newer", "older", "empty"])
                base = midnight(night) - timedelta(days=3)
                row["updated_at"] = self.stamp(r, base)
                shift = {"tie": 0, "newer": 3600, "older": -3600}.get(kind)
                twin["updated_at"] = "" if shift is None else self.stamp(r, base + timedelta(seconds=shift))
            elif "business_unit" in twin:
                twin["business_unit"] = r.choice(WORKING)
            elif "owner_unit" in twin:
                twin["owner_unit"] = r.choice(WORKING)
            rows.append(twin) if r.random() < 0.5 else rows.append(row)
            rows.append(row if rows[-1] is twin else twin)
        else:
            rows.append(row)

    # ---- assets ---------------------------------------------------------------------------------------------------
    def assets(self):
        self.asset_book = []
        for n in range(260 * self.k):
            aid = f"A{n:06d}"
            r = self.rng("asset", aid)
            cls = r.choices(CLASSES, [40, 18, 8, 18, 8, 5, 3])[0]
            buys_on = cls[7]
            newest = date(2026, 11, 10) if buys_on else date(2024, 5, 1)
            bought = newest - timedelta(days=int(r.random() ** 1.3 * 2600))
            if r.random() < 0.12 and buys_on:                                  # on the edges of "12 months"
                bought = self.day_around(r, add_months(r.choice(self.months), -12 if r.random() < 0.5 else 0))
            if r.random() < 0.02:
                bought = date(2024, 2, 29) if buys_on else date(2020, 2, 29)
            service = bought + timedelta(days=r.randrange(5, 60))
            if r.random() < 0.15:                                               # on the edge of age and refresh, in some month
                service = self.day_around(r, add_months(r.choice(self.months), -12 * r.choice([1, 2, 3, 4, 5, cls[1], cls[1]])))
                bought = service - timedelta(days=20)
            if r.random() < 0.08:                                               # grace: into service exactly back(30)
                service = self.day_around(r, r.choice(self.months) - timedelta(days=30))
                bought = service - timedelta(days=20)
            out = service + timedelta(days=r.randrange(200, 2400))
            final = r.choices(["retired", "missing", None], [60, 8, 32])[0]
            gone = out + timedelta(days=r.randrange(5, 120))
            serial = r.choice(["", "tobefilledbyoem", "To Be Filled By O.E.M.", "n/a", "None", "0000000", "xxxx", "F-F-F-F", "Default string",
                               "System Serial Number", "123456789", "Not Specified", "INVALID", "1111"]) if r.random() < 0.06 else f"sn-{n:05d}x{r.randrange(100)}"
            person = r.choice(self.people_ids) if r.random() < 0.8 else ("P-STRANGER" if r.random() < 0.2 else "")
            home = r.choice(WORKING)
            info = dict(id=aid, cls=cls, bought=bought, service=service, out=out, final=final, gone=gone, serial=serial, person=person,
                        unit=self.unit(r, home), approved=r.random() < 0.93, cost=self.money(r, 100, 3000), currency=self.currency(r),
                        no_cost=r.random() < 0.06, zero_cost=r.random() < 0.03, idle=r.random() < 0.2, no_date=r.random() < 0.05,
                        no_service=r.random() < 0.08, unverified=r.random() < 0.15, repairs=r.random() < 0.1, serial_shared=None)
            self.asset_book.append(info)
        for info in self.asset_book:
            if self.rng("share", info["id"]).random() < 0.01:                   # a retired record with the serial of a live one
                info["serial"] = self.rng("share2", info["id"]).choice(self.asset_book)["serial"]
                info["final"], info["out"] = "retired", date(2025, 2, 1)
                info["service"], info["bought"], info["gone"] = date(2021, 2, 1), date(2021, 1, 1), date(2025, 3, 1)
        for night in NIGHTS:
            for info in self.asset_book:
                row = self.asset_row(info, night)
                if row:
                    self.put("assets", night, row, self.rng("dup", info["id"], night))

    def state(self, info, night):
        if night < info["bought"] - timedelta(days=15):
            return None
        if night < info["bought"]:
            return "ordered"
        if night < info["service"]:
            return "in_transit" if (info["service"] - night).days > 20 else "in_stock"
        if info["final"] and night >= info["out"]:
            if info["final"] == "missing":
                return "missing"
            return "retired" if night < info["gone"] else "disposed"
        if info["repairs"] and night.month % 3 == 0:
            return "in_repair"
        return "in_use"

    def asset_row(self, info, night):
        state = self.state(info, night)
        if state is None:
            return None
        r = self.rng("assetnight", info["id"], night)
        E = month_end_after(night)
        active = ""
        if state in ("in_use", "in_repair") and info["cls"][2]:
            if r.random() < 0.08:
                active = self.stamp(r, self.around(r, midnight(E - timedelta(days=30))))
            elif info["idle"]:
                active = self.stamp(r, midnight(night) - timedelta(days=r.randrange(31, 300))) if r.random() < 0.7 else r.choice(["", "1899-12-30T00:00:00Z", "9999-12-31T00:00:00Z"])
            elif r.random() < 0.01:
                active = self.stamp(r, midnight(E) + timedelta(days=40))        # a future activity stamp counts as active
            else:
                active = self.stamp(r, midnight(night) - timedelta(hours=r.randrange(1, 500)))
        verified, outcome = "", ""
        if not info["unverified"]:
            last = E - timedelta(days=r.randrange(1, 420))
            if r.random() < 0.1:
                last = self.day_around(r, add_months(E, -12))
            elif r.random() < 0.02:
                last = self.day_around(r, E)                                    # the last day counts, tomorrow does not
            verified = last.isoformat() if r.random() > 0.02 else self.sentinel(r)
            outcome = r.choices(["matched", "mismatched", "missing"], [93, 5, 2])[0]
            if self.ambiguous and r.random() < 0.02:
                outcome = ""
        row = dict(asset_id=info["id"], serial=info["serial"].upper() if r.random() < 0.3 else info["serial"], asset_class=info["cls"][0], model="M1",
                   business_unit=info["unit"], lifecycle_state=state, assigned_to=info["person"] if state in ("in_use", "in_repair") and info["cls"][3] else "",
                   location="", purchase_cost="" if info["no_cost"] else ("0" if info["zero_cost"] else info["cost"]), currency=info["currency"],
                   purchased_on=info["bought"].isoformat() if not info["no_date"] else r.choice(["", "1899-12-30"]),
                   in_service_on=info["service"].isoformat() if state not in ("ordered", "in_transit", "in_stock") and not info["no_service"] and not info["no_date"] else ("" if r.random() < 0.9 else "9999-12-31"),
                   last_active_at=active, warranty_ends_on="", approved="true" if info["approved"] else "false", verified_on=verified,
                   verification_outcome=outcome, updated_at=self.stamp(r, midnight(night) - timedelta(days=2)) if r.random() < 0.7 else "")
        x = r.random()
        if x < 0.004:
            row["approved"] = ""                                                # an empty required column
        elif x < 0.008:
            row["asset_class"] = ""
        elif self.ambiguous and x < 0.02:
            row["asset_class"] = "drone"                                        # a class nobody described
        return row

    # ---- devices --------------------------------------------------------------------------------------------------
    def devices(self):
        for night in NIGHTS:
            E = month_end_after(night)
            for info in self.asset_book:
                r = self.rng("device", info["id"], night)
                state = self.state(info, night)
                if state in (None, "ordered") or r.random() < (0.06 if state == "in_use" else 0.75):
                    continue
                for j in range(r.choices([1, 2, 3], [60, 30, 10])[0]):
                    serial = info["serial"]
                    if r.random() < 0.4:
                        serial = r.choice([serial.upper(), serial.replace("-", " "), f" {serial} ", serial.replace("-", "--").lower(), serial.replace("-", "")])
                    self.sighting(night, r, f"D-{info['id']}-{j}", serial, E, info["cls"][0], self.unit(r, info["unit"] if r.random() < 0.5 else None))
            r = self.rng("strangers", night)
            for j in range(22 * self.k):                                        # devices nobody has on the books
                serial = f"stranger-{j}" if r.random() < 0.7 else r.choice(["", "n/a", "NULL", "To be filled by O.E.M.", "00000", "XXXXXXX", "fff", "System-Serial-Number", "0123456789", "Inexistente", "Not Available", "unknown", "oem"])
                self.sighting(night, r, f"X-{j}", serial, E, "", self.unit(r))
                if r.random() < 0.2:
                    self.sighting(night, r, f"X-{j}-b", serial, E, "", self.unit(r))

    def sighting(self, night, r, key, serial, E, cls, unit):
        last = midnight(night) - timedelta(minutes=r.randrange(60, 40000)) if r.random() < 0.9 else self.around(r, midnight(E - timedelta(days=30)))
        if r.random() < 0.01:
            last = midnight(E) + timedelta(days=2)                              # a clock that runs ahead
        first = last - timedelta(days=r.randrange(0, 600), minutes=r.randrange(1440))
        if r.random() < 0.15:
            first = min(self.around(r, midnight(E - timedelta(days=7))), last)
        if r.random() < 0.01:
            first = last + timedelta(hours=3)                                   # impossible
        row = dict(device_key=key, serial=serial, source=r.choice(["edr", "mdm", "scan"]), business_unit=unit, asset_class=cls,
                   first_seen_at=self.stamp(r, first), last_seen_at=self.stamp(r, last), excluded="true" if r.random() < 0.05 else "false")
        if r.random() < 0.005:
            row["last_seen_at"] = "9999-12-31T00:00:00Z"                        # empty, and required
        self.put("discovered_devices", night, row, r)

    # ---- the ledgers ------------------------------------------------------------------------------------------------
    def event(self, dataset, arrives, row):
        self.events[dataset].append((arrives, row))

    def late(self, r, day):
        """When a ledger row arrives: the same day, or weeks late (which restates)."""
        return day + timedelta(days=r.choices([0, 2, 40], [70, 20, 10])[0])

    def costs(self):
        n = 0
        for info in self.asset_book:
            r = self.rng("cost", info["id"])
            lines = []
            if r.random() < 0.9:
                lines.append(("acquisition", info["bought"], self.money(r, 150, 3000)))
                if r.random() < 0.06:
                    lines.append(("acquisition", info["bought"] + timedelta(days=20), "-" + self.money(r, 20, 100)))       # a credit
            for kind in ("deployment", "maintenance", "support", "upgrade", "software", "other", "maintenance"):
                if r.random() < 0.3:
                    lines.append((kind, info["service"] + timedelta(days=r.randrange(0, 1200)), self.money(r, 10, 400)))
            if info["final"] == "retired":
                if r.random() < 0.6:
                    lines.append(("disposal", info["gone"], self.money(r, 10, 60)))
                if r.random() < 0.5:
                    lines.append(("proceeds", info["gone"], self.money(r, 10, 300)))
            elif r.random() < 0.08:
                lines.append(("proceeds", info["service"] + timedelta(days=r.randrange(800)), self.money(r, 5, 80)))         # parts sold
            for kind, day, amount in lines:
                n += 1
                self.cost_line(r, f"L{n:07d}", info["id"], info["unit"] if r.random() < 0.9 else self.unit(r), info["cls"][0], "hardware" if r.random() < 0.8 else "services", kind, amount, day)
        r = self.rng("othercost")
        for _ in range(260 * self.k):                                           # spend without an asset
            n += 1
            kind = r.choice(["software", "software", "other", "support", "maintenance", "proceeds"])
            amount = ("-" if r.random() < 0.07 else "") + self.money(r, 50, 6000)
            self.cost_line(r, f"L{n:07d}", "" if r.random() < 0.95 else "A-NOBODY", self.unit(r), "", r.choice(["software", "cloud", "services", "telecom"]), kind, amount, self.some_day(r))

    def cost_line(self, r, line, asset, unit, cls, category, kind, amount, day):
        row = dict(line_id=line, asset_id=asset, business_unit=unit, asset_class=cls, category=category, cost_type=kind, vendor=r.choice(["V1", "V2", "V3", ""]),
                   amount=amount, currency=self.currency(r), posted_on=day.isoformat(), state=r.choices(["posted", "pending", "rejected"], [88, 8, 4])[0])
        x = r.random()
        if x < 0.01:
            row["posted_on"] = self.sentinel(r)
        elif x < 0.02:
            row[r.choice(["amount", "category", "cost_type", "state"])] = ""
        arrives = self.late(r, day)
        self.event("costs", arrives, row)
        if r.random() < 0.06:                                                   # a later version: posted after all, or corrected
            self.event("costs", arrives + timedelta(days=r.randrange(3, 70)), dict(row, state=r.choice(["posted", "rejected"]), amount=self.money(r, 10, 900), business_unit=self.unit(r, unit)))
        if r.random() < 0.01:
            self.event("costs", arrives, dict(row, amount="1"))                 # twice in one file

    def budgets(self):
        r = self.rng("budgets")
        for unit in WORKING + ["OLD-DIV"]:
            for category in ("hardware", "software", "cloud", "services", "travel"):
                if r.random() < 0.2:
                    continue                                                     # spend without a budget
                for m in self.months:
                    amount = "0" if r.random() < 0.06 else self.money(r, 200, 9000)
                    row = dict(business_unit=unit, category=category, period=f"{m:%Y-%m}", amount=amount, currency=r.choices(["", "EUR", "USD", "JPY"], [70, 15, 12, 3])[0])
                    self.event("budgets", date(2025, 1, 5), row)
                    if r.random() < 0.08:
                        self.event("budgets", m + timedelta(days=10), dict(row, amount=self.money(r, 200, 9000)))
        self.event("budgets", date(2025, 1, 5), dict(business_unit="", category="cloud", period="2026-10", amount="500", currency=""))

    def stages(self):
        for info in self.asset_book:
            r = self.rng("stage", info["id"])
            if r.random() < 0.2:
                continue
            start = self.some_day(r, date(2025, 1, 1), date(2026, 10, 1))
            for i, stage in enumerate(STAGES):
                if r.random() < 0.25:
                    continue                                                     # a stage never recorded
                plan = start + timedelta(days=i * r.randrange(10, 60))
                if r.random() < 0.25:
                    plan = self.day_around(r, r.choice(self.months))
                x = r.random()
                done = "" if x < 0.12 else (plan + timedelta(days=r.choice([0, 0, -1, 1, -9, -30, 5, 70] if x < 0.7 else [0, -1, -5]))).isoformat()
                row = dict(asset_id=info["id"], business_unit=self.unit(r, info["unit"]), stage=stage, planned_on=plan.isoformat() if r.random() < 0.96 else r.choice(["", "1899-12-30"]), completed_on=done)
                if r.random() < 0.01:
                    row["completed_on"] = "9999-12-31"
                self.event("lifecycle_stages", start, dict(row, completed_on="") if r.random() < 0.3 else row)
                self.event("lifecycle_stages", plan + timedelta(days=1), row)
                if r.random() < 0.01:
                    self.event("lifecycle_stages", plan, dict(row, stage=""))

    def disposals(self):
        n = 0
        book = [(i["id"], i["cls"], i["unit"], i["out"], i["gone"]) for i in self.asset_book if i["final"] == "retired" and i["out"] < date(2026, 11, 1)]
        r = self.rng("disposals")
        for j in range(300 * self.k):
            left = self.some_day(r, date(2025, 1, 1))
            book.append((f"OLD{j:05d}", r.choice(CLASSES), self.unit(r), left, left + timedelta(days=r.randrange(0, 150))))
        for aid, cls, unit, left, gone in book:
            n += 1
            if r.random() < 0.1:
                gone = max(left, self.day_around(r, r.choice(self.months)))
            waits = r.random() < 0.15
            bearing = cls[4] if r.random() < 0.95 else not cls[4]
            clean = gone + timedelta(days=r.choice([0, 0, -1, 1, -5])) if r.random() < 0.9 else None
            row = dict(asset_id=aid, business_unit=unit, asset_class=cls[0], left_use_on=left.isoformat(),
                       disposed_on="" if waits else gone.isoformat(), data_bearing="true" if bearing else "false", sanitized_on=clean.isoformat() if clean else "",
                       sanitization_verified="true" if r.random() < 0.92 else "false", certificate=f"C{n}" if r.random() < 0.93 else "")
            x = r.random()
            if x < 0.02:
                row["disposed_on"] = (left - timedelta(days=3)).isoformat()      # impossible
            elif x < 0.03:
                row["left_use_on"] = self.sentinel(r)
            elif x < 0.04:
                row["disposed_on"] = "9999-12-31"                                # still waits
            self.event("disposals", left, dict(row, disposed_on="", sanitized_on="", certificate=""))
            self.event("disposals", self.late(r, gone), row)

    def returns(self):
        r = self.rng("returns")
        for j in range(420 * self.k):
            due = self.some_day(r, date(2025, 5, 1))
            outcome = r.choices(["returned", "bought_out", "lost", ""], [70, 8, 8, 14])[0]
            got = due + timedelta(days=r.choice([0, -3, 5, 20, 45, 90, -30])) if outcome == "returned" else None
            if got and r.random() < 0.15:
                got = self.day_around(r, add_months(month_start(due), 1))        # the last day of the month, or one day late
            row = dict(return_id=f"R{j:06d}", asset_id=r.choice(self.asset_book)["id"], business_unit=self.unit(r), trigger=r.choice(["offboarding", "offboarding", "role_change", "refresh"]),
                       due_on=due.isoformat(), received_on=got.isoformat() if got and r.random() > 0.03 else "", outcome=outcome, book_value=self.money(r, 10, 900) if r.random() < 0.9 else "", currency=self.currency(r))
            if r.random() < 0.01:
                row["due_on"] = ""
            self.event("returns", due - timedelta(days=10), dict(row, received_on="", outcome=""))
            self.event("returns", max(due, got or due), row)

    def incidents(self):
        r = self.rng("incidents")
        n = 0

        def incident(asset, unit, opened, failed, resolved, state=None, users=None, kind="failure"):
            nonlocal n
            n += 1
            info = asset
            upd = (resolved or opened) + timedelta(hours=1)
            row = dict(incident_id=f"I{n:06d}", asset_id=info["id"] if info else "", asset_class=info["cls"][0] if info else r.choice(["", "laptop", "server"]),
                       business_unit=unit, kind=kind, opened_at=self.stamp(r, opened), failed_at=self.stamp(r, failed) if failed else r.choice(["", "", "1899-12-30T00:00:00Z"]),
                       resolved_at=self.stamp(r, resolved) if resolved else "", state=state or ("resolved" if resolved else "open"),
                       affected_users=str(r.choice([0, 1, 1, 3, 25])) if users is None else users, updated_at=self.stamp(r, upd))
            if info and self.ambiguous and r.random() < 0.05:
                row["asset_class"] = ""
            # first seen open, then the final version; sometimes an older version comes back later and must lose
            if resolved and r.random() < 0.5:
                self.event("incidents", opened.date(), dict(row, resolved_at="", state="open", updated_at=self.stamp(r, opened)))
            self.event("incidents", upd.date(), row)
            if r.random() < 0.05:
                self.event("incidents", upd.date() + timedelta(days=45), dict(row, state="cancelled", updated_at=self.stamp(r, upd - timedelta(minutes=5))))
            elif r.random() < 0.05:                                              # the same stamp, a later night: wins
                self.event("incidents", upd.date() + timedelta(days=45), dict(row, business_unit=r.choice(WORKING)))
            elif r.random() < 0.02:                                              # newer, and cancelled
                self.event("incidents", upd.date() + timedelta(days=45), dict(row, state="duplicate", updated_at=self.stamp(r, upd + timedelta(days=1))))
            return row

        def resolve_time(start):
            return start + timedelta(minutes=r.randrange(10, 6000))

        for _ in range(420 * self.k):
            info = r.choice(self.asset_book) if r.random() < 0.92 else None
            unit = self.unit(r, info["unit"] if info else None)
            opened = self.some_stamp(r)
            failed = opened - timedelta(minutes=r.randrange(1, 600)) if r.random() < 0.4 else None
            resolved = resolve_time(opened) if r.random() < 0.88 else None
            if resolved and r.random() < 0.08:                                   # ends exactly at a local month end
                E = midnight(month_end_after(opened.date()))
                resolved = max(opened, self.around(r, E))
            state = r.choice(["cancelled", "duplicate"]) if r.random() < 0.06 else ("closed" if resolved and r.random() < 0.3 else None)
            users = "" if r.random() < 0.1 else None
            kind = "failure" if r.random() < 0.85 else "request"
            row = incident(info, unit, opened, failed, resolved, state, users, kind)
            x = r.random()
            if x < 0.01 and resolved:                                            # impossible, in its newest version
                self.event("incidents", resolved.date() + timedelta(days=2), dict(row, resolved_at=self.stamp(r, opened - timedelta(hours=30)), failed_at="", updated_at=self.stamp(r, resolved + timedelta(days=2))))
            elif x < 0.02:
                self.event("incidents", opened.date() + timedelta(days=60), dict(row, kind="", updated_at=self.stamp(r, opened + timedelta(days=60))))
            # overlapping, nested, touching outages of the same asset; chains across months
            if info and resolved and kind == "failure" and r.random() < 0.25:
                start = failed or opened
                length = resolved - start
                how = r.choice(["overlap", "nested", "touch", "same", "gap"])
                other = self.unit(r, info["unit"])
                if how == "overlap":
                    incident(info, other, start + length / 2 + timedelta(seconds=1), None, resolved + timedelta(hours=7))
                elif how == "nested":
                    incident(info, other, start + length / 4, None, start + length / 2)
                elif how == "touch":
                    incident(info, other, resolved, None, resolved + timedelta(hours=2))
                elif how == "same":
                    incident(info, unit, start + timedelta(minutes=1), start, resolved)
                else:
                    incident(info, other, resolved + timedelta(seconds=1), None, resolved + timedelta(hours=2))
        for m in self.months[6:23]:                                             # outages over the month end, chains of three
            info = r.choice(self.asset_book)
            e = midnight(m)
            incident(info, info["unit"], e - timedelta(hours=30), None, e - timedelta(hours=1))
            incident(info, r.choice(WORKING), e - timedelta(hours=5), None, e + timedelta(hours=5))
            incident(info, r.choice(WORKING), e + timedelta(hours=4), None, e + timedelta(hours=50), users="40")

    # ---- patches ----------------------------------------------------------------------------------------------------
    def patches(self):
        for night in NIGHTS:
            E = month_end_after(night)
            end = midnight(E)
            for info in self.asset_book:
                state = self.state(info, night)
                r = self.rng("patch", info["id"], night)
                if state in (None, "ordered") or not info["cls"][2] or r.random() < 0.3:
                    continue
                slack = r.random() < 0.25
                scan = midnight(night) - timedelta(hours=r.randrange(1, 200))
                if r.random() < 0.08:
                    scan = self.around(r, midnight(E - timedelta(days=14)))      # exactly back(14)
                elif r.random() < 0.05:
                    scan = None
                for j in range(r.choice([1, 1, 2, 3])):
                    released = midnight(night) - timedelta(hours=r.randrange(10, 1500))
                    severity = r.choices(["critical", "high", "medium", "low"], [45, 25, 20, 10])[0]
                    if severity == "critical" and r.random() < 0.25:              # the window of 72 h ends on an edge of the period
                        released = self.around(r, r.choice([end, midnight(month_start(night))])) - timedelta(hours=72)
                    due = released + timedelta(days=r.choice([3, 14, 30, 60]))
                    if r.random() < 0.1:
                        due = max(released, self.around(r, end))                   # due exactly at `end`
                    installed = None
                    if r.random() < (0.6 if slack else 0.96):
                        installed = released + timedelta(hours=r.choice([1, 20, 71, 72, 72, 73, 200]), seconds=r.choice([0, 0, 0, 1, -1]))
                        if installed > midnight(night) + timedelta(hours=20):
                            installed = None
                    exception = r.random() < 0.08
                    if exception and r.random() < 0.8:
                        installed = None
                    row = dict(asset_id=info["id"], patch_id=f"KB{j}{r.randrange(40):02d}", business_unit=self.unit(r, info["unit"]), severity=severity, released_at=self.stamp(r, released),
                               due_at=self.stamp(r, due), installed_at=self.stamp(r, installed) if installed else "", pending_reboot="true" if r.random() < 0.03 else "false",
                               exception="true" if exception else "false", superseded="true" if r.random() < 0.05 else "false",
                               last_scanned_at=self.stamp(r, scan - timedelta(hours=j)) if scan else "")
                    x = r.random()
                    if x < 0.004:
                        row["due_at"] = self.stamp(r, released - timedelta(hours=1))
                    elif x < 0.008:
                        row["installed_at"] = self.stamp(r, released - timedelta(hours=1))
                    elif x < 0.012:
                        row["pending_reboot"] = ""
                    self.put("patches", night, row, r, dup=0.005)

    # ---- software ---------------------------------------------------------------------------------------------------
    PRODUCTS = [  # product, metric, installs share, pools: (seats, type, price, maintenance, start, end, owner, currency)
        ("cad-suite", "device", 40, [("30", "subscription", "410.50", "", "2024-01-01", "", "EMEA-HQ", "")]),                                        # under-licensed
        ("office-pro", "user", 90, [("200", "subscription", "120", "", "2023-05-01", "9999-12-31", "AMER-SALES", "USD")]),                            # over-licensed
        ("erp-client", "user", 50, [("40", "perpetual", "900", "180", "", "", "EMEA", ""), ("25", "perpetual", "700", "", "2025-10-01", "", "", "EUR")]),
        ("db-server", "device", 25, [("10", "subscription", "2000", "", "2024-11-01", "2026-10-31", "AMER-LAB", ""), ("12", "perpetual", "5000", "850.25", "2020-01-01", "", "EMEA-PLANT", "USD")]),
        ("old-tool", "device", 25, [("50", "subscription", "75", "", "2023-01-01", "2025-12-31", "EMEA-HQ", ""), ("20", "subscription", "60", "", "2022-01-01", "2025-10-30", "EMEA-HQ", "")]),   # only expired pools
        ("pirated", "device", 15, []),                                                                                                             # nobody ever bought it
        ("shelf", "user", 0, [("35", "subscription", "99.99", "", "2025-02-01", "2027-01-31", "GHOSTUNIT", ""), ("5", "subscription", "80", "", "2025-02-01", "", "AMER", "")]),   # nobody uses it
        ("listed", "user", 40, [("70", "subscription", "45", "", "2024-06-01", "", "AMER-SCHOOL", "")]),                                              # users listed in saas_seats
        ("yen-tool", "device", 12, [("8", "subscription", "9000", "", "2024-06-01", "", "LOST", "JPY")]),                                             # no rate
        ("next-year", "device", 10, [("30", "subscription", "50", "", "2027-01-01", "", "SELF", ""), ("5", "subscription", "55", "", "2024-01-01", "2026-09-30", "SELF", "GBP")]),
        ("edge", "device", 15, [("6", "subscription", "31", "", "2026-10-31", "", "EMEA-CLINIC", ""), ("6", "subscription", "29", "", "2025-01-01", "2026-10-30", "EMEA-CLINIC", ""), ("4", "subscription", "27", "", "2025-01-01", "2026-10-31", "", "USD")]),
        ("free-reader", "device", 30, []),                                                                                                        # needs no licence
        ("nought", "user", 6, [("0", "subscription", "12", "", "2025-01-01", "", "EMEA-HQ", "")]),
    ]

    def products(self):
        return [p for p in self.PRODUCTS if p[0] != "nought" or self.ambiguous]

    def software(self):
        for night in NIGHTS:
            r = self.rng("pools", night)
            for product, metric, _, pools in self.products():
                for j, (seats, kind, price, care, start, end, owner, currency) in enumerate(pools):
                    seats = str(int(seats) * self.k)
                    self.put("entitlements", night, dict(pool_id=f"{product}-{j}", product=product, publisher="P", metric=metric, seats=seats, annual_unit_price=price, currency=currency,
                             license_type=kind, annual_maintenance=care, starts_on=start, ends_on=end, owner_unit=owner), r, dup=0.05)
            bad = dict(product="office-pro", publisher="P", metric="user", annual_unit_price="120", currency="", license_type="subscription", annual_maintenance="", owner_unit="EMEA-HQ")
            self.put("entitlements", night, dict(bad, pool_id="bad-1", seats="-5", starts_on="", ends_on=""), r)
            self.put("entitlements", night, dict(bad, pool_id="bad-2", seats="500", starts_on="2026-05-01", ends_on="2026-04-01"), r)
            self.put("entitlements", night, dict(bad, pool_id="bad-3", seats="", starts_on="", ends_on=""), r)
            if self.ambiguous:
                self.put("entitlements", night, dict(bad, pool_id="nop", product="cad-suite", metric="device", seats="3", annual_unit_price="", starts_on="", ends_on=""), r)
        n = 0
        for product, metric, share, _ in self.products():
            for i in range(int(share * self.k * 1.2)):
                n += 1
                base = self.rng("install", n)
                device = base.choice(self.asset_book)["id"] if base.random() < 0.95 else f"HOST{base.randrange(50)}"
                user = base.choice(self.people_ids) if base.random() < 0.88 else ""
                unit = self.unit(base)
                habit = base.random()
                since = date(2024, 1, 1) + timedelta(days=base.randrange(900))
                required = product != "free-reader" and base.random() > 0.04
                for night in NIGHTS:
                    r = self.rng("installnight", n, night)
                    if since > night:
                        continue
                    E = month_end_after(night)
                    if habit < 0.12:
                        used = ""                                                # never used
                    elif habit < 0.3:
                        used = (night - timedelta(days=r.randrange(91, 300))).isoformat()
                    elif r.random() < 0.1:
                        used = self.day_around(r, E - timedelta(days=90)).isoformat()
                    else:
                        used = (night - timedelta(days=r.randrange(0, 70))).isoformat()
                    put_on = since
                    if used == "" and base.random() < 0.3:
                        put_on = min(night, self.day_around(r, E - timedelta(days=90)))
                    row = dict(installation_id=f"N{n:06d}", device_id=device, product=product, business_unit=unit, user_id=user, installed_on=put_on.isoformat(),
                               last_used_on=used if r.random() > 0.01 or used == "" else "1899-12-30", license_required="true" if required else "false")
                    if r.random() < 0.004:
                        row[r.choice(["device_id", "license_required", "product"])] = ""
                    if self.ambiguous and r.random() < 0.005:
                        row["installed_on"] = row["last_used_on"] = ""
                    self.put("installations", night, row, r, dup=0.005)

    APPS = [  # app, users, subscriptions (seats, price, start, end, owner, currency)
        ("chat", 80, [("100", "96", "2024-01-01", "2027-12-31", "EMEA-HQ", "")]),
        ("crm", 70, [("45", "720.40", "2025-01-01", "2026-12-31", "AMER-SALES", "USD")]),                       # more assigned than bought
        ("wiki", 30, []),                                                                                   # no subscription
        ("board", 25, [("60", "30", "2024-01-01", "2026-03-31", "EMEA", "")]),                                  # ended
        ("mailer", 40, [("30", "50", "2025-01-01", "", "EMEA-PLANT", ""), ("25", "44", "2025-06-01", "2026-10-31", "", "EUR"), ("9", "44", "2026-11-01", "", "AMER", "")]),
        ("ghostapp", 0, [("20", "200", "2025-01-01", "9999-12-31", "OLD-DIV", "")]),                             # nobody was assigned
        ("yenapp", 12, [("15", "8000", "2025-01-01", "", "LOST", "JPY")]),
        ("listed", 55, []),                                                                                # the list of a licence product
    ]

    def saas(self):
        for night in NIGHTS:
            r = self.rng("subs", night)
            for app, _, subs in self.APPS:
                for j, (seats, price, start, end, owner, currency) in enumerate(subs):
                    self.put("saas_subscriptions", night, dict(subscription_id=f"{app}-{j}", app=app, seats=str(int(seats) * self.k), annual_seat_price=price, currency=currency, starts_on=start, ends_on=end, owner_unit=owner), r, dup=0.04)
            bad = dict(app="chat", annual_seat_price="96", currency="", owner_unit="EMEA-HQ")
            self.put("saas_subscriptions", night, dict(bad, subscription_id="bad-1", seats="-9", starts_on="2025-01-01", ends_on=""), r)
            self.put("saas_subscriptions", night, dict(bad, subscription_id="bad-2", seats="90", starts_on="1899-12-30", ends_on=""), r)
        for app, users, _ in self.APPS:
            chosen = self.rng("seats", app).sample(self.people_ids, min(users * self.k, len(self.people_ids)))
            for user in chosen:
                base = self.rng("seat", app, user)
                since = date(2024, 6, 1) + timedelta(days=base.randrange(800))
                unit, habit = self.unit(base), base.random()
                for night in NIGHTS:
                    if since > night:
                        continue
                    r = self.rng("seatnight", app, user, night)
                    E = month_end_after(night)
                    if habit < 0.1:
                        used = ""
                    elif habit < 0.25:
                        used = (night - timedelta(days=r.randrange(31, 200))).isoformat()
                    elif r.random() < 0.12:
                        used = self.day_around(r, E - timedelta(days=30)).isoformat()
                    else:
                        used = (night - timedelta(days=r.randrange(0, 25))).isoformat()
                    self.put("saas_seats", night, dict(app=app, user_id=user, business_unit=unit, assigned_on=since.isoformat() if r.random() > 0.004 else "", last_active_on=used), r, dup=0.005)

    # ---- contracts and audits -----------------------------------------------------------------------------------------
    def renewals(self):
        r = self.rng("renewals")
        for j in range(420 * self.k):
            due = self.some_day(r)
            notice = r.choice([0, 30, 60, 90])
            deadline = due - timedelta(days=notice)
            review = deadline + timedelta(days=r.choice([0, 0, 1, -1, -20, 15])) if r.random() < 0.75 else None
            outcome = r.choice(["auto_renewed", "renewed", "renegotiated", "cancelled", ""])
            value = self.money(r, 500, 50000)
            new = "" if outcome in ("", "cancelled") or r.random() < 0.1 else f"{float(value) * r.uniform(0.6, 1.15):.2f}"
            if outcome == "cancelled" and r.random() < 0.4:
                new = "0"
            if outcome == "cancelled" and new == "" and not self.ambiguous:
                new = "0"
            row = dict(renewal_id=f"W{j:05d}", vendor=r.choice(["V1", "V2", "V3"]), product="", business_unit=self.unit(r), renewal_on=due.isoformat(), notice_days=str(notice),
                       annual_value=value, currency=self.currency(r), reviewed_on=review.isoformat() if review else r.choice(["", "1899-12-30", ""]), outcome=outcome, new_annual_value=new)
            x = r.random()
            if x < 0.015:
                row["notice_days"] = "-5"
            elif x < 0.03:
                row["vendor"] = ""
            self.event("renewals", deadline - timedelta(days=90), dict(row, reviewed_on="", outcome="", new_annual_value=""))
            self.event("renewals", self.late(r, due), row)

    def audits(self):
        r = self.rng("audits")
        n = 0
        for j in range(170 * self.k):
            done = self.some_day(r, date(2025, 1, 1))
            unit = r.choice([u for u in WORKING if u not in ("SELF",)] + ["", "OLD-DIV"])
            counted = r.random() < 0.5 and unit not in ("AMER-LAB", "LOST")          # those two never count items
            tested = r.randrange(10, 400)
            clean = tested - r.randrange(0, tested // 5 + 1)
            row = dict(audit_id=f"AU{j:05d}", business_unit=unit, kind=r.choice(["internal", "external"]), completed_on=done.isoformat() if r.random() < 0.93 else "",
                       items_tested=str(tested) if counted else "", items_clean=str(clean) if counted else "")
            if r.random() < 0.02 and counted:
                row["items_clean"] = str(tested + 1)                              # impossible
            self.event("audits", self.late(r, done), row)
            for _ in range(r.choice([0, 0, 1, 2, 3])):
                n += 1
                raised = done + timedelta(days=r.choice([0, -2, 0, 3]))
                closed = raised + timedelta(days=r.choice([0, 10, 60, 200])) if r.random() < 0.7 else None
                if closed and r.random() < 0.1:
                    closed = max(raised, self.day_around(r, r.choice(self.months)))
                f = dict(finding_id=f"F{n:05d}", audit_id=row["audit_id"], business_unit=unit if r.random() < 0.9 else self.unit(r), severity=r.choice(["major", "minor", "minor"]),
                         raised_on=raised.isoformat(), closed_on=closed.isoformat() if closed else r.choice(["", "", "9999-12-31"]), exposure=self.money(r, 100, 90000) if r.random() < 0.85 else "", currency=self.currency(r))
                if r.random() < 0.02:
                    f["closed_on"] = (raised - timedelta(days=1)).isoformat()      # impossible
                self.event("audit_findings", raised, dict(f, closed_on=""))
                self.event("audit_findings", self.late(r, closed or raised), f)

    # ---- writing ------------------------------------------------------------------------------------------------------
    def reference(self, night):
        r = self.rng("reference")
        units = [dict(zip("business_unit name parent industry".split(), u)) for u in UNITS]
        units.append(dict(business_unit="OLD-DIV", name="", parent="", industry=""))      # an empty required column: unmapped
        units.insert(0, dict(business_unit="EMEA-HQ", name="An older row", parent="AMER", industry="education"))   # the later row wins
        classes = [dict(asset_class=c[0], refresh_years=str(c[1]), has_telemetry=str(c[2]).lower(), personal=str(c[3]).lower(), data_bearing=str(c[4]).lower(), list_price=c[5], currency=c[6]) for c in CLASSES]
        rates = []
        for m in self.months:
            usd, gbp = r.uniform(0.85, 0.99), r.uniform(1.1, 1.25)
            rates.append(dict(period=f"{m:%Y-%m}", currency="USD", average_rate=f"{usd:.6f}", closing_rate=f"{usd + 0.01:.6f}"))
            if (m.year, m.month) not in ((2026, 8), (2026, 2), (2025, 10)):                 # months without a pound
                rates.append(dict(period=f"{m:%Y-%m}", currency="GBP", average_rate=f"{gbp:.6f}", closing_rate=f"{gbp - 0.02:.6f}" if (m.year, m.month) != (2026, 5) else ""))
        rates.insert(0, dict(period="2026-10", currency="USD", average_rate="7", closing_rate="7"))    # the later row wins
        return {"business_units": units, "asset_classes": classes, "fx_rates": rates}

    def write(self, out):
        self.people(), self.assets(), self.devices(), self.costs(), self.budgets(), self.stages(), self.disposals(), self.returns()
        self.incidents(), self.patches(), self.software(), self.saas(), self.renewals(), self.audits()
        skip = self.rng("skip")
        for night in (NIGHTS[0], date(2026, 10, 31), NIGHTS[-1]):
            for dataset, rows in self.reference(night).items():
                self.save(out, dataset, night, rows)
        for dataset in SNAPSHOTS:
            for night in NIGHTS:
                if dataset != "assets" and night not in (NIGHTS[0], date(2026, 10, 31)) and skip.random() < 0.08:
                    continue                                                       # a feed that did not come that night
                rows = self.snap[dataset].get(night, [])
                mix = self.rng("mix", dataset, night)
                if dataset not in ("assets",):                                      # keep the order within a key, mix the rest
                    pass
                self.save(out, dataset, night, rows, parts=2 if mix.random() < 0.2 else 1)
        for dataset in LEDGERS:
            events = sorted(enumerate(self.events[dataset]), key=lambda e: (e[1][0], e[0]))
            keys = {"budgets": ("business_unit", "category", "period"), "lifecycle_stages": ("asset_id", "stage")}.get(dataset, (CONTRACT[dataset].split()[0],))
            since = date(1900, 1, 1)
            for n, night in enumerate(NIGHTS):
                # costs and incidents come as increments, with a whole history now and then; the others mostly as whole histories
                whole = n % 6 == 5 if dataset in ("costs", "incidents", "returns") else self.rng("whole", dataset, night).random() < 0.6
                part = [row for _, (day, row) in events if (day <= night if whole else since < day <= night)]
                if whole:
                    newest = {}
                    for row in part:
                        newest[tuple(row[k] for k in keys)] = row
                    part = list(newest.values())
                since = night
                self.save(out, dataset, night, part)

    def save(self, out, dataset, night, rows, parts=1):
        folder = os.path.join(out, dataset, night.isoformat())
        os.makedirs(folder, exist_ok=True)
        columns = CONTRACT[dataset].split()
        cut = len(rows) // 2
        for name, chunk in ([("part-1.csv", rows[:cut]), ("part-2.csv", rows[cut:])] if parts == 2 else [(f"{dataset}.csv", rows)]):
            with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as handle:
                w = csv.DictWriter(handle, columns, lineterminator="\n", restval="")
                w.writeheader()
                w.writerows(chunk)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seed", type=int, required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--size", choices=SIZES, default="small")
    ap.add_argument("--ambiguous", action="store_true")
    args = ap.parse_args()
    Estate(args.seed, args.size, args.ambiguous).write(args.out)


if __name__ == "__main__":
    main()
