//! The table of commands: a name, what is asked, what is answered, and where it is answered.
//!
//! The shell and the hub call by name with JSON; the ui's types are generated from this table, so a call is typed from
//! the screen to the desk.

use std::path::Path;

use serde_json::Value;
use ts_rs::{Config, TS};

use crate::install::{
    DeviceJoin, HubConnect, Install, Nothing, SchoolStart, SetAsideDrop, SetAsideLine, SpaceChoose,
    SyncState,
};
use crate::{
    Actor, ApiError, Code, Desk, Place, about, acknowledgement, action, archive, class, coming,
    comment, concern, corridor, debrief, device, file, held, import, line, log, notice,
    observation, pattern, person, plan, record, reflection, reminder, report, response, retention,
    review, room, school, search, self_evaluation, setting, template, term, theme, visit, walk,
};

/// Where a command is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// By the desk of this install, with or without a network.
    Desk,
    /// By the place itself: the app's shell, or the hub for a browser.
    Install,
    /// By the hub only; a device passes it on, and shows the last answer when there is no network.
    Hub,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// `noun_verb`.
    pub name: &'static str,
    /// Where it is answered.
    pub at: Where,
}

macro_rules! commands {
    (
        desk { $($name:literal: $request:ty => $answer:ty, $run:path;)* }
        hub { $($hub_name:literal: $hub_request:ty => $hub_answer:ty, $hub_run:path;)* }
        install { $($install_name:literal: $install_request:ty => $install_answer:ty;)* }
    ) => {
        /// Every command there is.
        pub const COMMANDS: &[Command] = &[
            $(Command { name: $name, at: Where::Desk },)*
            $(Command { name: $hub_name, at: Where::Hub },)*
            $(Command { name: $install_name, at: Where::Install },)*
        ];

        impl Desk {
            /// Answers a command for `actor`.
            ///
            /// Errors with [`Code::UnknownCommand`] for a name that is not in the table or is answered by the place
            /// itself, and [`Code::BadRequest`] when the request does not have the form the command asks for.
            pub fn call(&self, actor: &Actor, command: &str, request: Value) -> Result<Value, ApiError> {
                if self.place() == Place::Hub {
                    self.contacts().heard(actor.device, self.now(), None, None);
                }
                match command {
                    $($name => answer($run(self, actor, ask::<$request>(request)?)?),)*
                    $($hub_name => answer($hub_run(self, actor, ask::<$hub_request>(request)?)?),)*
                    _ => Err(ApiError::new(
                        Code::UnknownCommand,
                        "This version does not know what was asked. Update the app and try again.",
                    )),
                }
            }
        }

        /// Writes the TypeScript of every request and answer, and of the table, into `dir`.
        ///
        /// Errors when a file cannot be written.
        pub fn export_types(dir: &Path) -> Result<(), ts_rs::ExportError> {
            let config = Config::new().with_large_int("number").with_out_dir(dir);
            let mut rows = String::new();
            let mut imports = std::collections::BTreeSet::new();
            $(row::<$request, $answer>(&config, $name, &mut rows, &mut imports)?;)*
            $(row::<$hub_request, $hub_answer>(&config, $hub_name, &mut rows, &mut imports)?;)*
            $(row::<$install_request, $install_answer>(&config, $install_name, &mut rows, &mut imports)?;)*
            // In no row by themselves: what every file is, and what the shell says in its place.
            file::FileView::export_all(&config)?;
            file::FileTaken::export_all(&config)?;
            let is_named = |name: &&String| {
                rows.split(|c: char| !c.is_alphanumeric()).any(|word| word == name.as_str())
            };
            let imports: String = imports
                .iter()
                .filter(is_named)
                .map(|name| format!("import type {{ {name} }} from \"./{name}\";\n"))
                .collect();
            let table = format!(
                "// Generated from the table of commands; `make types` writes it again.\n{imports}\n\
                /** What each command asks and answers. */\nexport interface Commands {{\n{rows}}}\n"
            );
            std::fs::write(dir.join("commands.ts"), table)?;
            Ok(())
        }
    };
}

commands! {
    desk {
        "about_get": Nothing => about::About, about::get;
        "day_list": Nothing => visit::Day, visit::day_list;
        "visit_get": visit::VisitAsked => visit::VisitSheet, visit::get;
        "visit_start": visit::VisitAsked => visit::VisitSheet, visit::start;
        "visit_finish": visit::VisitAsked => visit::VisitSheet, visit::finish;
        "visit_put": visit::VisitPut => walk::WalkView, visit::put;
        "visit_cancel": visit::VisitAsked => walk::WalkView, visit::cancel;
        "place_put": visit::PlacePut => (), visit::place_put;
        "observation_write": observation::ObservationWrite => observation::Saved, observation::write;
        "coming_list": Nothing => coming::Coming, coming::list;
        "record_list": Nothing => record::Records, record::list;
        "record_get": visit::VisitAsked => record::RecordView, record::get;
        "record_share": record::RecordShare => record::RecordView, record::share;
        "response_write": response::ResponseWrite => response::ResponseSaved, response::write;
        "response_send": visit::VisitAsked => record::RecordView, response::send;
        "walk_list": Nothing => Vec<walk::WalkCard>, walk::list;
        "walk_get": walk::WalkAsked => walk::WalkView, walk::get;
        "walk_put": walk::WalkPut => walk::WalkView, walk::put;
        "notice_give": walk::WalkAsked => walk::WalkView, notice::give;
        "notice_list": Nothing => Vec<notice::NoticeLine>, notice::list;
        "notice_get": notice::NoticeAsked => notice::NoticePage, notice::get;
        "notice_readers": notice::NoticeAsked => notice::NoticeReaders, notice::readers;
        "acknowledgement_give": acknowledgement::AcknowledgementGive => (), acknowledgement::give;
        "reflection_get": visit::VisitAsked => reflection::ReflectionView, reflection::get;
        "reflection_write": reflection::ReflectionWrite => response::ResponseSaved, reflection::write;
        "reflection_list": Nothing => Vec<reflection::ReflectionLine>, reflection::list;
        "concern_list": Nothing => Vec<concern::ConcernLine>, concern::list;
        "concern_raise": concern::ConcernRaise => Vec<concern::ConcernLine>, concern::raise;
        "concern_answer": concern::ConcernAnswer => Vec<concern::ConcernLine>, concern::answer;
        "concern_before": Nothing => concern::ConcernBefore, concern::before;
        "comment_list": comment::CommentsAsked => Vec<comment::CommentView>, comment::list;
        "comment_put": comment::CommentPut => Vec<comment::CommentView>, comment::put;
        "comment_answer": comment::CommentAnswer => Vec<comment::CommentView>, comment::answer;
        "review_list": Nothing => Vec<review::ReviewLine>, review::list;
        "review_get": review::ReviewAsked => review::ReviewView, review::get;
        "review_words": review::ReviewWords => review::ReviewView, review::words;
        "debrief_get": walk::WalkAsked => debrief::DebriefView, debrief::get;
        "debrief_write": debrief::DebriefWrite => response::ResponseSaved, debrief::write;
        "report_list": Nothing => Vec<report::ReportLine>, report::list;
        "report_get": report::ReportAsked => report::ReportView, report::get;
        "report_start": walk::WalkAsked => report::ReportView, report::start;
        "report_write": report::ReportWrite => report::ReportSaved, report::write;
        "report_publish": walk::WalkAsked => report::ReportView, report::publish;
        "action_list": Nothing => action::Actions, action::list;
        "action_get": action::ActionAsked => action::ActionView, action::get;
        "action_put": action::ActionPut => action::ActionAsked, action::put;
        "action_progress": action::ActionProgress => action::ActionView, action::progress;
        "line_get": term::YearAsked => line::YearLine, line::get;
        "pattern_list": Nothing => Vec<pattern::PatternLine>, pattern::list;
        "pattern_get": pattern::PatternGet => pattern::PatternView, pattern::get;
        "pattern_comments": pattern::PatternWordsAsked => pattern::PatternWords, pattern::comments;
        "reminder_list": Nothing => reminder::Reminder, reminder::list;
        "plan_get": walk::WalkAsked => plan::PlanView, plan::get;
        "plan_propose": plan::PlanPropose => plan::PlanView, plan::propose;
        "plan_check": plan::PlanPut => plan::PlanView, plan::check;
        "plan_keep": plan::PlanPut => walk::WalkView, plan::keep;
        "year_get": term::YearAsked => term::Year, term::year_get;
        "term_put": term::TermPut => term::Year, term::put;
        "term_start": term::TermStart => term::Year, term::start;
        "theme_list": Nothing => Vec<theme::ThemeLine>, theme::list;
        "search_find": search::SearchFind => search::SearchAnswer, search::find;
        "school_get": Nothing => school::School, school::get;
        "person_put": person::PersonPut => school::School, person::put;
        "class_put": class::ClassPut => school::School, class::put;
        "room_put": room::RoomPut => school::School, room::put;
        "import_preview": import::ImportAsked => import::ImportPreview, import::preview;
        "import_apply": import::ImportAsked => import::Imported, import::apply;
        "setting_list": Nothing => setting::SettingsView, setting::list;
        "setting_put": setting::SettingPut => setting::SettingsView, setting::put;
        "setting_walks_count": setting::SettingWalksCount => setting::SettingsView, setting::walks_count;
        "setting_lessons": setting::SettingLessons => setting::SettingsView, setting::lessons;
        "setting_governors": setting::SettingGovernors => setting::SettingsView, setting::governors;
        "held_get": Nothing => held::HeldAboutMe, held::get;
        "held_take": held::HeldTake => held::HeldFile, held::take;
        "file_make": file::FileAsked => file::FileView, file::make;
        "template_get": template::TemplateAsked => template::TemplateView, template::get;
        "template_freeze": template::TemplateAsked => template::TemplateView, template::freeze;
        "self_evaluation_list": Nothing => self_evaluation::SelfEvaluations, self_evaluation::list;
        "self_evaluation_start": self_evaluation::SelfEvaluationAsked => self_evaluation::SelfEvaluationView, self_evaluation::start;
        "self_evaluation_get": self_evaluation::SelfEvaluationAsked => self_evaluation::SelfEvaluationView, self_evaluation::get;
        "self_evaluation_rate": self_evaluation::SelfEvaluationRate => self_evaluation::SelfEvaluationSaved, self_evaluation::rate;
        "self_evaluation_agree": self_evaluation::SelfEvaluationAgree => self_evaluation::SelfEvaluationView, self_evaluation::agree;
        "self_evaluation_reading": self_evaluation::SelfEvaluationReading => self_evaluation::SelfEvaluationView, self_evaluation::reading;
        "self_evaluation_close": self_evaluation::SelfEvaluationAsked => self_evaluation::SelfEvaluationView, self_evaluation::close;
        "template_list": Nothing => Vec<template::FormLine>, template::list;
        "template_new": template::edit::TemplateNew => template::TemplateView, template::edit::new;
        "template_next": template::TemplateAsked => template::TemplateView, template::edit::next;
        "template_edit": template::edit::TemplateEdits => template::edit::TemplateEdited, template::edit::edit;
        "template_away": template::edit::TemplateAway => template::TemplateView, template::edit::away;
        "template_compare": template::compare::TemplateCompare => template::compare::Comparison, template::compare::compare;
        "template_export": template::TemplateAsked => file::FileView, template::import::export;
        "template_preview": template::import::FormImport => template::import::FormPreview, template::import::preview;
        "template_import": template::import::FormTaken => template::TemplateView, template::import::take;
    }
    hub {
        "device_list": Nothing => device::Devices, device::list;
        "device_invite": device::DeviceInvite => device::Invite, device::invite;
        "review_make": review::ReviewAsked => review::ReviewView, review::make;
        "pattern_publish": walk::WalkAsked => pattern::PatternView, pattern::publish;
        "archive_make": Nothing => archive::ArchiveFile, archive::make;
        "log_list": log::LogAsked => log::LogPage, log::list;
        "retention_list": Nothing => retention::Retention, retention::list;
        "retention_destroy": retention::RetentionDestroy => retention::Retention, retention::destroy;
    }
    install {
        "install_get": Nothing => Install;
        "school_start": SchoolStart => Install;
        "device_join": DeviceJoin => Install;
        "hub_connect": HubConnect => Install;
        "space_choose": SpaceChoose => Install;
        "space_leave": Nothing => Install;
        "sync_get": Nothing => SyncState;
        "sync_run": Nothing => SyncState;
        "set_aside_list": Nothing => Vec<SetAsideLine>;
        "set_aside_drop": SetAsideDrop => Vec<SetAsideLine>;
        "door_get": Nothing => corridor::DoorView;
        "door_open": Nothing => corridor::DoorView;
        "door_close": Nothing => corridor::DoorView;
        "door_approve": corridor::DoorApprove => corridor::DoorView;
        "door_refuse": corridor::DoorRefuse => corridor::DoorView;
        "door_find": Nothing => Vec<corridor::DoorFound>;
        "hub_join": corridor::HubJoin => corridor::Joining;
        "hub_join_get": Nothing => corridor::Joining;
        "hub_join_stop": Nothing => corridor::Joining;
        "hub_take_along": Nothing => file::FileView;
        "hub_moved": corridor::HubMoved => Install;
    }
}

/// The row of a command.
pub fn command(name: &str) -> Option<Command> {
    COMMANDS
        .iter()
        .copied()
        .find(|command| command.name == name)
}

fn ask<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    let request = if request.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        request
    };
    serde_json::from_value(request).map_err(|error| {
        ApiError::new(
            Code::BadRequest,
            format!("The request was not understood: {error}."),
        )
    })
}

fn answer<T: serde::Serialize>(answer: T) -> Result<Value, ApiError> {
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ApiError::new(
            Code::Internal,
            "The answer could not be written. Try again.",
        )
    })
}

fn row<Request: TS + 'static, Answer: TS + 'static>(
    config: &Config,
    name: &str,
    rows: &mut String,
    imports: &mut std::collections::BTreeSet<String>,
) -> Result<(), ts_rs::ExportError> {
    use std::fmt::Write as _;
    for exported in [export::<Request>(config)?, export::<Answer>(config)?] {
        imports.extend(exported);
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        rows,
        "  {name}: {{ request: {}; answer: {} }};",
        Request::name(config),
        Answer::name(config)
    );
    Ok(())
}

/// Exports a type with all it depends on and returns the names the table must import.
fn export<T: TS + 'static>(config: &Config) -> Result<Vec<String>, ts_rs::ExportError> {
    if T::output_path().is_some() {
        T::export_all(config)?;
        return Ok(vec![T::ident(config)]);
    }
    struct All<'a> {
        config: &'a Config,
        names: Vec<String>,
        done: Result<(), ts_rs::ExportError>,
    }
    impl ts_rs::TypeVisitor for All<'_> {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            if self.done.is_ok() && T::output_path().is_some() {
                self.names.push(T::ident(self.config));
                self.done = T::export_all(self.config);
            }
        }
    }
    let mut all = All {
        config,
        names: Vec::new(),
        done: Ok(()),
    };
    T::visit_dependencies(&mut all);
    T::visit_generics(&mut all);
    all.done?;
    Ok(all.names)
}
