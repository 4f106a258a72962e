//! What the tests stand on: databases, a browser, a mail server, a caller.

mod acts;
pub(crate) mod api;
mod both;
pub(crate) mod browser;
mod chromium;
pub(crate) mod cluster;
pub(crate) mod demo;
pub(crate) mod house;
pub(crate) mod http;
pub(crate) mod invariants;
pub(crate) mod pages;
pub(crate) mod passing;
pub(crate) mod person;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod redis;
pub(crate) mod retold;
pub(crate) mod rosters;
pub(crate) mod running;
pub(crate) mod servers;
mod serving;
pub(crate) mod smtp;
pub(crate) mod story;
mod waiting;
pub(crate) mod walk;
pub(crate) mod world;

pub(crate) use self::{
    both::{OnStore, both, show},
    process::scratch,
    servers::{Schema, Store},
    waiting::until,
};
