//! The API for machines, and for pages that ask without reloading.

pub(crate) mod absence;
mod act;
pub(crate) mod bounces;
pub(crate) mod cases;
pub(crate) mod demo;
pub(crate) mod extensions;
pub(crate) mod health;
pub(crate) mod imports;
pub(crate) mod jobs;
pub(crate) mod me;
pub(crate) mod notices;
pub(crate) mod organisation;
pub(crate) mod oversight;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod problems;
pub(crate) mod program_drafts;
pub(crate) mod program_versions;
pub(crate) mod programs;
pub(crate) mod rosters;
pub(crate) mod sessions;
pub(crate) mod sign_in_codes;
pub(crate) mod staff;
pub(crate) mod tasks;
pub(crate) mod tokens;
