//! The same work on many files, in several threads.

use std::panic::resume_unwind;
use std::thread::{self, Builder};

use anyhow::Result;

/// Below this a thread costs more than it saves, and the work is done in order.
const WORTH_IT: usize = 64;

/// The results of `work` on each item, in the order of the items; or the error of the earliest chunk that has one.
///
/// Each of at most `threads` threads takes one run of neighbours and stops at its first error. A thread that the system
/// refuses is no error: its share is done here.
pub fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    if threads < 2 || items.len() < WORTH_IT {
        return items.iter().map(work).collect();
    }
    let share = |items: &[T]| items.iter().map(&work).collect::<Result<Vec<R>>>();
    let mut results = Vec::with_capacity(items.len());
    thread::scope(|scope| {
        let chunks = items.chunks(items.len().div_ceil(threads));
        let started: Vec<_> =
            chunks.map(|chunk| Builder::new().spawn_scoped(scope, || share(chunk)).map_err(|_| chunk)).collect();
        for thread in started {
            let part = match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(chunk) => share(chunk),
            };
            results.extend(part?);
        }
        Ok(results)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_the_first_error_wins() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(in_parallel(3, &items, |&n| Ok(n * 2)).unwrap(), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        let error =
            in_parallel(4, &items, |&n| if n % 300 == 299 { anyhow::bail!("{n}") } else { Ok(()) }).unwrap_err();
        assert_eq!(error.to_string(), "299");
        assert!(in_parallel(4, &[] as &[u8], |_| Ok(())).unwrap().is_empty());
    }
}
