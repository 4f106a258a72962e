//! Waiting for what must come, however slow the machine is.

use std::time::{Duration, Instant};

/// Asks `look` again and again until it finds something. The ceiling is for a machine that does
/// ten things at once; a test that passes waits no longer than it must.
pub(crate) async fn until<T>(
    what: &str,
    most: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < most, "{what} did not come within {most:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
