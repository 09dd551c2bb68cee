//! The one runtime: a single thread, which costs less and disturbs what is measured less than several would.

use anyhow::Context as _;

/// Runs `future` to its end. What still hangs in another thread then, such as a name lookup, is not waited for.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("no event loop can be made; are there file descriptors left (ulimit -n)?")?;
    let outcome = runtime.block_on(future);
    runtime.shutdown_background();
    outcome
}
