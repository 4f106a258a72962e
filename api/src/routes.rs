//! Every URL the service answers, in one table.

use actix_web::{
    Resource, Route, guard,
    http::Method,
    middleware::from_fn,
    web::{self, PathConfig, QueryConfig, ServiceConfig},
};

use crate::{Problem, front, json, openapi, pages};

/// Whom a door lets in. The handler asks for itself, by the extractors it takes; this says so
/// to readers and to the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Anyone.
    Nothing,
    /// Whoever is signed in.
    Account,
    /// Staff who are signed in, and in a demonstration anyone.
    StaffUnlessDemo,
}

/// One method at one address.
#[derive(Clone)]
pub struct Door {
    /// `GET` answers `HEAD` too.
    pub method: Method,
    /// With its parameters, such as `/api/v1/sessions/{id}`.
    pub path: &'static str,
    /// Whom it lets in.
    pub asks: Asks,
    pub(crate) handler: fn() -> Route,
}

macro_rules! doors {
    ($($method:ident $path:literal $asks:ident => $handler:path;)*) => {
        vec![$(Door {
            method: Method::$method,
            path: $path,
            asks: Asks::$asks,
            handler: || web::route().to($handler),
        }),*]
    };
}

mod organisation;

/// The table. Of two patterns that fit, the first is taken.
pub fn doors() -> Vec<Door> {
    let table = doors! {
        GET    "/api/v1/health/live"       Nothing => json::health::live;
        GET    "/api/v1/health/ready"      Nothing => json::health::ready;

        POST   "/api/v1/sessions"          Nothing => json::sessions::sign_in;
        GET    "/api/v1/sessions"          Account => json::sessions::list;
        DELETE "/api/v1/sessions"          Account => json::sessions::end_all;
        POST   "/api/v1/sessions/by-code"  Nothing => json::sign_in_codes::check;
        DELETE "/api/v1/sessions/current"  Account => json::sessions::sign_out;
        DELETE "/api/v1/sessions/{id}"     Account => json::sessions::end;
        POST   "/api/v1/sign-in-codes"     Nothing => json::sign_in_codes::ask;

        GET    "/api/v1/me"                Account => json::me::show;
        PUT    "/api/v1/me/password"       Account => json::me::change_password;
        GET    "/api/v1/me/digest"         Account => json::me::digest;
        PUT    "/api/v1/me/digest"         Account => json::me::set_digest;
        GET    "/api/v1/me/tokens"         Account => json::tokens::list;
        POST   "/api/v1/me/tokens"         Account => json::tokens::make;
        DELETE "/api/v1/me/tokens/{id}"    Account => json::tokens::end;

        GET    "/api/v1/programs"          Nothing => json::programs::list;
        POST   "/api/v1/programs"          Account => json::program_drafts::begin_new;
        GET    "/api/v1/programs/{id}"     Nothing => json::programs::one;
        GET    "/api/v1/programs/{id}/versions"               Account => json::program_versions::list;
        POST   "/api/v1/programs/{id}/end"                    Account => json::program_versions::end;
        POST   "/api/v1/programs/{id}/rebase"                 Account => json::program_versions::rebase;
        POST   "/api/v1/programs/{id}/drafts"                 Account => json::program_drafts::begin;
        GET    "/api/v1/programs/{id}/drafts/{edition}"       Account => json::program_drafts::one;
        PUT    "/api/v1/programs/{id}/drafts/{edition}"       Account => json::program_drafts::save;
        POST   "/api/v1/programs/{id}/drafts/{edition}/{act}" Account => json::program_drafts::do_with;
        GET    "/api/v1/programs/{id}/replays/{replay}"       Account => json::program_drafts::replay;
        GET    "/api/v1/units"             Account => json::programs::units;
        GET    "/api/v1/people"            Account => json::people::list;
        POST   "/api/v1/people"            Account => json::people::make;
        GET    "/api/v1/people/{id}"       Account => json::people::one;
        PUT    "/api/v1/people/{id}"       Account => json::people::change;

        GET    "/api/v1/tasks"                      Account => json::tasks::queue;
        POST   "/api/v1/tasks/search"               Account => json::tasks::search;
        GET    "/api/v1/tasks/next"                 Account => json::tasks::next;
        GET    "/api/v1/tasks/{id}"                 Account => json::tasks::one;
        POST   "/api/v1/tasks/{id}/show"            Account => json::tasks::reveal;
        GET    "/api/v1/tasks/{id}/rows"            Account => json::rosters::list;
        POST   "/api/v1/tasks/{id}/rows"            Account => json::rosters::fill;
        POST   "/api/v1/tasks/{id}/{verb}"          Account => json::tasks::verb;
        PUT    "/api/v1/tasks/{id}/papers/{paper}"  Account => json::papers::put_at_step;
        PUT    "/api/v1/tasks/{id}/rows/{row}/papers/{paper}" Account => json::papers::put_at_line;

        GET    "/api/v1/extensions"                 Account => json::extensions::list;
        POST   "/api/v1/extensions/{id}/{answer}"   Account => json::extensions::answer;
        GET    "/api/v1/substitutes"                Account => json::absence::substitutes;
        POST   "/api/v1/substitutes"                Account => json::absence::name;
        DELETE "/api/v1/substitutes/{id}"           Account => json::absence::end;
        GET    "/api/v1/recusals"                   Account => json::recusals::list;
        POST   "/api/v1/recusals"                   Account => json::recusals::declare;
        DELETE "/api/v1/recusals/{id}"              Account => json::recusals::end;
        GET    "/api/v1/batches"                    Account => json::batches::list;
        POST   "/api/v1/batches"                    Account => json::batches::prepare;
        GET    "/api/v1/batches/{batch}"            Account => json::batches::one;
        POST   "/api/v1/batches/{batch}/open"       Account => json::batches::open;
        POST   "/api/v1/batches/{batch}/sign"       Account => json::batches::sign;
        GET    "/api/v1/copies"                     Account => json::absence::copies;
        POST   "/api/v1/copies/{id}/read"           Account => json::absence::read;

        GET    "/api/v1/notices"                    Nothing => json::notices::list;
        GET    "/api/v1/notices/{id}"               Nothing => json::notices::one;
        POST   "/api/v1/notices/{id}/objections"    Nothing => json::notices::object;
        POST   "/api/v1/look-ups"                   Nothing => json::notices::look_up;
        POST   "/api/v1/tip-offs"                   Nothing => json::tip_offs::send;
        POST   "/api/v1/tip-offs/look-ups"          Nothing => json::tip_offs::look_up;

        GET    "/api/v1/demo/clock"                 Nothing => json::demo::clock;
        POST   "/api/v1/demo/clock"                 Nothing => json::demo::move_clock;
        GET    "/api/v1/demo/letters"               Nothing => json::demo::letters;
        GET    "/api/v1/demo/letters/{id}"          Nothing => json::demo::letter;

        GET    "/api/v1/oversight/units"            Account => json::oversight::units;
        GET    "/api/v1/oversight/boards"           Account => json::oversight::boards;
        POST   "/api/v1/oversight/cases"            Account => json::oversight::open;
        POST   "/api/v1/oversight/cases/{id}/reopen" Account => json::oversight::reopen;

        GET    "/api/v1/trail"                      Account => json::staff::trail;
        GET    "/api/v1/bounces"                    Account => json::bounces::list;
        POST   "/api/v1/bounces/{id}"               Account => json::bounces::handle;
        GET    "/api/v1/jobs"                       Account => json::jobs::list;
        POST   "/api/v1/jobs/retry"                 Account => json::jobs::retry_all;
        POST   "/api/v1/jobs/{id}/retry"            Account => json::jobs::retry;

        GET    "/metrics"                  Nothing => crate::metrics::show;
        GET    "/problems"                 Nothing => json::problems::list;
        GET    "/problems/{name}"          Nothing => pages::problem::named;
        GET    "/api/openapi.json"         StaffUnlessDemo => openapi::document;
        GET    "/api/docs/{file:.*}"       StaffUnlessDemo => openapi::page;
    };
    let machines = [organisation::machines(), cases_for_machines()];
    let pages = [public_pages(), applicants_pages(), staff_pages(), organisation::pages()];
    pages.into_iter().chain(machines).chain([table]).flatten().collect()
}

/// Cases and their papers, for machines.
fn cases_for_machines() -> Vec<Door> {
    doors! {
        GET    "/api/v1/cases"                      Account => json::cases::list;
        POST   "/api/v1/cases"                      Account => json::cases::start;
        GET    "/api/v1/cases/{id}"                 Account => json::cases::one;
        PATCH  "/api/v1/cases/{id}"                 Account => json::cases::edit;
        GET    "/api/v1/cases/{id}/decision"        Account => json::cases::decision;
        GET    "/api/v1/cases/{id}/held"            Account => json::cases::held;
        GET    "/api/v1/cases/{id}/document"        Account => json::cases::document;
        GET    "/api/v1/cases/{id}/why"             Account => json::cases::why;
        GET    "/api/v1/cases/{id}/steps/{task}"    Account => json::cases::own_step;
        POST   "/api/v1/cases/{id}/submit"          Account => json::cases::submit;
        POST   "/api/v1/cases/{id}/resubmit"        Account => json::cases::resubmit;
        POST   "/api/v1/cases/{id}/withdraw"        Account => json::cases::withdraw;
        POST   "/api/v1/cases/{id}/urge"             Account => json::cases::urge;
        GET    "/api/v1/cases/{id}/voices"          Account => json::voices::list;
        POST   "/api/v1/cases/{id}/complaint"       Account => json::voices::complain;
        POST   "/api/v1/cases/{id}/appeal"          Account => json::voices::appeal;
        POST   "/api/v1/cases/{id}/rating"          Account => json::voices::rate;
        PUT    "/api/v1/cases/{id}/papers/{paper}"  Account => json::papers::put;
        GET    "/api/v1/papers/{id}"                Account => json::papers::get;
        DELETE "/api/v1/papers/{id}"                Account => json::papers::remove;
    }
}

/// Pages that anybody may see.
fn public_pages() -> Vec<Door> {
    doors! {
        GET  "/"                        Nothing => pages::home::show;
        GET  "/about"                   Nothing => pages::about::show;
        GET  "/static/{name}"           Nothing => pages::statics::show;
        GET  "/preferences"             Nothing => pages::preferences::choose;
        GET  "/look-up"                 Nothing => pages::look_up::ask;
        POST "/look-up"                 Nothing => pages::look_up::answer;
        GET  "/notices"                 Nothing => pages::notices::list;
        GET  "/notices/{id}"            Nothing => pages::notices::one;
        POST "/notices/{id}/objections" Nothing => pages::notices::object;
        GET  "/tip-offs"                Nothing => pages::tip_offs::show;
        POST "/tip-offs"                Nothing => pages::tip_offs::send;
        POST "/tip-offs/answer"         Nothing => pages::tip_offs::answer;
        GET  "/programs/{name}"         Nothing => pages::program::guide;
        POST "/programs/{name}/start"   Account => pages::program::start;
        GET  "/sign-in"                 Nothing => pages::sign_in::show;
        POST "/sign-in"                 Nothing => pages::sign_in::send;
        GET  "/sign-in/code"            Nothing => pages::sign_in::first;
        POST "/sign-in/code"            Nothing => pages::sign_in::enter;
        POST "/sign-out"                Nothing => pages::sign_in::sign_out;
        GET  "/staff/sign-in"           Nothing => pages::staff_sign_in::show;
        POST "/staff/sign-in"           Nothing => pages::staff_sign_in::enter;
        GET  "/demo/clock"              Nothing => pages::clock::show;
        POST "/demo/clock"              Nothing => pages::clock::advance;
        GET  "/demo/letters"            Nothing => pages::letters::list;
        GET  "/demo/letters/{id}"       Nothing => pages::letters::one;
    }
}

/// Pages of applicants, and of staff who file for them.
fn applicants_pages() -> Vec<Door> {
    doors! {
        GET  "/me"                              Account => pages::me::show;
        POST "/me/acting"                       Account => pages::me::act_for;
        GET  "/me/profile"                      Account => pages::profile::show;
        POST "/me/profile"                      Account => pages::profile::save;
        GET  "/drafts/{draft}"                  Account => pages::draft::show;
        POST "/drafts/{draft}/discard"          Account => pages::draft::discard;
        GET  "/drafts/{draft}/pages/{page}"     Account => pages::form_page::show;
        POST "/drafts/{draft}/pages/{page}"     Account => pages::form_page::save;
        GET  "/drafts/{draft}/papers"           Account => pages::papers::list;
        POST "/drafts/{draft}/papers/{paper}"   Account => pages::papers::add;
        GET  "/drafts/{draft}/check"            Account => pages::check::show;
        POST "/drafts/{draft}/submit"           Account => pages::check::submit;
        GET  "/cases/{number}"                  Account => pages::case::show;
        GET  "/cases/{number}/submitted"        Account => pages::case::submitted;
        GET  "/cases/{number}/decision"         Account => pages::case::decision;
        POST "/cases/{number}/withdraw"         Account => pages::case::withdraw;
        POST "/cases/{number}/urge"                Account => pages::case::urge;
        GET  "/cases/{number}/complaint"        Account => pages::voices::complaint;
        POST "/cases/{number}/complaint"        Account => pages::voices::complain;
        GET  "/cases/{number}/appeal"           Account => pages::voices::appeal;
        POST "/cases/{number}/appeal"           Account => pages::voices::appeal_against;
        GET  "/cases/{number}/rating"           Account => pages::voices::rating;
        POST "/cases/{number}/rating"           Account => pages::voices::rate;
        GET  "/cases/{number}/supplement"       Account => pages::supplement::show;
        POST "/cases/{number}/supplement"       Account => pages::supplement::hand_in;
        GET  "/cases/{number}/change"           Account => pages::supplement::change;
        POST "/cases/{number}/papers/{paper}"   Account => pages::papers::supplement;
        GET  "/cases/{number}/steps/{task}"     Account => pages::own_step::show;
        POST "/cases/{number}/steps/{task}"     Account => pages::own_step::hand_in;
        POST "/cases/{number}/steps/{task}/papers/{paper}" Account => pages::own_step::add;
        GET  "/papers/{file}"                   Account => pages::papers::file;
        POST "/papers/{file}/remove"            Account => pages::papers::remove;
    }
}

/// Pages of staff.
fn staff_pages() -> Vec<Door> {
    doors! {
        GET  "/staff/tasks"                        Account => pages::queue::show;
        POST "/staff/tasks"                        Account => pages::queue::search;
        GET  "/staff/tasks/next"                   Account => pages::staff_case::next_case;
        GET  "/staff/tasks/{task}"                 Account => pages::staff_case::show;
        POST "/staff/tasks/{task}/show"            Account => pages::staff_case::reveal;
        GET  "/staff/tasks/{task}/rows"            Account => pages::roster::show;
        POST "/staff/tasks/{task}/rows"            Account => pages::roster::save;
        POST "/staff/tasks/{task}/rows/file"       Account => pages::roster::file;
        POST "/staff/tasks/{task}/rows/{row}/papers/{paper}" Account => pages::roster_papers::add;
        POST "/staff/tasks/{task}/papers/{paper}"  Account => pages::staff_papers::add;
        POST "/staff/tasks/{task}/{verb}"          Account => pages::staff_case::act;
        GET  "/staff/cases/{number}"               Account => pages::staff_case::find;
        POST "/staff/cases/{number}/urge"          Account => pages::staff_case::urge;
        GET  "/staff/cases/{number}/document"      Account => pages::document::show;
        GET  "/staff/cases/{number}/invitation/{step}" Account => pages::document::invitation;
        GET  "/staff/password"                     Account => pages::password::show;
        POST "/staff/password"                     Account => pages::password::change;
        GET  "/staff/settings"                     Account => pages::settings::show;
        POST "/staff/settings"                     Account => pages::settings::save;
        GET  "/staff/extensions"                   Account => pages::extensions::list;
        POST "/staff/extensions/{id}/{answer}"     Account => pages::extensions::answer;
        GET  "/staff/substitutes"                  Account => pages::absence::substitutes;
        POST "/staff/substitutes"                  Account => pages::absence::name;
        POST "/staff/substitutes/{id}/end"         Account => pages::absence::end;
        GET  "/staff/recusals"                     Account => pages::recusals::list;
        POST "/staff/recusals"                     Account => pages::recusals::declare;
        POST "/staff/recusals/{id}/end"            Account => pages::recusals::end;
        GET  "/staff/batches"                      Account => pages::batches::list;
        POST "/staff/batches"                      Account => pages::batches::prepare;
        GET  "/staff/batches/{batch}"              Account => pages::batches::one;
        POST "/staff/batches/{batch}/open"         Account => pages::batches::open;
        POST "/staff/batches/{batch}/sign"         Account => pages::batches::sign;
        GET  "/staff/copies"                       Account => pages::absence::copies;
        POST "/staff/copies/{id}/read"             Account => pages::absence::read;
        GET  "/staff/file"                         Account => pages::on_behalf::ask;
        POST "/staff/file"                         Account => pages::on_behalf::file;
        GET  "/staff/soundness"                    Account => pages::soundness::show;
        GET  "/staff/oversight"                    Account => pages::oversight::units;
        GET  "/staff/oversight/units.csv"          Account => pages::oversight::units_csv;
        GET  "/staff/oversight/units.xlsx"         Account => pages::oversight::units_xlsx;
        GET  "/staff/oversight/boards"             Account => pages::oversight::boards;
        GET  "/staff/oversight/boards.csv"         Account => pages::oversight::boards_csv;
        GET  "/staff/oversight/boards.xlsx"        Account => pages::oversight::boards_xlsx;
        POST "/staff/oversight/cases"              Account => pages::oversight::open;
        POST "/staff/oversight/cases/{id}/reopen"  Account => pages::oversight::reopen;
        GET  "/staff/programs"                     Account => pages::program_desk::list;
        GET  "/staff/new-program"                  Account => pages::program_desk::blank;
        POST "/staff/new-program"                  Account => pages::program_desk::begin_new;
        GET  "/staff/programs/{id}"                Account => pages::program_desk::one;
        POST "/staff/programs/{id}/drafts"         Account => pages::program_desk::begin;
        POST "/staff/programs/{id}/end"            Account => pages::program_desk::end;
        GET  "/staff/programs/{id}/rebase"         Account => pages::program_desk::preview;
        POST "/staff/programs/{id}/rebase"         Account => pages::program_desk::rebase;
        GET  "/staff/program-drafts/{edition}"           Account => pages::program_draft::show;
        POST "/staff/program-drafts/{edition}"           Account => pages::program_draft::save;
        GET  "/staff/program-drafts/{edition}/route.svg" Account => pages::program_draft::drawing;
        POST "/staff/program-drafts/{edition}/{act}"     Account => pages::program_draft::act;
        GET  "/staff/bounces"                      Account => pages::bounces::show;
        POST "/staff/bounces/{id}/handled"         Account => pages::bounces::handled;
        POST "/staff/bounces/{id}/resend"          Account => pages::bounces::resend;
        GET  "/staff/jobs"                         Account => pages::jobs::show;
        POST "/staff/jobs/retry"                   Account => pages::jobs::retry_all;
        POST "/staff/jobs/{id}/retry"              Account => pages::jobs::retry;
    }
}

/// Adds all doors to an actix `App`, behind what every request passes. The app must hold a
/// `web::Data<Services>`.
pub fn routes(app: &mut ServiceConfig) {
    mount(app, &doors());
}

/// Adds `doors`, behind what every request passes.
pub(crate) fn mount(app: &mut ServiceConfig, doors: &[Door]) {
    let mut scope = web::scope("")
        .wrap(from_fn(front::guard))
        .app_data(PathConfig::default().error_handler(|_, _| Problem::NotFound.into()))
        .app_data(QueryConfig::default().error_handler(|_, _| Problem::MalformedRequest.into()))
        .default_service(web::to(pages::problem::nowhere));
    let mut paths: Vec<&'static str> = Vec::new();
    for door in doors {
        if !paths.contains(&door.path) {
            paths.push(door.path);
        }
    }
    // Addresses are tried one after the other: those without a hole cost a comparison each, the
    // others a pattern, so that whoever asks for a list need not wait for two hundred patterns.
    paths.sort_by_key(|path| path.contains('{'));
    for path in paths {
        let here = doors.iter().filter(|door| door.path == path);
        scope = scope.service(resource(path, &here.collect::<Vec<_>>()));
    }
    app.service(scope);
}

/// All methods of one address; any other is told which there are.
fn resource(
    path: &str,
    doors: &[&Door],
) -> Resource<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let mut allow: Vec<&str> = doors.iter().map(|door| door.method.as_str()).collect();
    if allow.contains(&"GET") {
        allow.push("HEAD");
    }
    let allow = allow.join(", ");
    let mut resource = web::resource(path.to_owned());
    for door in doors {
        let own = (door.handler)();
        // Before the body is read: what a stranger sends to a private page is not looked at.
        let own = if door.asks == Asks::Account { own.wrap(from_fn(front::known)) } else { own };
        resource = resource.route(if door.method == Method::GET {
            own.guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            own.guard(guard::Method(door.method.clone()))
        });
    }
    resource
        .default_service(web::to(move || {
            let allow = allow.clone();
            async move { Err::<&str, _>(Problem::MethodNotAllowed { allow }) }
        }))
        .wrap(from_fn(front::catch_panics))
}
