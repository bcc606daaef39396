//! Nothing but quick-xml's events, over the inputs of `parse`: the speed that is there to be had.

#![no_main]

use quick_xml::Reader;
use quick_xml::events::Event;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The first byte chooses the message.
    let mut reader = Reader::from_reader(data.get(1..).unwrap_or_default());
    while !matches!(reader.read_event(), Ok(Event::Eof) | Err(_)) {}
});
