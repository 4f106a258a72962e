//! Documents, and what only looks like one.

use proptest::prelude::*;

use super::*;

fn jpeg(inside: &[u8]) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0", inside, b"\xff\xd9"].concat()
}

fn png(inside: &[u8]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", inside, b"\0\0\0\0IEND\xae\x42\x60\x82"].concat()
}

fn pdf(inside: &[u8]) -> Vec<u8> {
    [b"%PDF-1.4\n1 0 obj\n", inside, b"\nendobj\ntrailer\n<<>>\n%%EOF\n"].concat()
}

type Taken<'a> = (Vec<u8>, Option<&'a str>, Option<&'a str>, MediaKind);
type Refused<'a> = (&'a [u8], Option<&'a str>, Option<&'a str>, PaperFault);
#[test]
fn three_kinds_are_taken() {
    use MediaKind::{Jpeg, Pdf, Png};
    let table: [Taken<'_>; 12] = [
        (jpeg(b"x"), Some("image/jpeg"), Some("a.jpg"), Jpeg),
        (jpeg(b"x"), Some("Image/JPG; q=1"), Some("照片.JPEG"), Jpeg),
        (jpeg(b"x"), None, None, Jpeg),
        (jpeg(b"x"), Some("application/octet-stream"), Some("image"), Jpeg),
        ([jpeg(b"x"), b"\0\0\0\n".to_vec()].concat(), None, None, Jpeg), // padded by a camera
        ([jpeg(b"x"), b"SEFHdataSEFT".to_vec()].concat(), None, None, Jpeg),
        (png(b"x"), Some("image/png"), Some("a.b.png"), Png),
        (pdf(b"<< /Type /Catalog >>"), Some("application/pdf"), Some("a.pdf"), Pdf),
        // packed data may hold two letters behind a slash by chance
        (pdf(b"<< /Length 4 >>\nstream\n/JS \nendstream"), None, None, Pdf),
        (pdf(b"<< /JSON /a /Launcher 1 >>"), None, None, Pdf),
        (pdf(b"<< /OpenAction [3 0 R /Fit] >>"), None, None, Pdf),
        (jpeg(b"x"), None, Some("C:\\photos\\a.php.jpg"), Jpeg),
    ];
    for (bytes, declared, name, kind) in table {
        assert_eq!(kind_of(&bytes, declared, name), Ok(kind), "{declared:?} {name:?}");
    }
}

#[test]
fn what_is_no_document_is_not_taken() {
    use PaperFault::{Empty, Lying, TooLarge, WrongKind};
    let large = vec![0; MOST_BYTES + 1];
    let zip = [jpeg(b"PK\x03\x04").as_slice(), b"PK\x05\x06\0\0\xff\xd9"].concat();
    let table: [Refused<'_>; 22] = [
        (b"", Some("image/png"), None, Empty),
        (&large, None, None, TooLarge),
        (b"GIF89a", Some("image/gif"), Some("a.gif"), WrongKind),
        (b"GIF89a", Some("image/png"), Some("a.gif"), Lying),
        (b"<html>", None, Some("a.jpg"), Lying),
        (b"<html>", Some("text/html"), Some("a.jpg.html"), WrongKind),
        (b"<svg xmlns=''>", Some("image/svg+xml"), None, WrongKind),
        (b"PK\x03\x04", None, None, WrongKind),
        (&png(b""), Some("image/jpeg"), None, Lying),
        (&png(b""), Some("image/png"), Some("a.jpg"), Lying),
        (&png(b""), Some("text/html"), None, Lying),
        (&jpeg(b""), Some("image/jpeg"), Some("a.jpg.html"), WrongKind),
        (&jpeg(b"")[..4], None, None, Lying), // cut off
        (&png(b"")[..9], None, None, Lying),
        (b"%PDF-1.4\n1 0 obj", None, None, Lying),
        (&jpeg(b"<ScRiPt>"), None, None, Lying),
        (&png(b"%PDF-1.4"), None, None, Lying),
        (&zip, None, None, Lying),
        (&pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>"), None, None, Lying),
        (&pdf(b"<< /J#53 (x) >>"), None, None, Lying),
        (&pdf(b"<</S/Launch/F(cmd.exe)>>"), None, None, Lying),
        (&pdf(b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), None, None, Lying),
    ];
    for (bytes, declared, name, fault) in table {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
        assert_eq!(kind_of(bytes, declared, name), Err(fault), "{head} {declared:?} {name:?}");
    }
}

#[test]
fn a_script_behind_a_false_stream_is_found() {
    let hidden = pdf(b"<< >>\nstream\n << /S /#4aavaScript >>");
    assert_eq!(kind_of(&hidden, None, None), Err(PaperFault::Lying));
}

#[test]
fn a_kind_has_its_names() {
    for kind in [MediaKind::Jpeg, MediaKind::Png, MediaKind::Pdf] {
        assert_eq!(MediaKind::of_media_type(kind.media_type()), Some(kind));
        assert_eq!(MediaKind::of_extension(kind.extension()), Some(kind));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_judged(
        head in prop::sample::select(vec![&b"%PDF-"[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "(/|#|J|S|>>|\\s|stream|endstream|%%EOF){0,20}",
    ) {
        let _ = kind_of(&[head, &bytes, text.as_bytes()].concat(), None, Some(&text));
    }
}
