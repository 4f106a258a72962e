//! What kind of document some bytes are: JPEG, PNG or PDF, whole, and nothing else besides.
//!
//! Source: OWASP ASVS 5.0, 5.2 (files that come in). Images are read and written anew afterwards;
//! this is the judge before that, and the only one of a PDF.

use crate::error::PaperFault;

/// Most bytes of a document: 10 MiB.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels of an image. More is a bomb, not a photograph.
pub const MOST_PIXELS: u64 = 40_000_000;

/// So much of the beginning is searched for what browsers run.
const HEAD: usize = 1024;
/// The end of a PDF lies in its last bytes. Source: ISO 32000-1, implementation note 18.
const PDF_TAIL: usize = 1024;
/// A ZIP's directory ends in its last bytes: a record of 22 and a comment. Source: APPNOTE 4.3.16.
const ZIP_TAIL: usize = 22 + 65_535;
/// Names of a PDF by which it does something, or carries another file. Source: ISO 32000-1, 12.6.
const ACTIVE: [&str; 4] = ["JavaScript", "JS", "Launch", "EmbeddedFile"];

/// A kind of document that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `application/pdf`
    Pdf,
}

impl MediaKind {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// How its file's name ends, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }

    fn of_media_type(text: &str) -> Option<Self> {
        match text {
            "image/jpeg" | "image/jpg" | "image/pjpeg" => Some(Self::Jpeg),
            "image/png" | "image/x-png" => Some(Self::Png),
            "application/pdf" | "application/x-pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    fn of_extension(text: &str) -> Option<Self> {
        match text {
            "jpg" | "jpeg" | "jpe" | "jfif" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }

    fn of_head(bytes: &[u8]) -> Option<Self> {
        let heads: [(&[u8], Self); 3] = [
            (b"\xff\xd8\xff", Self::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Self::Png),
            (b"%PDF-", Self::Pdf),
        ];
        heads.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, kind)| *kind)
    }
}

/// The kind of `bytes`, which `declared` (a media type; `application/octet-stream` says nothing)
/// and the end of `file_name` must agree with.
///
/// # Errors
/// [`PaperFault::Empty`], [`PaperFault::TooLarge`]; [`PaperFault::WrongKind`] for another kind
/// that does not hide it; [`PaperFault::Lying`] for one that says it is something else, is cut
/// off, is two things at once, or would run something.
pub fn kind_of(
    bytes: &[u8],
    declared: Option<&str>,
    file_name: Option<&str>,
) -> Result<MediaKind, PaperFault> {
    if bytes.is_empty() {
        return Err(PaperFault::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(PaperFault::TooLarge);
    }
    let declared = declared.and_then(said_type);
    let ending = file_name.and_then(said_ending);
    let by_type = declared.as_deref().map(MediaKind::of_media_type);
    let by_name = ending.as_deref().map(MediaKind::of_extension);
    let says = [by_type, by_name];
    let Some(kind) = MediaKind::of_head(bytes) else {
        let hides = says.iter().flatten().any(Option::is_some);
        return Err(if hides { PaperFault::Lying } else { PaperFault::WrongKind });
    };
    if by_name == Some(None) {
        return Err(PaperFault::WrongKind);
    }
    let agrees = says.iter().flatten().all(|said| *said == Some(kind));
    let whole = match kind {
        MediaKind::Jpeg => jpeg_ends(bytes),
        MediaKind::Png => without_padding(bytes).ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"),
        MediaKind::Pdf => found(tail(bytes, PDF_TAIL), b"%%EOF") && !is_active(bytes),
    };
    if agrees && whole && !is_two_things(bytes, kind) { Ok(kind) } else { Err(PaperFault::Lying) }
}

/// The media type without its parameters; none where it says nothing.
fn said_type(declared: &str) -> Option<String> {
    let kind = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!kind.is_empty() && kind != "application/octet-stream").then_some(kind)
}

/// What stands behind the last dot of a file's name.
fn said_ending(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.rsplit_once('.').map(|(_, ending)| ending.trim().to_ascii_lowercase())
}

fn tail(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(bytes.len().saturating_sub(length)..).unwrap_or(bytes)
}

fn found(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Cameras fill up their last block.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| !matches!(b, 0 | b'\r' | b'\n' | b' ' | b'\t'));
    bytes.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
}

/// A JPEG ends with its marker, or, of some telephones, with a block of their own behind it.
fn jpeg_ends(bytes: &[u8]) -> bool {
    // `SEFT` closes the block; it starts behind the marker, so that the marker is there too.
    let of_telephone = |bytes: &[u8]| bytes.ends_with(b"SEFT") && found(bytes, b"\xff\xd9");
    bytes.ends_with(b"\xff\xd9")
        || without_padding(bytes).ends_with(b"\xff\xd9")
        || of_telephone(bytes)
}

/// Is it another thing as well: a page, a drawing, an archive, a program?
fn is_two_things(bytes: &[u8], kind: MediaKind) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes).to_ascii_lowercase();
    let pages: [&[u8]; 7] =
        [b"<script", b"<html", b"<svg", b"<!doctype", b"<iframe", b"<?php", b"javascript:"];
    pages.iter().any(|page| found(&head, page))
        || (kind != MediaKind::Pdf && found(&head, b"%pdf-"))
        || found(&head, b"pk\x03\x04")
        || found(tail(bytes, ZIP_TAIL), b"PK\x05\x06")
}

/// Does a PDF run something, or carry another file? Names are compared as they are read: `/J#53`
/// is `/JS`. Packed objects are not opened.
fn is_active(bytes: &[u8]) -> bool {
    let plain = without_streams(bytes);
    let slashes = |bytes: &[u8], wanted: &dyn Fn(&str) -> bool| {
        let starts = bytes.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at + 1);
        starts.filter_map(|at| bytes.get(at..)).any(|rest| wanted(&name(rest)))
    };
    // In packed data two letters behind a slash stand by chance; ten do not.
    slashes(&plain, &|name| ACTIVE.contains(&name) || name == "EmbeddedFiles")
        || slashes(bytes, &|name| name == "JavaScript" || name == "EmbeddedFile")
}

/// The name that starts here, with `#53` as the letter it stands for.
fn name(bytes: &[u8]) -> String {
    let longest = ACTIVE.iter().map(|name| name.len()).max().unwrap_or_default() * 3 + 3;
    let mut rest = bytes.get(..longest).unwrap_or(bytes);
    let mut name = String::new();
    loop {
        match rest {
            [b'#', high, low, after @ ..] => {
                let digit = |b: u8| char::from(b).to_digit(16);
                let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return name };
                name.extend(char::from_u32(high * 16 + low));
                rest = after;
            }
            [b, after @ ..] if b.is_ascii_alphanumeric() => {
                name.push(char::from(*b));
                rest = after;
            }
            _ => return name,
        }
    }
}

/// A PDF without the packed data between `stream` and `endstream`.
fn without_streams(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len().min(64 * 1024));
    let mut rest = bytes;
    while let Some(start) = stream(rest) {
        let (before, packed) = rest.split_at_checked(start).unwrap_or((rest, &[]));
        plain.extend_from_slice(before);
        let end = packed.windows(9).position(|window| window == b"endstream");
        rest = end.and_then(|end| packed.get(end + 9..)).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    plain
}

/// Where packed data start: behind a dictionary's `>>`, the word and the end of its line.
fn stream(bytes: &[u8]) -> Option<usize> {
    let starts = bytes.windows(7).enumerate().filter(|(_, window)| {
        window.starts_with(b"stream") && matches!(window.last(), Some(b'\r' | b'\n'))
    });
    starts.map(|(at, _)| at).find(|at| {
        let before = bytes.get(..*at).unwrap_or_default();
        before.trim_ascii_end().ends_with(b">>")
    })
}

#[cfg(test)]
mod tests;
