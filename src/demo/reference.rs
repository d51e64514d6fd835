//! The reference data of a night: units, asset classes, rates.

use super::DemoError;
use super::classes::CLASSES;
use super::company::{DIVISIONS, UNITS};
use super::files::Night;
use super::money;

const CLASS_HEADER: [&str; 7] =
    ["asset_class", "refresh_years", "has_telemetry", "personal", "data_bearing", "list_price", "currency"];

pub(super) fn write(seed: u64, night: &mut Night) -> Result<(), DemoError> {
    night.write("business_units", &["business_unit", "name", "parent", "industry"], |sheet| {
        for division in &DIVISIONS {
            let industry = division.industry.map(super::company::Industry::name);
            sheet.row().text(division.code).text(division.name).empty().maybe(industry).end()?;
        }
        for unit in &UNITS {
            sheet.row().text(unit.code).text(unit.name).text(unit.division).text(unit.industry.name()).end()?;
        }
        Ok(())
    })?;
    night.write("asset_classes", &CLASS_HEADER, |sheet| {
        for class in &CLASSES {
            sheet
                .row()
                .text(class.code)
                .show(class.refresh_years)
                .show(class.telemetry)
                .show(class.personal)
                .show(class.data_bearing)
                .money(class.list_price * 100)
                .text("EUR")
                .end()?;
        }
        Ok(())
    })?;
    money::write(seed, night)
}
