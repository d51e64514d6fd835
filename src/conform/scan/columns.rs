//! A sheet as a plan: its columns read when somebody wants them, typed as the pass over it found them.

use std::sync::Arc;

use polars::prelude::*;

use super::{Change, Sheet};
use crate::catalogue::{Column as Definition, ColumnType, Contract};
use crate::conform::Context;
use crate::conform::coerce::{dtype, is_named, key_of, serial_keys, typed};

/// A bit for each row.
#[derive(Debug, Clone)]
pub struct Bits(Vec<u64>);

impl Bits {
    pub fn of(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    pub fn set(&mut self, row: usize, to: bool) {
        let bit = 1 << (row % 64);
        if to {
            self.0[row / 64] |= bit;
        } else {
            self.0[row / 64] &= !bit;
        }
    }

    fn get(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }
}

/// The rows that count, as a table of the contract.
pub fn lazy(
    contract: &Contract,
    sheet: &Sheet<'_>,
    changes: &[Change],
    gone: Option<Bits>,
    context: &Context<'_>,
) -> PolarsResult<LazyFrame> {
    let sources = ScanSources::Buffers(Arc::from([super::Buffer::from_owner(sheet.file.bytes.clone())]));
    let row_index = Some(RowIndex { name: "_row".into(), offset: 1 });
    // Folders of the store say nothing about rows.
    let hive_options = HiveOptions { enabled: Some(false), ..HiveOptions::default() };
    let arguments = ScanArgsParquet { row_index, hive_options, ..ScanArgsParquet::default() };
    let scan = LazyFrame::scan_parquet_sources(sources, arguments)?;
    let mut columns = Vec::with_capacity(contract.columns.len() + 3);
    for ((name, definition), change) in contract.columns.iter().zip(changes) {
        let column = column(name, definition, *change, sheet, context);
        if definition.kind == ColumnType::Serial {
            let placeholders = definition.values.clone();
            let keys =
                move |serials: Column| Ok(serial_keys(serials.as_materialized_series(), &placeholders)?.into_column());
            let named = key_of(name);
            let field = move |_: &Schema, _: &Field| Ok(Field::new(named.clone(), DataType::String));
            columns.push(column.clone().map(keys, field).alias(key_of(name)));
        }
        columns.push(column.alias(name.as_str()));
    }
    let file = lit(sheet.index).cast(DataType::UInt32).alias("_file");
    columns.extend([file, col("_row"), lit(sheet.file.night.to_epoch_days()).cast(DataType::Int32).alias("_night")]);
    let scan = match gone {
        Some(gone) => scan.filter(col("_row").map(
            move |rows| {
                let stays = |row: u32| Some(!gone.get(row as usize - 1));
                let stays: BooleanChunked = rows.u32()?.into_no_null_iter().map(stays).collect();
                Ok(stays.into_column())
            },
            |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
        )),
        None => scan,
    };
    Ok(scan.select(columns))
}

fn column(name: &str, definition: &Definition, change: Change, sheet: &Sheet<'_>, context: &Context<'_>) -> Expr {
    let delivered = sheet.schema.iter_names_and_dtypes().find(|(head, _)| is_named(head, name));
    let Some((head, from)) = delivered else {
        let nothing = lit(NULL).cast(dtype(definition.kind));
        return if definition.kind == ColumnType::Currency { lit(context.currency.clone()) } else { nothing };
    };
    let raw = col(head.clone());
    let to = dtype(definition.kind);
    let typed = match change {
        Change::Nothing if *from == to => raw,
        // Also where there was no row to look at.
        Change::Nothing | Change::Cast => raw.cast(to),
        Change::Cells => {
            let (definition, zone) = (definition.clone(), context.zone);
            let cells =
                move |cells: Column| Ok(typed(cells.as_materialized_series(), &definition, zone)?.series.into_column());
            raw.map(cells, move |_, field| Ok(Field::new(field.name().clone(), to.clone())))
        }
    };
    let is_currency = definition.kind == ColumnType::Currency;
    if is_currency { typed.fill_null(lit(context.currency.clone())) } else { typed }
}
