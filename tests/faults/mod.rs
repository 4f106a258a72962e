//! Things that go wrong, made for real: processes of the program are killed and frozen, their
//! database is killed, frozen, filled and cut off, their mail server stalls. After each, all
//! invariants are checked. The bounds are those that operators are promised, with room for a
//! machine that does ten things at once.

mod chaos;
mod deaths;
mod doors;
mod full;
mod hints;
mod mail;
mod outage;
mod play;
mod upgrade;
mod workers;
