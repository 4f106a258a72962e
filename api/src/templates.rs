//! Which view fills which template. A handler reads a view and says
//! `layout.page(StatusCode::OK, &view)`; its JSON twin serialises the same view.

use actix_web::{HttpResponse, http::StatusCode, http::header};
use askama::Template;

use crate::{
    layout::Layout,
    read::{
        FileKind, Light,
        absence::{CopiesView, SubstitutesView},
        applicant::{ApplicantHomeView, Ask, ProfileView},
        apply::{CheckView, FormPageView, PapersView, SubmittedView, TaskListView, TaskState},
        batch::{BatchState, BatchView, BatchesView},
        bounces::BouncesView,
        decision::{DecisionView, Outcome},
        demo::{AboutView, Channel, ClockView, LetterView, LettersView},
        document::DocumentView,
        extension::ExtensionsView,
        guide::GuideView,
        home::{Fit, HomeView},
        jobs::JobsView,
        notice::{LookUpView, NoticeView, NoticesView},
        organisation::{
            ClosingView, HandOverView, ImportView, MemberView, PeopleView, TrailView, UnitView,
        },
        oversight::{BoardsView, Column, OversightView, PeriodKind},
        problem::{ProblemNameView, ProblemView},
        program_desk::{DraftView, NewProgramView, ProgramDeskView, ProgramsView, RebaseView},
        progress::{Action, OwnStepView, ProgressView, SupplementView},
        queue::{QueueView, Tab},
        recusal::RecusalsView,
        roster::RosterView,
        settings::SettingsView,
        sign_in::{CodeView, PasswordView, SignInView, StaffSignInView},
        soundness::SoundnessView,
        staff_case::{ListState, OnBehalfView, RowMark, StaffCaseView, Tone},
        voices::{SayView, TipOffView},
    },
    texts::Texts,
};

/// A view that has a page.
pub trait Page {
    /// The whole page as HTML.
    ///
    /// # Errors
    /// When a value cannot be written; none of the views' can fail.
    fn html(&self, layout: &Layout) -> askama::Result<String>;
}

macro_rules! pages {
    ($($page:ident $path:tt $view:ty;)*) => {$(
        #[derive(Template)]
        #[template(path = $path)]
        struct $page<'a> {
            l: &'a Layout,
            t: &'static Texts,
            v: &'a $view,
        }

        impl Page for $view {
            fn html(&self, layout: &Layout) -> askama::Result<String> {
                $page { l: layout, t: layout.t, v: self }.render()
            }
        }
    )*};
}

pages! {
    HomePage "home.html" HomeView;
    SignInPage "sign_in.html" SignInView;
    CodePage "code.html" CodeView;
    StaffSignInPage "staff_sign_in.html" StaffSignInView;
    PasswordPage "password.html" PasswordView;
    ApplicantHomePage "me.html" ApplicantHomeView;
    ProfilePage "profile.html" ProfileView;
    GuidePage "guide.html" GuideView;
    TaskListPage "task_list.html" TaskListView;
    FormPage "form.html" FormPageView;
    PapersPage "papers.html" PapersView;
    CheckPage "check.html" CheckView;
    SubmittedPage "submitted.html" SubmittedView;
    ProgressPage "progress.html" ProgressView;
    SupplementPage "supplement.html" SupplementView;
    OwnStepPage "own_step.html" OwnStepView;
    DecisionPage "decision.html" DecisionView;
    LookUpPage "look_up.html" LookUpView;
    SayPage "say.html" SayView;
    TipOffPage "tip_off.html" TipOffView;
    NoticesPage "notices.html" NoticesView;
    NoticePage "notice.html" NoticeView;
    QueuePage "queue.html" QueueView;
    StaffCasePage "staff_case.html" StaffCaseView;
    OnBehalfPage "on_behalf.html" OnBehalfView;
    BouncesPage "bounces.html" BouncesView;
    JobsPage "jobs.html" JobsView;
    SoundnessPage "soundness.html" SoundnessView;
    ProgramsPage "programs.html" ProgramsView;
    NewProgramPage "new_program.html" NewProgramView;
    ProgramDeskPage "program_desk.html" ProgramDeskView;
    ProgramDraftPage "program_draft.html" DraftView;
    RebasePage "program_rebase.html" RebaseView;
    ExtensionsPage "extensions.html" ExtensionsView;
    SubstitutesPage "substitutes.html" SubstitutesView;
    RecusalsPage "recusals.html" RecusalsView;
    CopiesPage "copies.html" CopiesView;
    BatchesPage "batches.html" BatchesView;
    BatchPage "batch.html" BatchView;
    SettingsPage "settings.html" SettingsView;
    RosterPage "roster.html" RosterView;
    DocumentPage "document.html" DocumentView;
    UnitPage "organisation_unit.html" UnitView;
    ClosingPage "organisation_closing.html" ClosingView;
    PeoplePage "organisation_people.html" PeopleView;
    MemberPage "organisation_member.html" MemberView;
    HandOverPage "organisation_hand_over.html" HandOverView;
    ImportPage "organisation_import.html" ImportView;
    TrailPage "trail.html" TrailView;
    OversightPage "oversight.html" OversightView;
    BoardsPage "oversight_boards.html" BoardsView;
    ClockPage "clock.html" ClockView;
    LettersPage "letters.html" LettersView;
    LetterPage "letter.html" LetterView;
    AboutPage "about.html" AboutView;
    ProblemPage "problem.html" ProblemView;
    ProblemNamePage "problem_name.html" ProblemNameView;
}

impl Layout {
    /// The answer with the page of `view`. Pages of the signed-in are kept by no cache.
    ///
    /// # Errors
    /// As [`Page::html`].
    pub fn page(&self, status: StatusCode, view: &impl Page) -> askama::Result<HttpResponse> {
        let kept = if self.signed_in.is_some() { "no-store" } else { "no-cache" };
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, kept))
            .insert_header((header::CONTENT_LANGUAGE, self.t.lang.clone()))
            .body(view.html(self)?))
    }
}
