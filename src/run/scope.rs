//! Scope: what a reader of one unit may see of what was noticed in everybody's data.

use crate::finding::Finding;
use crate::ids::ENTERPRISE;
use crate::quality::UnitTree;

/// The findings without those that name a unit outside the scope.
pub fn findings(findings: &[Finding], units: &UnitTree, scope: &str) -> Vec<Finding> {
    if scope == ENTERPRISE {
        return findings.to_vec();
    }
    let strangers: Vec<&str> = units.names().filter(|unit| !units.is_within(unit, scope)).collect();
    let names = |finding: &&Finding| {
        let text = format!("{} {} {}", finding.place(), finding.message, finding.hint);
        strangers.iter().any(|unit| text.contains(unit) || text.contains(units.label(unit)))
    };
    findings.iter().filter(|finding| !names(finding)).cloned().collect()
}
