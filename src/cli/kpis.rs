//! `muster kpis`: the KPI book as the program understands it.

use muster::app::App;
use muster::catalogue::{Impact, ImpactKind, Kpi, Op, Target, Trend};
use muster::ids::did_you_mean;

use crate::exit::Exit;

pub fn kpis(app: &App, only: Option<&str>) -> anyhow::Result<Exit> {
    if let Some(id) = only {
        let known = app.catalogue.kpis.iter().map(|kpi| kpi.id.as_str());
        let kpi = app
            .catalogue
            .kpi(id)
            .ok_or_else(|| anyhow::anyhow!("there is no KPI `{id}`{}", did_you_mean(id, known)))?;
        say!("{}", page(kpi).trim_end());
        return Ok(Exit::Done);
    }
    say!("The KPI book, catalogue version {}\n", app.catalogue.version);
    for kpi in &app.catalogue.kpis {
        say!("{}\n", page(kpi).trim_end());
    }
    Ok(Exit::Done)
}

fn page(kpi: &Kpi) -> String {
    let mut page = format!("{:>2}. {} ({})\n    {}\n", kpi.number, kpi.name, kpi.id, kpi.question);
    let mut line = |label: &str, text: &str| page.push_str(&format!("    {label:<12}{text}\n"));
    line("kind", &format!("{:?}, {:?}, unit {:?}", kpi.kind, kpi.direction, kpi.unit).to_lowercase());
    if let Some(dimension) = &kpi.dimension {
        line("by", dimension);
    }
    let scale = if (kpi.formula.scale - 1.0).abs() > f64::EPSILON {
        format!(" x {}", kpi.formula.scale)
    } else {
        String::new()
    };
    match &kpi.formula.denominator {
        Some(denominator) => line("formula", &format!("({}) / ({denominator}){scale}", kpi.formula.numerator)),
        None => line("formula", &kpi.formula.numerator),
    }
    for target in &kpi.targets {
        line("target", &target_words(target));
    }
    if let Some(impact) = &kpi.impact {
        line("money", &impact_words(impact));
    }
    for (name, companion) in &kpi.companions {
        line("beside it", &format!("{name}: {}", companion.about));
    }
    line("needs", &kpi.needs.join(", "));
    line("owner", &kpi.owner);
    for note in &kpi.notes {
        line("note", note);
    }
    page.push('\n');
    page
}

pub fn impact_words(impact: &Impact) -> String {
    let kind = match impact.kind {
        ImpactKind::Recoverable => "recoverable",
        ImpactKind::Exposure => "exposure",
        ImpactKind::Avoidable => "avoidable cost",
    };
    format!("{} ({kind}{})", impact.words, if impact.annual { ", a year" } else { "" })
}

fn target_words(target: &Target) -> String {
    let value = target.value.map(|value| value.to_string()).unwrap_or_default();
    let what = match (target.op, target.trend) {
        (Op::AtLeast, _) => format!("at least {value}"),
        (Op::Above, _) => format!("above {value}"),
        (Op::AtMost, _) => format!("at most {value}"),
        (Op::Below, _) => format!("strictly below {value}"),
        (Op::Near, _) => format!("within {value} of zero"),
        (Op::Band, _) => "inside the band of the unit's industry".to_owned(),
        (Op::Trend, Some(Trend::YearOnYear)) => "better than the same period last year".to_owned(),
        (Op::Trend, _) => "better than the prior period".to_owned(),
    };
    let scope = [
        target.member.as_ref().map(|member| format!(" for {member}")),
        target.business_unit.as_ref().map(|unit| format!(" in {unit}")),
        target.from.map(|from| format!(" from {from}")),
        target.until.map(|until| format!(" until {until}")),
        target.source.as_ref().map(|source| format!(" ({source})")),
    ];
    format!("{what}{}", scope.into_iter().flatten().collect::<String>())
}
