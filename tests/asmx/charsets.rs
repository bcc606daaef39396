//! 8: which characters the bytes are.

use crate::expected::Expected::{Code, Opened};
use crate::expected::check;
use crate::wire::{CREATE, XML, pair, simulator, soap, utf16};

/// The header's charset counts, then US-ASCII; a byte order mark beats both.
#[test]
fn bytes_become_the_right_characters() {
    let no_charset = "Content-Type: text/xml";
    let charset = |name: &str| format!("Content-Type: text/xml; charset={name}");
    let in_1251 = b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
        <CreateSession xmlns='https://sync.leadertask.net/'><name>\xC6\xE0\xED\xED\xE0</name>\
        <password>\xEF\xE0\xF0\xEE\xEB\xFC</password></CreateSession></e:Body></e:Envelope>";
    let invalid_utf8 = {
        let mut bytes = pair("@", "utf-8").into_bytes();
        let at = bytes.iter().position(|&b| b == b'@').expect("the name");
        bytes[at] = 0xFF;
        bytes
    };
    check(
        &simulator(&[]),
        vec![
            (8, soap(&[XML, CREATE], pair("Жанна", "пароль")), Opened),
            (8, soap(&[no_charset, CREATE], pair("Жанна", "пароль")), Code(2)),
            (8, soap(&[no_charset, CREATE], pair("Ж", "ascii")), Opened),
            (
                8,
                soap(&[XML, CREATE], pair("Жанна", "пароль").replace("utf-8", "windows-1252")),
                Opened,
            ),
            (8, soap(&[&charset("windows-1251"), CREATE], in_1251), Opened),
            (8, soap(&[XML, CREATE], format!("\u{FEFF}{}", pair("Жанна", "пароль"))), Opened),
            (
                8,
                soap(&[no_charset, CREATE], format!("\u{FEFF}{}", pair("Жанна", "пароль"))),
                Opened,
            ),
            (
                8,
                soap(
                    &[&charset("utf-16"), CREATE],
                    utf16(&pair("Жанна", "пароль").replace("utf-8", "utf-16")),
                ),
                Opened,
            ),
            (8, soap(&[XML, CREATE], invalid_utf8), Opened),
        ],
    );
}
