//! What may be answered without asking again: [`Freshness`], as a server hints it, and the [`Cache`] of a run.
//!
//! 2026-07-28, server/utilities/caching: a result is fresh for `ttlMs` from when it was received; a change notification
//! makes it stale at once; results of multi-round requests are never kept. A cache belongs to one connection, so that
//! private results never leave their authorization.

use std::collections::BTreeMap;

use super::id::{CallId, Moment, ServerId};
use super::json::RawJson;

/// Resources whose contents are kept.
const READS: usize = 64;
/// Contents that are larger are not kept.
const READ_BYTES: usize = 1024 * 1024;
/// Calls of which something is remembered.
const CALLS: usize = 256;

/// How long a result may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Freshness {
    /// When it came.
    pub received: Moment,
    /// For how many milliseconds from then; 0 for not at all.
    pub ttl: u64,
    /// Whether it is the same for everybody; else it is for this authorization alone.
    pub public: bool,
}

impl Freshness {
    /// Reads the hints of a result. A server that gives none is taken to mean 0.
    pub fn read(result: &RawJson, received: Moment) -> Freshness {
        let ttl = result.get("ttlMs").and_then(|text| text.trim().parse::<f64>().ok()).filter(|ttl| *ttl > 0.0);
        let public = result.get("cacheScope").is_some_and(|scope| scope.trim() == "\"public\"");
        Freshness { received, ttl: ttl.unwrap_or(0.0) as u64, public }
    }

    /// Of a list whose pages came one after the other: as fresh as the page that is stale first.
    #[must_use]
    pub fn and(self, page: Freshness) -> Freshness {
        let lasts = self.ends().min(page.ends());
        let ttl = lasts.0.saturating_sub(self.received.0) / 1_000;
        Freshness { received: self.received, ttl, public: self.public && page.public }
    }

    /// When it becomes stale.
    pub fn ends(self) -> Moment {
        Moment(self.received.0.saturating_add(self.ttl.saturating_mul(1_000)))
    }

    /// Whether it may be used.
    pub fn is_fresh(self, now: Moment) -> bool {
        now.0 < self.ends().0
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Read {
    fresh: Freshness,
    result: RawJson,
}

/// What is kept of results, and what is remembered of the calls that got them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cache {
    reads: BTreeMap<(ServerId, String), Read>,
    served: BTreeMap<CallId, Moment>,
    rounds: BTreeMap<CallId, u32>,
}

impl Cache {
    /// The contents of a resource, if they are fresh, and when they came.
    pub fn read(&self, server: ServerId, uri: &str, now: Moment) -> Option<(&RawJson, Moment)> {
        let read = self.reads.get(&(server, uri.to_owned())).filter(|read| read.fresh.is_fresh(now))?;
        Some((&read.result, read.fresh.received))
    }

    /// How fresh the contents of a resource are, if they are kept.
    pub fn freshness(&self, server: ServerId, uri: &str) -> Option<Freshness> {
        Some(self.reads.get(&(server, uri.to_owned()))?.fresh)
    }

    /// Keeps the contents of a resource for as long as the server says.
    pub fn keep(&mut self, server: ServerId, uri: &str, result: &RawJson, received: Moment) {
        let fresh = Freshness::read(result, received);
        self.forget(server, uri);
        if fresh.ttl == 0 || result.as_str().len() > READ_BYTES {
            return;
        }
        if self.reads.len() >= READS {
            let stalest = self.reads.iter().min_by_key(|(_, read)| read.fresh.ends()).map(|(key, _)| key.clone());
            stalest.map(|key| self.reads.remove(&key));
        }
        self.reads.insert((server, uri.to_owned()), Read { fresh, result: result.clone() });
    }

    /// The resource changed.
    pub fn forget(&mut self, server: ServerId, uri: &str) {
        self.reads.remove(&(server, uri.to_owned()));
    }

    /// The connection is another one.
    pub fn forget_all(&mut self, server: ServerId) {
        self.reads.retain(|(of, _), _| *of != server);
    }

    /// This call was answered with what had come then.
    pub fn serve(&mut self, call: CallId, received: Moment) {
        bound(&mut self.served);
        self.served.insert(call, received);
    }

    /// When the answer of a call had come, if it was not asked for anew.
    pub fn served(&self, call: CallId) -> Option<Moment> {
        self.served.get(&call).copied()
    }

    /// A call is in its how-manieth round.
    pub fn round(&mut self, call: CallId, round: u32) {
        bound(&mut self.rounds);
        self.rounds.insert(call, round);
    }

    /// How many rounds a call took; 1 without questions.
    pub fn rounds(&self, call: CallId) -> u32 {
        self.rounds.get(&call).copied().unwrap_or(1)
    }
}

fn bound<T>(calls: &mut BTreeMap<CallId, T>) {
    if calls.len() >= CALLS {
        calls.pop_first();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn result(hints: &str) -> RawJson {
        RawJson::parse(format!("{{{hints}}}")).unwrap()
    }

    #[test]
    fn hints_are_read_as_the_specification_says() {
        for (hints, ttl, public) in [
            ("", 0, false),
            (r#""ttlMs":1000,"cacheScope":"public""#, 1_000, true),
            (r#""ttlMs":1000,"cacheScope":"private""#, 1_000, false),
            (r#""ttlMs":-5"#, 0, false),
            (r#""ttlMs":"1000""#, 0, false),
            (r#""ttlMs":1e300"#, u64::MAX, false),
        ] {
            let fresh = Freshness::read(&result(hints), Moment(5));
            assert_eq!((fresh.ttl, fresh.public), (ttl, public), "{hints}");
        }
        let fresh = Freshness::read(&result(r#""ttlMs":2"#), Moment(1_000));
        assert!(fresh.is_fresh(Moment(2_999)) && !fresh.is_fresh(Moment(3_000)));
    }

    #[test]
    fn a_list_is_as_fresh_as_its_stalest_page() {
        let page = |at, ttl, public| Freshness { received: Moment(at), ttl, public };
        let list = page(1_000_000, 10_000, true).and(page(2_000_000, 3_000, false)).and(page(3_000_000, 60_000, true));
        assert_eq!(list, page(1_000_000, 4_000, false));
        assert!(!page(0, 5, true).and(page(1, 0, true)).is_fresh(Moment(1)));
    }

    #[test]
    fn what_is_kept_is_bounded_and_forgotten_with_its_connection() {
        let (a, b) = (ServerId(0), ServerId(1));
        let mut cache = Cache::default();
        for n in 0..READS as u64 + 5 {
            cache.keep(a, &format!("x:{n}"), &result(&format!(r#""ttlMs":{}"#, 1_000 + n)), Moment(0));
        }
        assert_eq!(cache.reads.len(), READS);
        assert!(cache.read(a, "x:0", Moment(1)).is_none() && cache.read(a, "x:20", Moment(1)).is_some());
        cache.keep(b, "x:20", &result(r#""ttlMs":1000"#), Moment(0));
        cache.keep(b, "x:21", &result(r#""ttlMs":0"#), Moment(0));
        assert!(cache.read(b, "x:21", Moment(0)).is_none());
        cache.forget_all(a);
        assert!(cache.read(a, "x:20", Moment(1)).is_none() && cache.read(b, "x:20", Moment(1)).is_some());
    }
}
