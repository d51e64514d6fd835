//! Parts: a measure at one place, additive and exact.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::places::{Place, Places};

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

/// One measure's parts at every level.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    places: Arc<Places>,
    /// One for each place.
    parts: Arc<[Part]>,
}

impl Parts {
    /// Parts of places, one for each.
    #[must_use]
    pub fn new(places: Arc<Places>, parts: Vec<Part>) -> Self {
        Self { places, parts: parts.into() }
    }

    /// What was found at a unit and a member (`""` = all members).
    #[must_use]
    pub fn at(&self, unit: &str, member: &str) -> Part {
        let part = self.places.number((unit, member)).and_then(|number| self.parts.get(number));
        part.copied().unwrap_or_default()
    }

    /// Places where there is something, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Place<'_>, Part)> {
        self.places.iter().zip(self.parts.iter().copied()).filter(|(_, part)| *part != Part::Absent)
    }

    #[must_use]
    pub fn places(&self) -> &Arc<Places> {
        &self.places
    }

    /// One for each of [`Self::places`].
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The last one of those given for a place.
    #[must_use]
    pub fn of(given: &[(Place<'_>, Part)]) -> Self {
        let (places, numbers) = Places::of(&given.iter().map(|(place, _)| *place).collect::<Vec<_>>());
        let mut parts = vec![Part::Absent; places.pairs().len()];
        for (number, (_, part)) in numbers.into_iter().zip(given) {
            parts[number] = *part;
        }
        Self::new(Arc::new(places), parts)
    }
}

/// The same parts at the same places.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// The mean of monthly closing stocks; a place missing in a month counts as zero there.
pub fn mean(months: &[Parts]) -> Parts {
    let mut sums: BTreeMap<Place<'_>, Part> = BTreeMap::new();
    for (place, part) in months.iter().flat_map(Parts::iter) {
        let sum = sums.entry(place).or_default();
        *sum = sum.plus(part);
    }
    let count = Decimal::from(months.len().max(1));
    for part in sums.values_mut() {
        if let Part::Known(sum) = part {
            *sum /= count;
        }
    }
    Parts::of(&sums.into_iter().collect::<Vec<_>>())
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
