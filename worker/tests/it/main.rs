//! What the worker does, on a database of its own: leases, retries, letters, the executor.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod executor;
mod leases;
mod letters;
mod sink;
mod time;
mod world;
