//! The doors, tried from outside on a database in memory.

mod bodies;
mod browser;
mod doors;
mod forms;
mod pages;
mod pages_public;
mod pages_staff;
mod place;
mod signing_in;
mod world;
