//! What is sealed opens in its place with its key, and nowhere else.

use super::*;

const NUMBER: Aad<'static> = Aad { table: "person", column: "id_number", row: "1" };

#[test]
fn what_is_sealed_opens_and_does_not_show() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &NUMBER, "640422200802299979".as_bytes()).unwrap();
    let text = open_text(&key, &NUMBER, &sealed).unwrap();
    assert_eq!(text.expose(), "640422200802299979");
    assert_eq!(format!("{text} {text:?}"), "*** ***");
    assert_eq!(sealed.len(), 18 + 49);
    assert!(!sealed.windows(4).any(|part| part == b"6404"));
    assert_ne!(sealed, seal(&key, &NUMBER, b"640422200802299979").unwrap());
    assert_eq!(open(&key, &NUMBER, &seal(&key, &NUMBER, b"").unwrap()).unwrap(), b"");
}

#[test]
fn a_value_moved_to_another_row_column_or_table_does_not_open() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &NUMBER, b"one").unwrap();
    let second = Aad { row: "2", ..NUMBER };
    let other = seal(&key, &second, b"two").unwrap();
    // Swapped between two rows of one key.
    assert_eq!(open(&key, &NUMBER, &other), Err(SealError::Forged));
    assert_eq!(open(&key, &second, &sealed), Err(SealError::Forged));
    for place in [
        Aad { column: "phone", ..NUMBER },
        Aad { table: "subject", ..NUMBER },
        Aad { table: "personid", column: "_number", row: "1" },
        Aad { row: "", ..NUMBER },
    ] {
        assert_eq!(open(&key, &place, &sealed), Err(SealError::Forged), "{place:?}");
    }
}

#[test]
fn a_changed_cut_or_foreign_value_does_not_open() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &NUMBER, b"one").unwrap();
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(open(&key, &NUMBER, &changed).is_err(), "byte {place}");
        assert!(open(&key, &NUMBER, &sealed[..place]).is_err(), "cut at {place}");
    }
    let other = DataKey::generate().unwrap();
    assert_eq!(open(&other, &NUMBER, &sealed), Err(SealError::Key(key.id())));
    let binary = seal(&key, &NUMBER, &[0xff]).unwrap();
    assert_eq!(open_text(&key, &NUMBER, &binary), Err(SealError::Text));
}

#[test]
fn a_data_key_is_wrapped_for_its_owner_alone() {
    let ring = KeyRing::generate().unwrap();
    let key = DataKey::generate().unwrap();
    let wrapped = ring.wrap(&key, "person 1").unwrap();
    assert_eq!(ring.unwrap(&wrapped, "person 1").unwrap().to_bytes(), key.to_bytes());
    assert_eq!(ring.unwrap(&wrapped, "person 2").unwrap_err(), SealError::Forged);
    let stranger = KeyRing::generate().unwrap();
    let missing = stranger.unwrap(&wrapped, "person 1").unwrap_err();
    assert_eq!(missing, SealError::Key(ring.current_id()));
}

#[test]
fn rotation_wraps_anew_and_what_was_sealed_still_opens() {
    let ring = KeyRing::generate().unwrap();
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &NUMBER, b"one").unwrap();
    let wrapped = ring.wrap(&key, "person 1").unwrap();
    assert_eq!(ring.rewrap(&wrapped, "person 1"), Ok(None), "it is under the current key");

    let rotated = ring.rotated().unwrap();
    assert!(rotated.unwrap(&wrapped, "person 1").is_ok(), "old wrappings open meanwhile");
    let fresh = rotated.rewrap(&wrapped, "person 1").unwrap().unwrap();
    let only = rotated.without_older();
    let key = only.unwrap(&fresh, "person 1").unwrap();
    assert_eq!(open(&key, &NUMBER, &sealed).unwrap(), b"one");
    assert!(only.unwrap(&wrapped, "person 1").is_err(), "the old key is gone");
    let index = |ring: &KeyRing| ring.blind_index("person.id_number").of("1");
    assert_eq!(index(&ring), index(&only), "what was indexed is still found");
}

#[test]
fn a_key_file_is_made_once_and_read_back() {
    let chance = crate::canonical::hex(&random::<8>().unwrap());
    let folder = std::env::temp_dir().join(format!("banjie-keys-{chance}"));
    let path = folder.join("keys");
    let rings: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..4).map(|_| scope.spawn(|| KeyRing::load_or_create(&path).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap().current_id()).collect()
    });
    assert!(rings.iter().all(|id| *id == rings[0]), "{rings:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let rotated = KeyRing::load_or_create(&path).unwrap().rotated().unwrap();
    rotated.save(&path).unwrap();
    let read = KeyRing::load_or_create(&path).unwrap();
    assert_eq!(format!("{read:?}"), format!("{rotated:?}"));
    assert_ne!(read.current_id(), rings[0]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no draft is left behind");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn keys_are_read_from_a_variable_and_slips_are_named_without_them() {
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let ring = KeyRing::parse(&format!("pepper={secret}, key={secret}")).unwrap();
    assert_eq!(ring.current_id().len(), 16);
    let table = [
        (format!("key={secret}"), "the keys lack a `pepper=` entry"),
        (format!("pepper={secret}\n# none yet"), "the keys lack a `key=` entry"),
        (format!("pepper={secret},pepper={secret}"), "the keys have a second `pepper=` entry"),
        (format!("key={secret}\nkey=AAEC"), "entry 2 of the keys is not"),
        (format!("kek={secret}"), "entry 1 of the keys is not"),
        (secret.to_owned(), "entry 1 of the keys is not"),
    ];
    for (text, why) in table {
        let found = KeyRing::parse(&text).unwrap_err().to_string();
        assert!(found.starts_with(why), "{found}");
        assert!(!found.contains("AAEC"), "{found}");
    }
}
