//! A queue between threads: what one of them sends, another waits for.
//!
//! NOTE: `std::sync::mpsc` was rejected. It has three kinds of queues, and compiles all
//! of them for each type that is sent: five types were a twentieth of what building this
//! crate costs. The values wait in boxes, so that the queue is compiled once.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A bounded queue; the sender of a further value waits.
pub(crate) fn mailbox<T>(most: usize) -> (Sender<T>, Receiver<T>) {
    let queue = Queue::new(most);
    let sender = Sender(SenderEnd(Arc::clone(&queue)), PhantomData);
    (sender, Receiver(ReceiverEnd(queue), PhantomData))
}

#[derive(Debug)]
pub(crate) struct Sender<T>(SenderEnd, PhantomData<T>);

#[derive(Debug)]
pub(crate) struct Receiver<T>(ReceiverEnd, PhantomData<T>);

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nothing {
    /// Nothing yet.
    Timeout,
    /// Nothing ever: every sender is gone.
    Disconnected,
}

impl<T: Send + 'static> Sender<T> {
    /// Sends a value; false without a receiver.
    pub(crate) fn send(&self, value: T) -> bool {
        self.0.0.send(Box::new(value))
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        Sender(self.0.clone(), PhantomData)
    }
}

impl<T: Send + 'static> Receiver<T> {
    /// The next value, for which it waits so long at most.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn receive(&self, longest: Duration) -> Result<T, Nothing> {
        let value = self.0.0.receive(longest)?.downcast();
        Ok(*value.expect("every sender sends this type"))
    }
}

type Value = Box<dyn Any + Send>;

#[derive(Debug)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Vec<Value>,
    most: usize,
    senders: usize,
    is_read: bool,
}

impl Queue {
    fn new(most: usize) -> Arc<Queue> {
        Arc::new(Queue {
            state: Mutex::new(State {
                waiting: Vec::new(),
                most,
                senders: 1,
                is_read: true,
            }),
            changed: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, value: Value) -> bool {
        let mut state = self.lock();
        while state.is_read && state.waiting.len() >= state.most {
            let waited = self.changed.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let is_read = state.is_read;
        if is_read {
            state.waiting.push(value);
        }
        drop(state);
        self.changed.notify_all();
        is_read
    }

    fn receive(&self, longest: Duration) -> Result<Value, Nothing> {
        let state = self.lock();
        let is_quiet = |state: &mut State| state.waiting.is_empty() && state.senders > 0;
        let waited = self.changed.wait_timeout_while(state, longest, is_quiet);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !state.waiting.is_empty() {
            let value = state.waiting.remove(0);
            drop(state);
            self.changed.notify_all();
            return Ok(value);
        }
        Err(match state.senders {
            0 => Nothing::Disconnected,
            _ => Nothing::Timeout,
        })
    }
}

#[derive(Debug)]
struct SenderEnd(Arc<Queue>);

impl Clone for SenderEnd {
    fn clone(&self) -> SenderEnd {
        self.0.lock().senders += 1;
        SenderEnd(Arc::clone(&self.0))
    }
}

impl Drop for SenderEnd {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.lock().senders -= 1;
        self.0.changed.notify_all();
    }
}

#[derive(Debug)]
struct ReceiverEnd(Arc<Queue>);

impl Drop for ReceiverEnd {
    #[inline(never)]
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_read = false;
        // What was not received is dropped outside of the lock.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn values_come_in_their_order_and_the_end_after_them() {
        let (sender, receiver) = mailbox(2);
        assert_eq!(receiver.receive(Duration::ZERO), Err(Nothing::Timeout));
        // The third waits until there is room.
        let other = sender.clone();
        let thread = thread::spawn(move || (1..=5).all(|n| other.send(n)));
        drop(sender);
        for n in 1..=5 {
            assert_eq!(receiver.receive(LONG), Ok(n));
        }
        assert_eq!(receiver.receive(LONG), Err(Nothing::Disconnected));
        assert!(thread.join().expect("it does not panic"));
    }

    #[test]
    fn no_sender_waits_for_room_that_never_comes() {
        let (sender, receiver) = mailbox(1);
        assert!(sender.send(1));
        let thread = thread::spawn(move || sender.send(2));
        drop(receiver);
        assert!(!thread.join().expect("it does not panic"));
    }
}
