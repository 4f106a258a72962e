//! A file from a page's form: the form's token first, then one file of at most 10 MiB.

use std::{future::Future, pin::Pin};

use actix_multipart::{Field, Multipart};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use futures_util::StreamExt;
use workflow::{
    CommandError, PaperFault, Refusal,
    rules::media::{MOST_BYTES, MediaKind},
};

use crate::{Problem, csrf, paper_in};

/// So many bytes of a body are let pass before the line is cut: a browser that is told too
/// early shows its own error instead of our page.
const PATIENCE: usize = 64 * 1024 * 1024;
/// Bytes of the token's field.
const TOKEN: usize = 1024;

/// The bytes of a part, or what is wrong with them.
type Bytes = Result<Vec<u8>, PaperFault>;

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Its bytes, or what is wrong with them.
    bytes: Bytes,
    /// The media type that was sent along.
    declared: Option<String>,
    /// Its name on the sender's machine.
    name: Option<String>,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if request.content_type() != "multipart/form-data" {
                return Err(Problem::UnsupportedMediaType);
            }
            read(&request, Multipart::new(request.headers(), payload)).await
        })
    }
}

async fn read(request: &HttpRequest, mut parts: Multipart) -> Result<Upload, Problem> {
    let mut ours = false;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| Problem::MalformedRequest)?;
        match part.name() {
            Some(csrf::FIELD) => {
                let token = collect(&mut part, TOKEN).await?.map_err(|_| Problem::StaleForm)?;
                let token = String::from_utf8(token).map_err(|_| Problem::StaleForm)?;
                csrf::check(request, &token).await?;
                ours = true;
            }
            Some("file") if ours => {
                let declared = part.content_type().map(ToString::to_string);
                let said = part.content_disposition();
                let name = said.and_then(|said| said.get_filename()).map(str::to_owned);
                let name = name.filter(|name| !name.is_empty());
                let bytes = collect(&mut part, MOST_BYTES).await?;
                return Ok(Upload { bytes, declared, name });
            }
            _ => return Err(if ours { Problem::MalformedRequest } else { Problem::StaleForm }),
        }
    }
    if ours {
        return Ok(Upload { bytes: Err(PaperFault::Empty), declared: None, name: None });
    }
    Err(Problem::StaleForm)
}

/// The bytes of a part; too many are read to their end and forgotten.
async fn collect(part: &mut Field, most: usize) -> Result<Bytes, Problem> {
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| Problem::MalformedRequest)?;
        seen += chunk.len();
        if seen > PATIENCE {
            return Err(Problem::BodyTooLarge { most });
        }
        if seen <= most {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(if seen > most { Err(PaperFault::TooLarge) } else { Ok(bytes) })
}

impl Upload {
    /// The bytes as they were sent; none at all are an empty file.
    ///
    /// # Errors
    /// [`PaperFault::TooLarge`].
    pub(super) fn bytes(self) -> Bytes {
        match self.bytes {
            Err(PaperFault::Empty) => Ok(Vec::new()),
            other => other,
        }
    }

    /// The document as it is kept.
    ///
    /// # Errors
    /// [`Refusal::Paper`], ours.
    pub(super) async fn cleaned(self) -> Result<(MediaKind, Vec<u8>), Problem> {
        let refused = |fault| Problem::Command(CommandError::Refused(Refusal::Paper(fault)));
        let bytes = self.bytes.map_err(refused)?;
        paper_in::cleaned(bytes.into(), self.declared, self.name).await
    }
}
