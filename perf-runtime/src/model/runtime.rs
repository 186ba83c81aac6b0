//! The runtimes that drive an `async fn`: built once a case, outside the timing.

/// Stands for the Cargo feature `tokio`: it has runtimes where that is on.
#[derive(Clone, Copy, Debug)]
pub struct Tokio;

/// Builds the runtimes of an `async fn`.
#[diagnostic::on_unimplemented(
    message = "an `async fn` needs the Cargo feature `tokio` of perf-runtime, which is off",
    label = "no runtime drives this",
    note = "switch it on in Cargo.toml: `perf-runtime = {{ .., features = [\"tokio\"] }}`",
    note = "or name a function that blocks on a future, as in `runtime = pollster::block_on`"
)]
pub trait Runtimes {
    /// Everything on the thread that calls.
    fn current_thread() -> Runtime;
    /// A worker for each processor.
    fn multi_thread() -> Runtime;
}

/// A runtime that spreads tasks over its threads.
#[cfg(feature = "load")]
pub trait Spreads: Clone + 'static {
    /// Drives a future to its end.
    fn drive<F: Future>(&self, future: F) -> F::Output;
    /// Spawns all of them, and waits for the last to end. A panic of one is
    /// passed on when all have ended.
    fn spread<F>(&self, tasks: Vec<F>)
    where
        F: Future<Output = ()> + Send + 'static;
    /// The threads that they take turns on.
    fn threads(&self) -> usize;
}

#[cfg(all(feature = "tokio", feature = "load"))]
pub use built::within_tasks;
#[cfg(feature = "tokio")]
pub use built::{Runtime, within};
#[cfg(all(not(feature = "tokio"), feature = "load"))]
pub use missing::within_tasks;
#[cfg(not(feature = "tokio"))]
pub use missing::{Runtime, within};

#[cfg(feature = "tokio")]
mod built {
    use std::sync::Arc;
    use std::time::Duration;

    #[cfg(feature = "load")]
    use std::panic::resume_unwind;

    use tokio::runtime::{Builder, Runtime as Inner};
    #[cfg(feature = "load")]
    use tokio::task::JoinError;

    #[cfg(feature = "load")]
    use super::Spreads;
    use super::{Runtimes, Tokio};
    use crate::model::subject::Subject;
    #[cfg(feature = "load")]
    use crate::model::subject::{Tasks, Turns};

    /// How long what the calls left running may take to end.
    const PATIENCE: Duration = Duration::from_secs(1);

    impl Runtimes for Tokio {
        fn current_thread() -> Runtime {
            Runtime::of(Builder::new_current_thread())
        }

        fn multi_thread() -> Runtime {
            Runtime::of(Builder::new_multi_thread())
        }
    }

    /// A runtime of tokio; clones are the same one.
    #[derive(Clone, Debug)]
    pub struct Runtime(Arc<Ending>);

    /// A runtime that is shut down with its last clone, and does not wait for
    /// long: what blocks forever must not hang the run.
    #[derive(Debug)]
    struct Ending(Option<Inner>);

    impl Drop for Ending {
        fn drop(&mut self) {
            if let Some(inner) = self.0.take() {
                inner.shutdown_timeout(PATIENCE);
            }
        }
    }

    impl Runtime {
        fn of(mut builder: Builder) -> Runtime {
            match builder.enable_all().build() {
                Ok(inner) => Runtime(Arc::new(Ending(Some(inner)))),
                Err(error) => panic!("the runtime could not be built: {error}"),
            }
        }

        fn inner(&self) -> &Inner {
            let inner = self.0.0.as_ref();
            inner.expect("it is taken only by its last owner")
        }

        /// Drives a future to its end.
        #[inline]
        pub fn block_on<F: Future>(&self, future: F) -> F::Output {
            self.inner().block_on(future)
        }

        /// Calls what is no future, with the runtime at hand.
        pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
            let _here = self.inner().enter();
            work()
        }
    }

    #[cfg(feature = "load")]
    impl Spreads for Runtime {
        fn drive<F: Future>(&self, future: F) -> F::Output {
            self.block_on(future)
        }

        fn threads(&self) -> usize {
            self.inner().metrics().num_workers()
        }

        fn spread<F>(&self, tasks: Vec<F>)
        where
            F: Future<Output = ()> + Send + 'static,
        {
            let inner = self.inner();
            let spawned: Vec<_> = tasks.into_iter().map(|task| inner.spawn(task)).collect();
            let panic = inner.block_on(async {
                let mut first = None;
                for task in spawned {
                    if let Err(error) = task.await {
                        first.get_or_insert(error);
                    }
                }
                first
            });
            if let Some(Ok(payload)) = panic.map(JoinError::try_into_panic) {
                resume_unwind(payload);
            }
        }
    }

    /// Tasks on the runtime: what is made for them, and what they leave, is made
    /// and dropped with the runtime at hand.
    #[cfg(feature = "load")]
    pub fn within_tasks(
        runtime: Runtime,
        make: impl FnOnce(Runtime) -> Box<dyn Tasks>,
    ) -> Box<dyn Tasks> {
        let tasks = runtime.run(|| make(runtime.clone()));
        Box::new(WithinTasks {
            tasks: Some(tasks),
            runtime,
        })
    }

    #[cfg(feature = "load")]
    struct WithinTasks {
        tasks: Option<Box<dyn Tasks>>,
        runtime: Runtime,
    }

    #[cfg(feature = "load")]
    impl WithinTasks {
        fn tasks(&self) -> &dyn Tasks {
            let tasks = self.tasks.as_deref();
            tasks.expect("they are taken only when they are dropped")
        }
    }

    #[cfg(feature = "load")]
    impl Tasks for WithinTasks {
        fn user(&self) -> Box<dyn Subject + '_> {
            Box::new(Within {
                subject: Some(self.tasks().user()),
                runtime: self.runtime.clone(),
            })
        }

        fn run(&self, users: usize, turns: &Arc<dyn Turns>) {
            self.tasks().run(users, turns);
        }

        fn threads(&self) -> Option<usize> {
            self.tasks().threads()
        }
    }

    #[cfg(feature = "load")]
    impl Drop for WithinTasks {
        fn drop(&mut self) {
            let tasks = self.tasks.take();
            self.runtime.run(|| drop(tasks));
        }
    }

    /// A subject whose calls are driven by the runtime. What is made for them,
    /// and what they leave, is made and dropped with the runtime at hand: a
    /// connection says goodbye through it.
    pub fn within(
        runtime: Runtime,
        make: impl FnOnce(Runtime) -> Box<dyn Subject>,
    ) -> Box<dyn Subject> {
        let subject = make(runtime.clone());
        Box::new(Within {
            subject: Some(subject),
            runtime,
        })
    }

    struct Within<'tasks> {
        subject: Option<Box<dyn Subject + 'tasks>>,
        runtime: Runtime,
    }

    impl<'tasks> Within<'tasks> {
        fn subject(&mut self) -> &mut (dyn Subject + 'tasks) {
            let subject = self.subject.as_deref_mut();
            subject.expect("it is taken only when it is dropped")
        }
    }

    impl Subject for Within<'_> {
        fn prepare(&mut self, calls: usize) {
            let runtime = self.runtime.clone();
            runtime.run(|| self.subject().prepare(calls));
        }

        #[inline]
        fn call(&mut self) {
            self.subject().call();
        }

        #[inline]
        fn call_all(&mut self) {
            self.subject().call_all();
        }

        fn finish(&mut self) -> Option<String> {
            let runtime = self.runtime.clone();
            runtime.run(|| self.subject().finish())
        }
    }

    impl Drop for Within<'_> {
        fn drop(&mut self) {
            let subject = self.subject.take();
            self.runtime.run(|| drop(subject));
        }
    }
}

#[cfg(not(feature = "tokio"))]
mod missing {
    #[cfg(feature = "load")]
    use super::Spreads;
    use crate::model::subject::Subject;
    #[cfg(feature = "load")]
    use crate::model::subject::Tasks;

    /// There is none.
    #[derive(Clone, Debug)]
    pub enum Runtime {}

    impl Runtime {
        /// Drives a future to its end.
        pub fn block_on<F: Future>(&self, _: F) -> F::Output {
            match *self {}
        }

        /// Calls what is no future, with the runtime at hand.
        pub fn run<T>(&self, _: impl FnOnce() -> T) -> T {
            match *self {}
        }
    }

    #[cfg(feature = "load")]
    impl Spreads for Runtime {
        fn drive<F: Future>(&self, _: F) -> F::Output {
            match *self {}
        }

        fn threads(&self) -> usize {
            match *self {}
        }

        fn spread<F>(&self, _: Vec<F>)
        where
            F: Future<Output = ()> + Send + 'static,
        {
            match *self {}
        }
    }

    /// Tasks on the runtime.
    #[cfg(feature = "load")]
    pub fn within_tasks(
        runtime: Runtime,
        _: impl FnOnce(Runtime) -> Box<dyn Tasks>,
    ) -> Box<dyn Tasks> {
        match runtime {}
    }

    /// A subject whose calls are driven by the runtime.
    pub fn within(
        runtime: Runtime,
        _: impl FnOnce(Runtime) -> Box<dyn Subject>,
    ) -> Box<dyn Subject> {
        match runtime {}
    }
}

/// What an async `setup` begins for an argument.
pub fn begun<A, F: Future>(argument: A, setup: impl FnOnce(A) -> F) -> F {
    setup(argument)
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use tokio::runtime::Handle;

    use super::*;
    use crate::model::subject::{Calls, Subject};

    /// Says where it was dropped without a runtime at hand.
    struct Connection;

    impl Drop for Connection {
        fn drop(&mut self) {
            assert!(Handle::try_current().is_ok(), "it says goodbye");
        }
    }

    #[track_caller]
    fn check(runtime: Runtime) {
        let mut subject = within(runtime, |runtime| -> Box<dyn Subject> {
            let setup = || {
                assert!(Handle::try_current().is_ok(), "it is made with it at hand");
                Connection
            };
            let call = move |connection| {
                runtime.block_on(async {
                    let five = tokio::spawn(async { 5 }).await;
                    (connection, five.unwrap_or_default())
                })
            };
            let judge = |(_, number): &(Connection, u32)| (*number != 5).then(|| "lost".to_owned());
            Box::new(Calls::new(setup, call, judge))
        });
        for calls in [1, 3] {
            subject.prepare(calls);
            if calls == 1 {
                subject.call();
            } else {
                subject.call_all();
            }
            assert_eq!(subject.finish(), None);
        }
        subject.prepare(1);
        drop(subject);
        assert!(Handle::try_current().is_err(), "nothing of it is left");
    }

    #[test]
    fn calls_and_what_they_leave_have_the_runtime_at_hand() {
        check(Tokio::current_thread());
        check(Tokio::multi_thread());
    }

    #[test]
    fn a_task_that_never_ends_does_not_hang_the_run() {
        let runtime = Tokio::current_thread();
        runtime.block_on(async {
            tokio::spawn(std::future::pending::<()>());
        });
        drop(runtime);
    }
}
