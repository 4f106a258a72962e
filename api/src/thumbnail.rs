//! A small picture of a stored one, for lists.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder};
use tokio::{sync::Semaphore, task::spawn_blocking};
use workflow::{CommandError, PaperFault, Refusal, rules::media::MediaKind};

use crate::Problem;

/// So many pictures are read at the same time.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Bytes that a picture may take while it is read.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// Pixels on the longer side of a small picture.
const SIDE: u32 = 160;
/// Of a JPEG, out of 100.
const QUALITY: u8 = 75;

/// A small JPEG of a stored picture.
///
/// # Errors
/// [`Refusal::Paper`] when it is none; ours.
pub async fn thumbnail(kind: MediaKind, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let format = match kind {
        MediaKind::Jpeg => ImageFormat::Jpeg,
        MediaKind::Png => ImageFormat::Png,
        MediaKind::Pdf => return Err(refused(PaperFault::WrongKind)),
    };
    let unexpected = |what: &dyn std::fmt::Display| Problem::Unexpected(what.to_string());
    let _turn = AT_ONCE.acquire().await.map_err(|error| unexpected(&error))?;
    let done = spawn_blocking(move || small(&bytes, format)).await;
    done.map_err(|error| unexpected(&error))?.map_err(|_| refused(PaperFault::Unreadable))
}

fn small(bytes: &[u8], format: ImageFormat) -> image::ImageResult<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture: DynamicImage = reader.decode()?.thumbnail(SIDE, SIDE);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&picture.to_rgb8())?;
    Ok(out)
}

fn refused(fault: PaperFault) -> Problem {
    Problem::Command(CommandError::Refused(Refusal::Paper(fault)))
}
