//! Threads that do the same, side by side.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

/// Calls `work` in so many threads, each with its number, and waits for all of them.
///
/// # Errors
/// The first that one of them returns.
pub fn side_by_side(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let work = &work;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..count).map(|number| scope.spawn(move || work(number))).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Result<()>>| {
            worker.join().expect("workers return what went wrong")
        };
        workers.into_iter().try_for_each(join)
    })
}

/// What they share: a worker that panics ends the job, so that nobody sees what it left.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next piece of work. A function, so that the queue is free again while the work is done: what
/// `while let` looks at is held to the end of the loop's body.
pub fn next<T>(queue: &Mutex<VecDeque<T>>) -> Option<T> {
    lock(queue).pop_front()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn work_is_done_at_the_same_time() {
        let (queue, all_at_work) = (Mutex::new((0..3).collect()), Barrier::new(3));
        side_by_side(3, |_| {
            while next(&queue).is_some() {
                // Nobody gets on before three are here.
                all_at_work.wait();
            }
            Ok(())
        })
        .expect("no error");
        assert!(lock(&queue).is_empty());
    }

    #[test]
    fn an_error_of_one_is_that_of_all() {
        let failing = |number| if number == 1 { anyhow::bail!("one") } else { Ok(()) };
        assert_eq!(side_by_side(3, failing).expect_err("one fails").to_string(), "one");
    }
}
