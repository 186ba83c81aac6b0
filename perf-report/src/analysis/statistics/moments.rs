//! Means and variances.

/// A sample, as far as tests of means look at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) size: usize,
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

impl Sample {
    /// Of at least two values: the variance is what they say of the population that
    /// they are drawn from, their squares divided by one less than their number.
    pub(crate) fn of(values: &[f64]) -> Sample {
        Sample::with(values, values.len() - 1)
    }

    /// Of at least one value: the variance is theirs alone, as if they were all there is.
    pub(crate) fn population(values: &[f64]) -> Sample {
        Sample::with(values, values.len())
    }

    fn with(values: &[f64], freedom: usize) -> Sample {
        let size = values.len();
        let mean = values.iter().sum::<f64>() / size as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        Sample {
            size,
            mean,
            variance: squares.sum::<f64>() / freedom as f64,
        }
    }

    /// The standard deviation.
    pub(crate) fn deviation(self) -> f64 {
        self.variance.sqrt()
    }
}

/// The mean and the variance of values, each with its weight.
pub(crate) fn weighted(values: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let all: f64 = values.clone().map(|(_, weight)| weight).sum();
    let moment = |power: i32| {
        let sum: f64 = (values.clone())
            .map(|(value, weight)| value.powi(power) * weight)
            .sum();
        sum / all
    };
    let mean = moment(1);
    (mean, (moment(2) - mean * mean).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_varies_less_than_what_it_would_be_drawn_from() {
        let values = [1.0, 2.0, 3.0, 6.0];
        let (sample, population) = (Sample::of(&values), Sample::population(&values));
        assert_eq!((sample.mean, population.mean), (3.0, 3.0));
        assert_eq!((sample.variance * 3.0, population.variance), (14.0, 3.5));
        let times = [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (6.0, 2.0)];
        assert_eq!(weighted(times.into_iter()), (3.0, 3.5));
    }
}
