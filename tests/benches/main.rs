//! How fast it is: one JSON line a figure. `cargo bench --bench speed -- w1 w3 w4 w5` (docs/speed.md).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark may panic, and its figures are rough"
)]

mod baseline;
mod cluster;
mod copies;
mod load;
#[path = "../harness/process.rs"]
#[expect(unused_imports, reason = "the tests use all of it")]
mod process;
mod service;
#[path = "../harness/serving.rs"]
mod serving;
mod usage;
mod w1;
mod w2;
mod w3;
mod w4;
mod w5;

use serde_json::json;

/// How long to look, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    warm: u64,
    look: u64,
    pgbench: u64,
}

/// Prints one figure.
fn figure(name: &str, value: f64, unit: &str) {
    let value = (value * 1000.0).round() / 1000.0;
    println!("{}", json!({ "figure": name, "value": value, "unit": unit }));
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let short = words.iter().any(|word| word == "short");
    let times = if short {
        Times { warm: 3, look: 8, pgbench: 5 }
    } else {
        Times { warm: 10, look: 30, pgbench: 15 }
    };
    if chosen("w1") || short && words.len() == 1 {
        w1::run(times).await;
    }
    if chosen("w3") {
        w3::run().await;
    }
    if chosen("w4") {
        w4::run().await;
    }
    if chosen("w5") {
        w5::run().await;
    }
    // It makes a million cases: only where it is named.
    if words.iter().any(|word| word == "w2") {
        w2::run().await;
    }
}
