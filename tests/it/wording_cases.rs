//! The data a sentence may meet: every state with every combination of figures present and absent, as `report` words them.

use muster::catalogue::{Kpi, Language, Op, Side};
use muster::money;
use muster::quantity::{self, Direction, Locale, NONE, Unit};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

pub const STATES: [(&str, &str); 8] = [
    ("met", "on target"),
    ("watch", "watch"),
    ("off_target", "off target"),
    ("no_target", "no target"),
    ("baselining", "baselining"),
    ("na", "n/a"),
    ("not_measured", "not measured"),
    ("withheld", "withheld"),
];
/// Cases of each base combination, with the rest of the data mixed differently.
const MIXES: usize = 2;
const CURRENCY: &str = "EUR";

pub struct Case {
    pub data: Map<String, Value>,
    pub state: &'static str,
}

impl Case {
    pub fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.data.get(name).and_then(Value::as_bool).unwrap_or_default()
    }
}

/// Hundreds of contexts for one KPI in one language.
pub fn cases(kpi: &Kpi, language: &Language) -> Vec<Case> {
    let mut all = Vec::new();
    for (state, word) in STATES {
        for moved in ["", "improved", "worsened", "unchanged"] {
            for money in [false, true] {
                for driver in 0..3 {
                    for indicative in [false, true] {
                        for _ in 0..MIXES {
                            let base = Base { state, word, moved, money, driver, indicative };
                            all.push(Case { data: context(kpi, language, &base, all.len()), state });
                        }
                    }
                }
            }
        }
    }
    all
}

struct Base {
    state: &'static str,
    word: &'static str,
    moved: &'static str,
    money: bool,
    driver: usize,
    indicative: bool,
}

/// One of `options`, another for each salt and nearly every case; the same on every run.
fn pick<T: Copy>(case: usize, salt: usize, options: &[T]) -> T {
    let mixed = (case * 2_654_435_761 + salt * 40_503).rotate_right(7).wrapping_mul(2_246_822_519) >> 13;
    options[mixed % options.len()]
}

fn context(kpi: &Kpi, language: &Language, base: &Base, case: usize) -> Map<String, Value> {
    let locale = Locale::of(&language.tag);
    let amount = |value: i64| money::short(Decimal::from(value), CURRENCY, locale);
    let count = |value: i64| quantity::count(Decimal::from(value), locale);
    let has_figure = !matches!(base.state, "na" | "not_measured" | "withheld");
    let judged = matches!(base.state, "met" | "watch" | "off_target");
    let with_money = base.money && kpi.impact.is_some() && !matches!(base.state, "not_measured" | "withheld");
    let money =
        if with_money { pick(case, 1, &[amount(1_236_000), amount(864)].each_ref()).clone() } else { String::new() };
    let is_amount = |side| kpi.formula.amounts.contains(&side);
    let part = |side, value: i64| if is_amount(side) { amount(value * 1_000) } else { count(value) };
    let (numerator, denominator, rest) = match (base.state, pick(case, 2, &[0, 1, 2, 3])) {
        ("not_measured", _) | ("na", 0) => (String::new(), String::new(), String::new()),
        ("na", _) => (part(Side::Numerator, 0), part(Side::Denominator, 0), String::new()),
        (_, 0) => (part(Side::Numerator, 0), part(Side::Denominator, 3_100), part(Side::Denominator, 3_100)),
        (_, 1) => (part(Side::Numerator, 1), part(Side::Denominator, 2), part(Side::Denominator, 1)),
        (_, 2) => (part(Side::Numerator, 3_100), part(Side::Denominator, 3_100), String::new()),
        _ => (part(Side::Numerator, 1_204), part(Side::Denominator, 3_100), part(Side::Denominator, 1_896)),
    };
    let over = kpi.direction == Direction::Zero && with_money;
    let driver = pick(case, 3, &["Orbit CRM", "laptop", "Northern sales"]);
    let moves = !base.moved.is_empty() && (has_figure || base.state == "withheld");
    let change = match base.moved {
        _ if !moves => String::new(),
        "unchanged" => change(kpi, Decimal::ZERO, locale),
        _ => change(kpi, Decimal::new(pick(case, 4, &[-17, 17, 0]), 3), locale),
    };
    let (signal, usual) = if moves {
        pick(case, 5, &[("", ""), ("signal", "61–68\u{a0}%"), ("noise", "61–68\u{a0}%")])
    } else {
        ("", "")
    };
    let chief = if moves && base.moved != "unchanged" { pick(case, 6, &["", "Northern sales", "laptop"]) } else { "" };
    let month = format!("{} 2027", language.months[2]);
    let pace = pick(case, 7, &[false, true]);
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| _ = data.insert(name.to_owned(), value);
    put("state", json!(base.state));
    put("moved", json!(if moves { base.moved } else { "" }));
    put("name", json!(kpi.name));
    put("value", json!(if has_figure { value(kpi, base.state, locale) } else { language.word(base.word).to_owned() }));
    put(
        "target",
        json!(if judged || base.state == "baselining" { target(kpi, language, locale) } else { String::new() }),
    );
    put(
        "miss",
        json!(if matches!(base.state, "watch" | "off_target") { miss(kpi, language, locale) } else { String::new() }),
    );
    put("change", json!(change));
    put("numerator", json!(numerator));
    put("denominator", json!(denominator));
    put("rest", json!(if kpi.formula.denominator.is_some() { rest } else { String::new() }));
    put("scope", json!(pick(case, 8, &[language.word("the_enterprise"), "Northern sales"])));
    let quarter = language.fill("quarter", &[("index", "3"), ("year", "2026")]);
    put("period", json!(pick(case, 9, &[format!("{} 2026", language.months[9]), quarter].each_ref())));
    put("money", json!(money));
    put("money_kind", json!(if with_money { language.word("recoverable") } else { "" }));
    put("annual", json!(kpi.impact.as_ref().is_some_and(|impact| impact.annual)));
    put("indicative", json!(base.indicative && base.state != "withheld"));
    put("caveat", json!(if base.indicative || base.state == "withheld" { caveat(language) } else { String::new() }));
    put("driver", json!(if base.driver == 0 { "" } else { driver }));
    let shares = base.driver == 2 && with_money;
    put("driver_money", json!(if shares { amount(470_000) } else { String::new() }));
    put("driver_share", json!(if shares { pick(case, 10, &["38\u{a0}%", "100\u{a0}%"]) } else { "" }));
    put("reason", json!(reason(base.state, case)));
    put("companion", companions(kpi, case, locale));
    put("over", json!(over));
    put("persistent", json!(over && pick(case, 11, &[false, true])));
    put("term", json!(if shares && pick(case, 12, &[false, true]) { "12 Jan 2027" } else { "" }));
    put("mover", json!(chief));
    put("mover_change", json!(if chief.is_empty() { String::new() } else { change.clone() }));
    put("mover_kind", json!(if chief.is_empty() { "" } else { pick(case, 13, &["rate", "mix"]) }));
    put("signal", json!(signal));
    put("usual", json!(usual));
    put("reached_in", json!(if pace && matches!(base.state, "watch" | "off_target") { month.as_str() } else { "" }));
    put("lost_in", json!(if pace && base.state == "met" { month.as_str() } else { "" }));
    data
}

fn figure(unit: Unit, small: bool) -> Decimal {
    match unit {
        Unit::Ratio => Decimal::new(if small { 23 } else { 612 }, 3),
        Unit::Money => Decimal::from(412),
        Unit::Per100 | Unit::OneTo => Decimal::new(162, 2),
        Unit::Days | Unit::Hours => Decimal::new(123, 1),
        Unit::Count => Decimal::from(3),
    }
}

fn value(kpi: &Kpi, state: &str, locale: Locale) -> String {
    let sign = if kpi.direction == Direction::Zero && state == "watch" { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
    quantity::value(figure(kpi.unit, state == "met") * sign, kpi.unit, &[], CURRENCY, locale)
}

fn change(kpi: &Kpi, fraction: Decimal, locale: Locale) -> String {
    let scale = if kpi.unit == Unit::Ratio { Decimal::ONE } else { Decimal::ONE_HUNDRED };
    quantity::change(fraction * scale, kpi.unit, CURRENCY, locale)
}

/// A KPI without a target of its own may be given one: it is tried with a limit.
fn op(kpi: &Kpi) -> Op {
    let given = kpi.targets.iter().find(|target| target.member.is_none()).map(|target| target.op);
    given.unwrap_or(if kpi.direction == Direction::Higher { Op::AtLeast } else { Op::AtMost })
}

fn target(kpi: &Kpi, language: &Language, locale: Locale) -> String {
    let plain = quantity::value(figure(kpi.unit, true), kpi.unit, &[], CURRENCY, locale);
    match op(kpi) {
        Op::AtLeast => format!("≥\u{a0}{plain}"),
        Op::Above => format!(">\u{a0}{plain}"),
        Op::AtMost => format!("≤\u{a0}{plain}"),
        Op::Below => format!("<\u{a0}{plain}"),
        Op::Near => language.fill("near", &[("value", &plain)]),
        Op::Band => "1:1.2 – 1:1.5".to_owned(),
        Op::Trend => language
            .word(if kpi.direction == Direction::Higher { "prior_target_up" } else { "prior_target" })
            .to_owned(),
    }
}

fn miss(kpi: &Kpi, language: &Language, locale: Locale) -> String {
    let key = match op(kpi) {
        Op::AtLeast | Op::Above => "below_target",
        Op::AtMost | Op::Below => "above_target",
        Op::Near | Op::Band | Op::Trend => return String::new(),
    };
    let short = quantity::change(figure(kpi.unit, true), kpi.unit, CURRENCY, locale);
    language.fill(key, &[("miss", short.trim_start_matches('+'))])
}

fn caveat(language: &Language) -> String {
    if language.tag.starts_with("de") {
        "Bestandsgenauigkeit beträgt 91,2\u{a0}%"
    } else {
        "inventory accuracy is 91.2\u{a0}%"
    }
    .to_owned()
}

fn reason(state: &str, case: usize) -> &'static str {
    match state {
        "not_measured" => {
            pick(case, 14, &["`patches` was not delivered", "`patches` has no night at or before 2026-10-31"])
        }
        "na" => "nothing to divide by: the population is empty",
        "withheld" => "inventory accuracy rate is 91.2 %",
        "baselining" => "history starts on 2026-09-01: less than 90 days",
        _ => "",
    }
}

fn companions(kpi: &Kpi, case: usize, locale: Locale) -> Value {
    let mut all = Map::new();
    for (index, (name, companion)) in kpi.companions.iter().enumerate() {
        let known = |scale: Decimal| {
            quantity::value(figure(companion.unit, false) * scale, companion.unit, &[], CURRENCY, locale)
        };
        let text = match pick(case, 20 + index, &[0, 1, 2, 3]) {
            0 => NONE.to_owned(),
            1 => quantity::value(Decimal::ZERO, companion.unit, &[], CURRENCY, locale),
            2 if companion.unit == Unit::Count => "1".to_owned(),
            _ => known(Decimal::ONE),
        };
        all.insert(name.clone(), json!(text));
        if companion.impact.is_some() {
            let priced = pick(case, 60 + index, &[false, true]);
            let text = if priced { money::short(Decimal::from(86_400), CURRENCY, locale) } else { String::new() };
            all.insert(format!("{name}_money"), json!(text));
        }
    }
    Value::Object(all)
}
