//! The way of a call: by the table of commands, to the desk of the open space, to the hub, or to the install itself.

use alongside_api::{ApiError, Code, Where, about, command};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::App;

impl App {
    /// Answers a command of the table with JSON.
    ///
    /// Errors are for the screen: a code and a sentence.
    pub async fn call(&self, name: &str, request: Value) -> Result<Value, ApiError> {
        self.start().await;
        match command(name).map(|command| command.at) {
            Some(Where::Install) => self.answer(name, request).await,
            Some(Where::Hub) => self.session()?.ask_hub(name, request).await,
            // What a walk is may be read before anyone is here.
            Some(Where::Desk) if name == "about_get" => answered(about::page()),
            Some(Where::Desk) => self.session()?.call(name, request).await,
            None => Err(unknown()),
        }
    }

    async fn answer(&self, name: &str, request: Value) -> Result<Value, ApiError> {
        match name {
            "install_get" => answered(self.install_get().await?),
            "school_start" => answered(self.school_start(asked(request)?).await?),
            "device_join" => answered(self.device_join(asked(request)?).await?),
            "hub_connect" => answered(self.hub_connect(asked(request)?).await?),
            "space_choose" => answered(self.space_choose(asked(request)?).await?),
            "space_lock" => answered(self.space_lock().await?),
            "space_unlock" => answered(self.space_unlock(asked(request)?).await?),
            "pin_put" => answered(self.pin_put(asked(request)?).await?),
            "pin_remove" => answered(self.pin_remove(asked(request)?).await?),
            "space_leave" => answered(self.space_leave().await?),
            "sync_get" => answered(self.sync_get().await?),
            "sync_run" => answered(self.sync_run().await?),
            "letter_list" => answered(self.letter_list().await?),
            "letter_make" => answered(self.letter_make(asked(request)?).await?),
            "letter_take" => answered(self.letter_take(asked(request)?).await?),
            "set_aside_list" => answered(self.set_aside_list().await?),
            "set_aside_drop" => answered(self.set_aside_drop(asked(request)?).await?),
            "door_get" => answered(self.door_get().await?),
            "door_open" => answered(self.door_open().await?),
            "door_close" => answered(self.door_close().await?),
            "door_approve" => answered(self.door_approve(asked(request)?).await?),
            "door_refuse" => answered(self.door_refuse(asked(request)?).await?),
            "door_find" => answered(self.door_find().await?),
            "hub_join" => answered(self.hub_join(asked(request)?).await?),
            "hub_join_get" => answered(self.hub_join_get()),
            "hub_join_stop" => answered(self.hub_join_stop()),
            "hub_take_along" => answered(self.hub_take_along().await?),
            "hub_moved" => answered(self.hub_moved(asked(request)?).await?),
            _ => Err(unknown()),
        }
    }
}

fn unknown() -> ApiError {
    ApiError::new(
        Code::UnknownCommand,
        "This version does not know what was asked. Update the app and try again.",
    )
}

fn asked<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(|error| {
        ApiError::new(
            Code::BadRequest,
            format!("The request was not understood: {error}."),
        )
    })
}

fn answered(answer: impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ApiError::new(
            Code::Internal,
            "The answer could not be written. Try again.",
        )
    })
}
