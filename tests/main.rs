//! The service as its users see it: one binary, one file per behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod amounts;
mod api_cases;
mod appeals;
mod architecture;
mod assigning;
mod at_random;
mod bad_files;
mod bad_input;
mod batches;
mod bounces;
mod browsing;
mod busy_database;
mod calendar_life;
mod calendar_moments;
mod chain;
mod clocks;
mod complaints;
mod compose;
mod confirmed;
mod crashes;
mod debts;
mod digests;
mod dismissed;
mod doctor;
mod due_dates;
mod edges;
mod emergency_aid;
mod encrypted_hints;
mod exported;
mod faults;
mod follow_up;
mod hands;
mod harness;
mod hints;
mod kept_of_people;
mod known_people;
mod leavers;
mod lists_paid_in_shares;
mod merging;
mod newcomer;
mod objections;
mod opened_once;
mod operating;
mod organisation_doors;
mod organisation_life;
mod organisation_people;
mod outages;
mod outbox;
mod outside;
mod oversight;
mod oversight_chain;
mod paid_in_cash;
mod papers_of_lines;
mod paying;
mod permissions;
mod privacy;
mod processes;
mod program_pages;
mod programs_inspection;
mod programs_projects;
mod programs_rosters;
mod programs_rounds;
mod programs_training;
mod programs_units;
mod programs_walk;
mod publishing;
mod queue;
mod races;
mod ratings;
mod rebasing;
mod recusals;
mod red_lights;
mod replaying;
mod returns;
mod rounds;
mod signing_batches;
mod simulation;
mod stopping;
mod stored_words;
mod stores;
mod stories;
mod supervising;
mod timers;
mod tip_offs;
mod two_steps;
mod unasked;
mod unit_marks;
mod unroutable;
mod waiting_for;
