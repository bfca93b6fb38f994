//! `[pricing]`: what models cost, as their user looked it up. There is no table of prices in the program.

use super::reader::{Reader, Section, join, text_of};
use super::tree::{Member, Node};
use crate::model::price::{Price, Prices};

/// Reads all of `[pricing]`.
pub(super) fn pricing(reader: &mut Reader<'_>, mut section: Section<'_>) -> Prices {
    let currency = section.text(reader, "currency", "currency = \"$\"").map_or_else(|| "$".into(), |given| given.value);
    let as_of = section.take("as_of").and_then(|member| match &member.value.node {
        // TOML has dates without quotes, too.
        Node::Other(_) => {
            reader.complain(member.value.at, &section.at("as_of"), "put the date in quotes: as_of = \"2026-11-20\"");
            None
        }
        _ => text_of(reader, &section.at("as_of"), &member.value, "as_of = \"2026-11-20\"").map(|given| given.value),
    });
    let path = section.path.clone();
    let models = section.rest().into_iter().filter_map(|member| {
        let key = join(&path, &member.key);
        if !member.key.contains('/') {
            let message = "expected a model, as in `[pricing.\"claude/claude-sonnet-5-5\"]`, or `currency` or `as_of`";
            reader.complain(member.at, &key, message);
            return None;
        }
        Some((member.key.clone(), price(reader, key, member)?))
    });
    Prices { currency, as_of, models: models.collect() }
}

/// The price of one model. What is read from a cache or written to it costs as much as the rest, if nothing else is said.
fn price(reader: &mut Reader<'_>, path: String, member: &Member) -> Option<Price> {
    let mut section = Section::new(reader, path, &member.value)?;
    let [input, output, cached, cache_write] =
        ["input", "output", "cached", "cache_write"].map(|key| amount(reader, &mut section, key));
    for (key, given) in [("input", input), ("output", output)] {
        if given.is_none() {
            reader.complain(member.at, &section.path, format!("needs `{key}`: what a million tokens cost"));
        }
    }
    section.finish(reader);
    let input = input?;
    Some(Price { input, output: output?, cached: cached.unwrap_or(input), cache_write: cache_write.unwrap_or(input) })
}

fn amount(reader: &mut Reader<'_>, section: &mut Section<'_>, key: &'static str) -> Option<f64> {
    let member = section.take(key)?;
    let amount = match member.value.node {
        Node::Integer(number) => number as f64,
        Node::Float(number) => number,
        _ => -1.0,
    };
    if amount.is_finite() && amount >= 0.0 {
        return Some(amount);
    }
    let message = format!("expected an amount for a million tokens; for example `{key} = 2.5`");
    reader.complain(member.value.at, &section.at(key), message);
    // It is told once: that it is missing as well would be noise.
    Some(0.0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;
    use crate::model::price::Price;

    #[test]
    fn prices_are_read_and_mistakes_say_what_instead() {
        let parse = |text: &str| Config::parse(Path::new("c.toml"), text).map_err(|error| error.to_string());
        let prices = parse(
            "[pricing]\ncurrency = \"€\"\nas_of = \"2026-11-20\"\n[pricing.\"p/a\"]\ninput = 2\noutput = 10.5\ncached = 0.1",
        )
        .expect("good")
        .prices;
        assert_eq!((prices.currency.as_str(), prices.as_of.as_deref()), ("€", Some("2026-11-20")));
        assert_eq!(prices.models["p/a"], Price { input: 2.0, cached: 0.1, cache_write: 2.0, output: 10.5 });
        assert!(parse("").expect("good").prices.models.is_empty());
        for (text, expected) in [
            ("[pricing.\"p/a\"]\ninput = 1", "c.toml:1:10: pricing.\"p/a\": needs `output`"),
            ("[pricing.\"p/a\"]\ninput = -1\noutput = 1", "c.toml:2:9: pricing.\"p/a\".input: expected an amount"),
            ("[pricing.\"p/a\"]\ninput = \"1\"\noutput = 1", "c.toml:2:9: pricing.\"p/a\".input: expected an amount"),
            ("[pricing.gpt]\ninput = 1", "c.toml:1:10: pricing.gpt: expected a model"),
            ("[pricing]\ncurency = \"$\"", "c.toml:2:1: pricing.curency: expected a model"),
            ("[pricing.\"p/a\"]\ninput = 1\noutput = 1\ncache = 1", "c.toml:4:1: pricing.\"p/a\".cache: unknown key"),
        ] {
            let said = parse(text).expect_err(text);
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
