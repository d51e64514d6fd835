//! Names that mean something everywhere.

/// The enterprise total.
pub const ENTERPRISE: &str = "ALL";
/// Where rows without a known business unit stand, visibly.
pub const UNASSIGNED: &str = "Unassigned";

/// The candidate nearest to `name`, if any is near enough to be a slip of the pen.
#[must_use]
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean ...?)`, or nothing.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    near(name, candidates).map_or_else(String::new, |candidate| format!(" (did you mean `{candidate}`?)"))
}
