//! `/static/{name}`

use actix_web::{HttpResponse, http::header, web};

use super::Answer;
use crate::{Problem, assets};

/// A file that is compiled in; its name changes when it does.
pub(crate) async fn show(name: web::Path<String>) -> Answer {
    let asset = assets::find(&name).ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, assets::CACHE_CONTROL))
        .body(asset.body))
}
