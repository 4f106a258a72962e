//! The doors to the organisation.

use actix_web::{http::Method, web};

use super::{Asks, Door};
use crate::{json, pages};

/// The organisation, for machines.
pub(super) fn machines() -> Vec<Door> {
    doors! {
        GET  "/api/v1/organisation"                         Account => json::organisation::top;
        GET  "/api/v1/organisation/units/{id}"              Account => json::organisation::unit;
        POST "/api/v1/organisation/units"                   Account => json::organisation::open;
        POST "/api/v1/organisation/units/{id}/rename"       Account => json::organisation::rename;
        POST "/api/v1/organisation/units/{id}/mark"         Account => json::organisation::mark;
        POST "/api/v1/organisation/units/{id}/move"         Account => json::moves::unit;
        GET  "/api/v1/organisation/units/{id}/closing"      Account => json::organisation::closing;
        POST "/api/v1/organisation/units/{id}/close"        Account => json::organisation::close;
        GET  "/api/v1/organisation/people"                  Account => json::staff::people;
        POST "/api/v1/organisation/people"                  Account => json::staff::add;
        GET  "/api/v1/organisation/people/{id}"             Account => json::staff::person;
        PUT  "/api/v1/organisation/people/{id}"             Account => json::moves::person;
        POST "/api/v1/organisation/people/{id}/accounts"    Account => json::staff::account;
        POST "/api/v1/organisation/people/{id}/hand-over"   Account => json::staff::hand_over;
        POST "/api/v1/organisation/appointments"            Account => json::staff::appoint;
        POST "/api/v1/organisation/appointments/{id}/end"   Account => json::staff::end;
        POST "/api/v1/organisation/appointments/{id}/change" Account => json::duties::change;
        POST "/api/v1/organisation/accounts/{id}/password"  Account => json::staff::password;
        POST "/api/v1/organisation/accounts/{id}/{verb}"    Account => json::staff::lock;
        POST "/api/v1/organisation/imports"                 Account => json::imports::import;
    }
}

/// The organisation, for people.
pub(super) fn pages() -> Vec<Door> {
    doors! {
        GET  "/staff/organisation"                             Account => pages::organisation::top;
        GET  "/staff/organisation/units/{id}"                  Account => pages::organisation::unit;
        POST "/staff/organisation/units/{id}/rename"           Account => pages::organisation::rename;
        POST "/staff/organisation/units/{id}/mark"             Account => pages::organisation::mark;
        POST "/staff/organisation/units/{id}/move"             Account => pages::organisation::relocate;
        POST "/staff/organisation/units/{id}/open"             Account => pages::organisation::open;
        POST "/staff/organisation/units/{id}/appoint"          Account => pages::organisation::appoint;
        GET  "/staff/organisation/units/{id}/closing"          Account => pages::organisation::closing;
        POST "/staff/organisation/units/{id}/close"            Account => pages::organisation::close;
        GET  "/staff/organisation/people"                      Account => pages::staff::people;
        POST "/staff/organisation/people"                      Account => pages::staff::add;
        GET  "/staff/organisation/people/{id}"                 Account => pages::staff::person;
        POST "/staff/organisation/people/{id}"                 Account => pages::staff::change;
        POST "/staff/organisation/people/{id}/appoint"         Account => pages::staff::appoint;
        POST "/staff/organisation/people/{id}/account"         Account => pages::staff::account;
        GET  "/staff/organisation/people/{id}/hand-over"       Account => pages::staff::lying;
        POST "/staff/organisation/people/{id}/hand-over"       Account => pages::staff::hand_over;
        POST "/staff/organisation/appointments/{id}/end"       Account => pages::staff::end;
        POST "/staff/organisation/appointments/{id}/change"    Account => pages::duties::change;
        POST "/staff/organisation/accounts/{id}/{verb}"        Account => pages::staff::lock;
        GET  "/staff/organisation/import"                      Account => pages::imports::show;
        POST "/staff/organisation/import"                      Account => pages::imports::import;
        GET  "/staff/trail"                                    Account => pages::staff::trail;
    }
}
