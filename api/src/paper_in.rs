//! Documents at the door: judged by their bytes, images made anew, sent out so that no browser
//! runs them.

use std::io::Cursor;

use actix_web::{
    HttpResponse,
    http::header::{
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
    web::Bytes,
};
use entities::paper;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use workflow::{
    CommandError, PaperFault, Refusal,
    commands::read_paper,
    rules::media::{MOST_PIXELS, MediaKind, kind_of},
};

use crate::{Problem, Services};

/// The longer side of an image that is kept, in pixels.
const LONGEST: u32 = 1600;
/// JPEG quality: legible papers at a few hundred kilobytes.
const QUALITY: u8 = 70;
/// Memory that one image may take while it is decoded.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// A document as it will be kept: a PDF as it is; an image decoded within limits, turned
/// upright, at most 1600 pixels wide or high, and written anew, so that nothing but the picture
/// is left of it (no place, no camera, no comment).
///
/// # Errors
/// [`PaperFault`]s.
pub async fn cleaned(
    bytes: Bytes,
    declared: Option<String>,
    name: Option<String>,
) -> Result<(MediaKind, Vec<u8>), Problem> {
    let work = move || {
        let kind = kind_of(&bytes, declared.as_deref(), name.as_deref())?;
        match kind {
            MediaKind::Pdf => Ok((kind, bytes.to_vec())),
            MediaKind::Jpeg => Ok((kind, redrawn(&bytes, ImageFormat::Jpeg)?)),
            MediaKind::Png => Ok((kind, redrawn(&bytes, ImageFormat::Png)?)),
        }
    };
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|e| Problem::Unexpected(e.to_string()))?;
    done.map_err(|fault: PaperFault| Problem::Command(CommandError::Refused(Refusal::Paper(fault))))
}

fn redrawn(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, PaperFault> {
    let bad = |_| PaperFault::Unreadable;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(bad)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PaperFault::Unreadable);
    }
    let turned = decoder.orientation().map_err(bad)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(bad)?;
    picture.apply_orientation(turned);
    if picture.width().max(picture.height()) > LONGEST {
        picture = picture.resize(LONGEST, LONGEST, FilterType::Triangle);
    }
    let mut kept = Cursor::new(Vec::new());
    match format {
        ImageFormat::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut kept, QUALITY);
            picture.to_rgb8().write_with_encoder(encoder).map_err(bad)?;
        }
        _ => picture.write_to(&mut kept, format).map_err(bad)?,
    }
    Ok(kept.into_inner())
}

/// The answer with a document's bytes. Who may see it has been judged.
///
/// # Errors
/// [`Problem::NotFound`] when it is gone, ours.
pub async fn download(
    services: &Services,
    row: &paper::Model,
    inline: bool,
) -> Result<HttpResponse, Problem> {
    let bytes = read_paper(services.workflow.store.read(), &services.workflow, row).await?;
    let ending = match row.media_type.as_str() {
        "image/png" => "png",
        "application/pdf" => "pdf",
        _ => "jpg",
    };
    let how = if inline { "inline" } else { "attachment" };
    Ok(HttpResponse::Ok()
        .content_type(row.media_type.as_str())
        .insert_header((CONTENT_DISPOSITION, format!("{how}; filename=\"{}.{ending}\"", row.paper)))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(bytes))
}
