//! What happens without a click: routing, clocks, letters.
//!
//! [`sweep`] turns time into commands, [`relay`] and the fast path wake the executor
//! ([`queue`]), [`jobs`] do the work. Each is one function that can be called once (tests call
//! [`settle`]) and a loop that calls it for good ([`run`]).

mod business_time;
mod digests;
mod housekeeping;
pub mod jobs;
mod letters;
mod pace;
mod part;
mod post;
mod queue;
mod relay;
mod rounds;
mod run;
mod services;
mod settings;
mod settle;
mod strays;
mod sweep;

pub use business_time::{move_if_asked, move_to};
pub use digests::digest_once;
pub use housekeeping::tidy_once;
pub use jobs::{do_one, give_back};
pub use part::Part;
pub use queue::{RedisSettings, push};
pub use run::run;
pub use services::Services;
pub use settings::{DkimSettings, MailSettings, NotSettings, Settings, SmsSettings};
pub use settle::{Settled, settle};
pub use strays::settle_strays;
pub use sweep::sweep_once;
