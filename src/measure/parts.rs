//! Parts: a measure at one place, additive and exact.

use rust_decimal::Decimal;

use super::Parts;

/// What a measure found at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// No row at all: adds nothing.
    #[default]
    Absent,
    /// Rows, but none with a value (e.g. no price): counted, not summed.
    Unknown,
    Known(Decimal),
}

impl Part {
    /// Absent adds nothing, unknown yields to what is known.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => a.checked_add(b).map_or(Self::Unknown, Self::Known),
            (Self::Known(a), Self::Absent | Self::Unknown) | (Self::Absent | Self::Unknown, Self::Known(a)) => {
                Self::Known(a)
            }
            (Self::Unknown, Self::Absent | Self::Unknown) | (Self::Absent, Self::Unknown) => Self::Unknown,
            (Self::Absent, Self::Absent) => Self::Absent,
        }
    }

    /// The figure: nothing there is zero, nothing known is none.
    #[must_use]
    pub fn value(self) -> Option<Decimal> {
        match self {
            Self::Absent => Some(Decimal::ZERO),
            Self::Unknown => None,
            Self::Known(value) => Some(value),
        }
    }
}

/// The mean of monthly closing stocks; a place missing in a month counts as zero there.
pub fn mean(months: &[Parts]) -> Parts {
    let mut sums = Parts::new();
    for month in months {
        for (place, part) in month {
            let sum = sums.entry(place.clone()).or_default();
            *sum = sum.plus(*part);
        }
    }
    let count = Decimal::from(months.len().max(1));
    for part in sums.values_mut() {
        if let Part::Known(sum) = part {
            *sum /= count;
        }
    }
    sums
}

/// A 128-bit mantissa of any size as a decimal, giving up places that do not fit.
pub fn decimal(mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    loop {
        if let Ok(value) = Decimal::try_from_i128_with_scale(mantissa, scale) {
            return Some(value.normalize());
        }
        scale = scale.checked_sub(1)?;
        mantissa = (mantissa + 5 * mantissa.signum()) / 10;
    }
}
