//! What tokens cost, as a person wrote it down: [`Prices`]. Nothing is known of prices without that: they change monthly.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::chat::{ModelRef, Usage};

/// What a million tokens of one model cost.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Price {
    /// Of the request.
    pub input: f64,
    /// Of the request, read from the vendor's cache.
    pub cached: f64,
    /// Of the request, written to the vendor's cache.
    pub cache_write: f64,
    /// Of the answer, thinking included.
    pub output: f64,
}

impl Price {
    /// What these tokens cost.
    pub fn of(&self, usage: Usage) -> f64 {
        let plain = usage.input.saturating_sub(usage.cached_read).saturating_sub(usage.cached_written);
        let cost = |tokens: u64, price: f64| tokens as f64 * price;
        let all = cost(plain, self.input)
            + cost(usage.cached_read, self.cached)
            + cost(usage.cached_written, self.cache_write)
            + cost(usage.output, self.output);
        all / 1_000_000.0
    }
}

/// The prices that a person wrote down.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Prices {
    /// What stands before an amount.
    pub currency: String,
    /// When they were looked up, as it was written.
    pub as_of: Option<String>,
    /// By model, `PROVIDER/MODEL`.
    pub models: BTreeMap<String, Price>,
}

impl Prices {
    /// What these answers cost; `None` if nothing is known of any of them.
    pub fn cost<'a>(&self, spent: impl IntoIterator<Item = &'a Spent>) -> Option<Cost> {
        let (mut amount, mut any, mut partial) = (0.0, false, false);
        for Spent { model, usage } in spent {
            match self.models.get(&model.to_string()) {
                Some(price) => {
                    amount += price.of(*usage);
                    any = true;
                }
                None => partial |= *usage != Usage::default(),
            }
        }
        any.then(|| Cost { amount, currency: self.currency.clone(), partial })
    }
}

/// What was used of one model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spent {
    /// Which.
    pub model: ModelRef,
    /// How much.
    pub usage: Usage,
}

/// An amount of money. Shown as `$0.0042`, with a `+` behind it where something has no price.
#[derive(Clone, PartialEq, Debug)]
pub struct Cost {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub currency: String,
    /// Whether there is more of which no price is known.
    pub partial: bool,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { amount, currency, partial } = self;
        let digits = match amount {
            0.1.. => 2,
            0.01.. => 3,
            _ => 4,
        };
        let more = if *partial { "+" } else { "" };
        write!(f, "{currency}{amount:.digits$}{more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> ModelRef {
        ModelRef { provider: "p".into(), model: name.into() }
    }

    #[test]
    fn cached_tokens_have_a_price_of_their_own_and_what_has_none_is_told() {
        let price = Price { input: 2.0, cached: 0.2, cache_write: 2.5, output: 10.0 };
        let usage = Usage {
            input: 1_000_000,
            cached_read: 600_000,
            cached_written: 200_000,
            output: 50_000,
            reasoning: 40_000,
        };
        assert!((price.of(usage) - (0.4 + 0.12 + 0.5 + 0.5)).abs() < 1e-9);
        // A provider that counts nonsense costs no negative amount.
        let odd = Usage { input: 1, cached_read: 10, ..Usage::default() };
        assert!(price.of(odd) >= 0.0);

        let prices =
            Prices { currency: "$".into(), as_of: None, models: [("p/a".to_owned(), price)].into_iter().collect() };
        let spent = |name: &str, usage| Spent { model: model(name), usage };
        assert_eq!(prices.cost(&[spent("b", usage)]), None, "no price, no amount");
        assert_eq!(prices.cost(&[]), None);
        let cost = prices.cost(&[spent("a", usage)]).map(|cost| cost.to_string());
        assert_eq!(cost.as_deref(), Some("$1.52"));
        let cost = prices.cost(&[spent("a", usage), spent("b", usage)]).map(|cost| cost.to_string());
        assert_eq!(cost.as_deref(), Some("$1.52+"));
        let none = Usage::default();
        let cost = prices.cost(&[spent("a", none), spent("b", none)]).map(|cost| cost.to_string());
        assert_eq!(cost.as_deref(), Some("$0.0000"));
    }

    #[test]
    fn small_amounts_keep_their_digits() {
        for (amount, shown) in [(0.000_42, "€0.0004"), (0.0421, "€0.042"), (0.421, "€0.42"), (42.0, "€42.00")] {
            assert_eq!(Cost { amount, currency: "€".into(), partial: false }.to_string(), shown);
        }
    }
}
