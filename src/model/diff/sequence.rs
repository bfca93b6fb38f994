//! What two sequences have in common, in order: [`common`]: the longest there is where that is cheap to find; in long
//! ones what is there once on both sides leads the way. Work is bounded: what is left over counts as different.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// Elements times elements that are compared at once.
pub const CELLS: usize = 1_000_000;
/// Steps in all; about a tenth of a second.
const WORK: usize = 40_000_000;

/// Pairs of places with the same element, both strictly increasing.
pub fn common<T: Eq + Hash + Copy>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut work = WORK;
    let mut pairs = Vec::new();
    let mut todo = vec![(0..old.len(), 0..new.len())];
    while let Some((mut a, mut b)) = todo.pop() {
        while !a.is_empty() && !b.is_empty() && old[a.start] == new[b.start] {
            pairs.push((a.start, b.start));
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old[a.end - 1] == new[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            pairs.push((a.end, b.end));
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let cells = a.len().saturating_mul(b.len());
        let cost = if cells <= CELLS { cells } else { a.len() + b.len() };
        let Some(rest) = work.checked_sub(cost) else { continue };
        work = rest;
        if cells <= CELLS {
            longest(old, new, (a, b), &mut pairs);
            continue;
        }
        let anchors = anchors(old, new, (a.clone(), b.clone()));
        let (mut x, mut y) = (a.start, b.start);
        for (at, to) in &anchors {
            todo.push((x..*at, y..*to));
            (x, y) = (at + 1, to + 1);
        }
        if !anchors.is_empty() {
            todo.push((x..a.end, y..b.end));
            pairs.extend(anchors);
        }
    }
    pairs.sort_unstable();
    pairs
}

/// The longest common subsequence of two stretches.
fn longest<T: Eq>(old: &[T], new: &[T], (a, b): (Range<usize>, Range<usize>), pairs: &mut Vec<(usize, usize)>) {
    let (from, to) = (&old[a.clone()], &new[b.clone()]);
    let width = to.len() + 1;
    let mut best = vec![0_u32; (from.len() + 1) * width];
    for (x, one) in from.iter().enumerate().rev() {
        for (y, other) in to.iter().enumerate().rev() {
            best[x * width + y] = if one == other {
                best[(x + 1) * width + y + 1] + 1
            } else {
                best[(x + 1) * width + y].max(best[x * width + y + 1])
            };
        }
    }
    let (mut x, mut y) = (0, 0);
    while x < from.len() && y < to.len() {
        if from[x] == to[y] {
            pairs.push((a.start + x, b.start + y));
            (x, y) = (x + 1, y + 1);
        } else if best[(x + 1) * width + y] >= best[x * width + y + 1] {
            x += 1;
        } else {
            y += 1;
        }
    }
}

/// Elements that are there exactly once in each of two stretches; of those the most that keep their order.
fn anchors<T: Eq + Hash + Copy>(old: &[T], new: &[T], (a, b): (Range<usize>, Range<usize>)) -> Vec<(usize, usize)> {
    // How often in the old stretch, in the new one, and where in the new one.
    let mut seen: HashMap<T, (u32, u32, usize)> = HashMap::new();
    for at in a.clone() {
        seen.entry(old[at]).or_default().0 += 1;
    }
    for at in b {
        if let Some(entry) = seen.get_mut(&new[at]) {
            entry.1 += 1;
            entry.2 = at;
        }
    }
    let once: Vec<(usize, usize)> = a
        .filter_map(|at| match seen.get(&old[at]) {
            Some((1, 1, to)) => Some((at, *to)),
            _ => None,
        })
        .collect();
    // The longest run of growing places, by patience: the pile of each, and the card under it.
    let mut piles: Vec<usize> = Vec::new();
    let mut under: Vec<Option<usize>> = Vec::with_capacity(once.len());
    for (card, (_, to)) in once.iter().enumerate() {
        let pile = piles.partition_point(|top| once[*top].1 < *to);
        under.push(pile.checked_sub(1).map(|left| piles[left]));
        if pile == piles.len() {
            piles.push(card);
        } else {
            piles[pile] = card;
        }
    }
    let mut out: Vec<(usize, usize)> =
        std::iter::successors(piles.last().copied(), |card| under[*card]).map(|card| once[card]).collect();
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
        let pairs = common(old, new);
        assert!(pairs.iter().all(|(x, y)| old[*x] == new[*y]));
        assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        pairs
    }

    #[test]
    fn long_sequences_are_followed_by_what_is_unique() {
        let old: Vec<u32> = (0..50_000).collect();
        let mut new: Vec<u32> = old.iter().copied().filter(|one| one % 1_000 != 7).collect();
        new.insert(20_000, 999_999);
        new[30_000] = 888_888;
        assert_eq!(check(&old, &new).len(), 50_000 - 50 - 1);
    }

    #[test]
    fn sequences_that_would_take_for_ever_take_a_moment() {
        let old: Vec<u32> = (0..400_000).map(|at| at % 7).collect();
        let new: Vec<u32> = (0..400_000).map(|at| at * 3 % 11).collect();
        check(&old, &new);
        // One anchor at each level: the work limit ends it.
        let old: Vec<u32> = (0..30_000).flat_map(|at| [at + 10, 1, 2]).collect();
        let new: Vec<u32> = (0..30_000).flat_map(|at| [2, at + 10, 1]).collect();
        check(&old, &new);
    }

    proptest! {
        #[test]
        fn pairs_are_the_same_and_in_order(
            old in prop::collection::vec(0u32..6, 0..40),
            new in prop::collection::vec(0u32..6, 0..40),
        ) {
            let pairs = check(&old, &new);
            // Whatever is equal from the start on is never called different.
            let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
            prop_assert!(pairs.len() >= head);
            prop_assert_eq!(check(&old, &old).len(), old.len());
        }
    }
}
