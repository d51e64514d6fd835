//! Trend: is a move signal or noise, where does the figure go from here, when is the target reached.
//!
//! Signal or noise by an `XmR` chart (Shewhart; Wheeler, "Understanding Variation"): the usual range is the
//! mean of the earlier points plus and minus 2.66 times their mean moving range. The forecast is a straight
//! line by least squares with a 95 % prediction interval.

/// Earlier points needed to speak of a usual range.
const BASE_POINTS: usize = 6;
/// Points needed to forecast.
const FORECAST_POINTS: usize = 8;
/// Points in a row on one side of the mean that are a lasting shift.
const RUN: usize = 8;
/// Three standard deviations in mean moving ranges of two points.
const XMR: f64 = 2.66;
/// Periods beyond the last one that are still worth a statement.
const HORIZON: u32 = 24;

/// The usual range of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub centre: f64,
    pub low: f64,
    pub high: f64,
}

/// How the last move stands to the usual range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Inside the usual range: nothing to explain.
    Noise,
    /// Outside it.
    Signal,
    /// Inside, but for a long time on the same side of the mean.
    Shift,
}

/// A point ahead with its 95 % prediction interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A straight line through the known points; `x` counts periods, 0 is the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value of the line at the last period.
    pub level: f64,
    /// Change a period.
    pub slope: f64,
    /// Standard error of a single point.
    error: f64,
    points: usize,
    centre: f64,
    spread: f64,
}

/// The usual range of the points before the last, oldest first; gaps are left out.
#[must_use]
pub fn usual(points: &[Option<f64>]) -> Option<Usual> {
    let (_, earlier) = points.split_last()?;
    let known: Vec<f64> = earlier.iter().copied().flatten().collect();
    if known.len() < BASE_POINTS {
        return None;
    }
    let centre = mean(&known);
    let ranges: Vec<f64> = known.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let reach = XMR * mean(&ranges);
    Some(Usual { centre, low: centre - reach, high: centre + reach })
}

/// Judges the last point against the usual range of those before it.
#[must_use]
pub fn judge(points: &[Option<f64>], usual: &Usual) -> Option<Move> {
    let last = points.last().copied().flatten()?;
    if last < usual.low || last > usual.high {
        return Some(Move::Signal);
    }
    let known: Vec<f64> = points.iter().copied().flatten().collect();
    let recent = &known[known.len().saturating_sub(RUN)..];
    let shifted = recent.len() == RUN
        && (recent.iter().all(|value| *value > usual.centre) || recent.iter().all(|value| *value < usual.centre));
    Some(if shifted { Move::Shift } else { Move::Noise })
}

/// The line through the points, oldest first, where there are enough of them and the last is known.
#[must_use]
pub fn line(points: &[Option<f64>]) -> Option<Line> {
    points.last().copied().flatten()?;
    let last = points.len() - 1;
    let known: Vec<(f64, f64)> =
        points.iter().enumerate().filter_map(|(index, value)| Some((-float(last - index), (*value)?))).collect();
    if known.len() < FORECAST_POINTS {
        return None;
    }
    let count = float(known.len());
    let (xs, ys): (Vec<f64>, Vec<f64>) = known.iter().copied().unzip();
    let (x, y) = (mean(&xs), mean(&ys));
    let spread: f64 = xs.iter().map(|at| (at - x) * (at - x)).sum();
    let slope = known.iter().map(|(at, value)| (at - x) * (value - y)).sum::<f64>() / spread;
    let residuals: f64 = known.iter().map(|(at, value)| (value - y - slope * (at - x)).powi(2)).sum();
    let error = (residuals / (count - 2.0)).sqrt();
    Some(Line { level: y - slope * x, slope, error, points: known.len(), centre: x, spread })
}

impl Line {
    /// The forecast so many periods after the last one.
    #[must_use]
    pub fn ahead(&self, periods: u32) -> Ahead {
        let at = f64::from(periods);
        let value = self.level + self.slope * at;
        let wide = (1.0 + 1.0 / float(self.points) + (at - self.centre).powi(2) / self.spread).sqrt();
        let reach = student(self.points - 2) * self.error * wide;
        Ahead { value, low: value - reach, high: value + reach }
    }

    /// Whether the slope differs from zero with 95 % confidence: else it promises nothing.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.slope.abs() > student(self.points - 2) * self.error / self.spread.sqrt() && self.slope != 0.0
    }

    /// Periods until the line has crossed `limit`; `None` when it does not within two years, or is no trend.
    #[must_use]
    pub fn crosses(&self, limit: f64) -> Option<u32> {
        if !self.is_certain() {
            return None;
        }
        let side = |periods: u32| (self.level + self.slope * f64::from(periods) - limit).signum();
        let now = (self.level - limit).signum();
        (1..=HORIZON).find(|periods| (side(*periods) - now).abs() > f64::EPSILON)
    }
}

/// 97.5 % quantile of Student's t for so many degrees of freedom.
fn student(freedom: usize) -> f64 {
    const QUANTILES: [f64; 12] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];
    QUANTILES.get(freedom.saturating_sub(1)).copied().unwrap_or(2.1)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / float(values.len())
}

#[expect(clippy::cast_precision_loss, reason = "a count of months")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn a_point_outside_the_usual_range_is_a_signal() {
        // Moving ranges of 2: mean 51, limits 51 ± 5.32.
        let steady = [50.0, 52.0, 50.0, 52.0, 50.0, 52.0, 50.0, 52.0];
        let series = |last: f64| points(&[steady.as_slice(), &[last]].concat());
        let range = usual(&series(51.0)).unwrap();
        assert!((range.low - 45.68).abs() < 1e-9 && (range.high - 56.32).abs() < 1e-9, "{range:?}");
        assert_eq!(judge(&series(56.0), &range), Some(Move::Noise));
        assert_eq!(judge(&series(56.4), &range), Some(Move::Signal));
        assert_eq!(judge(&series(45.0), &range), Some(Move::Signal));
    }

    #[test]
    fn eight_points_on_one_side_are_a_shift() {
        let values = [50.0, 53.0, 47.0, 50.4, 50.4, 50.5, 50.4, 50.6, 50.5, 50.4, 50.5];
        let range = usual(&points(&values)).unwrap();
        assert!(range.centre < 50.4, "{range:?}");
        assert_eq!(judge(&points(&values), &range), Some(Move::Shift));
    }

    #[test]
    fn five_earlier_points_are_too_few() {
        assert_eq!(usual(&points(&[1.0, 2.0, 1.0, 2.0, 1.0, 9.0])), None);
        assert_eq!(line(&points(&[1.0; 7])), None);
    }

    #[test]
    fn the_forecast_is_the_least_squares_line_with_its_prediction_interval() {
        // The textbook's formula, worked out apart: 13/14 a step, half width t(6) s sqrt(1 + 1/8 + 4.5²/42).
        let line = line(&points(&[1.0, 3.0, 2.0, 5.0, 4.0, 6.0, 8.0, 7.0])).unwrap();
        let ahead = line.ahead(1);
        assert!((ahead.value - 8.678_571).abs() < 1e-5, "{ahead:?}");
        assert!((line.slope - 0.928_571).abs() < 1e-5, "{line:?}");
        assert!((ahead.high - ahead.value - 3.046_240).abs() < 0.001, "{ahead:?}");
        assert!(line.is_certain());
    }

    #[test]
    fn a_target_is_reached_when_the_line_has_crossed_it() {
        let rising = line(&points(&[0.80, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87])).unwrap();
        assert_eq!(rising.crosses(0.895), Some(3));
        assert_eq!(rising.crosses(0.5), None);
        let flat = line(&points(&[0.8, 0.9, 0.8, 0.9, 0.8, 0.9, 0.8, 0.9])).unwrap();
        assert_eq!(flat.crosses(0.95), None);
    }
}
