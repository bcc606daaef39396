//! A value in any legal spelling, and in one that is spoilt.

use arbitrary::{Result, Unstructured};

use super::contract::{self, At, Outcome, Wrong};
use super::defect::{Defect, Spoilt, ended_in_markup, spoil};
use super::deviation::change;
use super::spelling::{Spelt, beyond_ascii, spell, spell_form};
use super::tree::{reply_tree, request_tree};
use super::values;
use super::writing::Place;
use crate::api::{Binding, Fields, Verdict};
use crate::xml::{Error, ErrorKind};

/// Spells a message as its bytes choose: it must be read as exactly the values it was made of. Then
/// spoils it in one way: it must be refused for that, where it is. Or changes what it says first: it
/// must be read, refused and judged as a naive reader of its tree does. Cut anywhere, it must be told
/// to end too early.
///
/// # Panics
/// When that is not so.
pub fn surface(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// A message, spelt in some way.
struct Case {
    place: Place,
    is_request: bool,
    /// The status that it came with, if it is a reply.
    status: u16,
    spelt: Spelt,
    outcome: Outcome,
    spoilt: Option<Spoilt>,
    /// Where it is cut to be read once more, if it is.
    cut: Option<usize>,
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let place = Place::choose(data)?;
        let is_request = data.arbitrary()?;
        if is_request && matches!(place.binding, Binding::Get | Binding::Post) {
            return Self::choose_form(place, data);
        }
        // Another operation's message may come in the place of this one's.
        let is_others = data.ratio(1, 16)?;
        let written = if is_others { place.another(data)? } else { place };
        let (fields, mut tree) = if is_request {
            let inputs = values::inputs(written, data, values::text)?;
            let inputs = inputs.into_iter().map(Into::into);
            let fields: Fields<'static> = written.input_names().zip(inputs).collect();
            (fields.clone(), request_tree(written, &fields))
        } else {
            let fields = values::reply(written, data)?;
            (fields.clone(), reply_tree(written, &fields))
        };
        let changes = *data.choose(&[0, 0, 1, 1, 2])?;
        for _ in 0..changes {
            change(&mut tree, data)?;
        }
        let mut outcome = contract::read(place, is_request, &tree);
        let mut defect = None;
        if changes == 0 && !is_others {
            assert_eq!(outcome, Ok(owned(fields)), "{place}: the naive reader is wrong");
            // Before the bytes come to an end.
            defect = Some(Defect::choose(data)?);
        }
        let spelt = spell(&tree, data)?;
        let mut spoilt = match defect {
            Some(defect) => spoil(&spelt, defect, data)?,
            None => None,
        };
        if let Some(at) = beyond_ascii(&spelt.bytes).filter(|_| spelt.is_ascii) {
            // Before anything else is read.
            outcome = Err(Wrong { kind: ErrorKind::InvalidCharacter, at: At::Byte(at) });
            spoilt = None;
        }
        let status = *data.choose(&[200, 200, 404, 500])?;
        let cut = match outcome {
            Ok(_) if data.ratio(1, 4)? => Some(data.int_in_range(0..=spelt.bytes.len() - 1)?),
            _ => None,
        };
        Ok(Self { place, is_request, status, spelt, outcome, spoilt, cut })
    }

    fn choose_form(place: Place, data: &mut Unstructured<'_>) -> Result<Self> {
        let values = values::inputs(place, data, values::any_text)?;
        let pairs: Vec<_> = place.input_names().zip(values.iter().map(String::as_str)).collect();
        Ok(Self {
            place,
            is_request: true,
            status: 200,
            spelt: Spelt {
                bytes: spell_form(&pairs, data)?,
                declaration: 0..0,
                is_ascii: false,
                spots: Vec::new(),
            },
            outcome: Ok(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()),
            spoilt: None,
            cut: None,
        })
    }

    fn compare(self) {
        let Self { place, is_request, status, spelt, outcome, spoilt, cut } = self;
        let Spelt { bytes, spots, .. } = spelt;
        let told = || format!("{place}: {}", escaped(&bytes));
        match (read(place, is_request, &bytes), &outcome) {
            (Ok(fields), expected) => assert_eq!(&Ok(owned(fields)), expected, "{}", told()),
            (Err(error), Ok(fields)) => panic!("{error}, not {fields:?}: {}", told()),
            (Err(error), Err(Wrong { kind, at })) => {
                let at = match *at {
                    At::Start(number) => spots[number].start,
                    At::Content(number) => spots[number].content,
                    At::Byte(at) => at,
                    At::Unsaid => error.offset,
                };
                assert_eq!((error.kind, error.offset), (*kind, at), "{}", told());
                assert!(error.offset <= bytes.len(), "{}", told());
            }
        }
        if !is_request {
            let Place { api, operation, binding } = place;
            let judged = api.judge(operation, binding, status, &bytes).verdict;
            let judged = match judged {
                Verdict::Malformed(_) => "malformed".to_owned(),
                verdict => verdict.to_string(),
            };
            assert_eq!(judged, contract::verdict(place, status, &outcome), "{}", told());
        }
        if let Some(spoilt) = spoilt {
            spoilt.compare(place, is_request, &outcome);
        }
        if let (Some(cut), Ok(fields)) = (cut, &outcome) {
            compare_cut(place, is_request, &bytes[..cut], fields);
        }
    }
}

/// A message that lacks its end, of which only white space, comments and instructions after the root
/// element can be done without.
fn compare_cut(place: Place, is_request: bool, bytes: &[u8], fields: &[(&'static str, String)]) {
    use ErrorKind as K;
    match read(place, is_request, bytes) {
        Ok(read) => assert_eq!(owned(read), fields, "{place}: cut: {}", escaped(bytes)),
        Err(error) => {
            let (kind, at) = ended_in_markup(bytes);
            let is_outside = matches!(error.kind, K::UnclosedElement | K::NoRoot);
            let is_end = error.kind == kind || kind == K::UnexpectedEnd && is_outside;
            let told = || format!("{place}: {error}, but it is cut: {}", escaped(bytes));
            assert!(is_end && error.offset == at, "{}", told());
        }
    }
}

impl Spoilt {
    fn compare(self, place: Place, is_request: bool, outcome: &Outcome) {
        let Self { bytes, at_limit, defect, error } = self;
        if let Some(bytes) = at_limit {
            let read = read(place, is_request, &bytes).map(owned);
            assert_eq!(
                read.as_ref().ok(),
                outcome.as_ref().ok(),
                "{place}: at the limit: {defect:?}"
            );
        }
        let read = read(place, is_request, &bytes).map_err(|error| (error.kind, error.offset));
        assert_eq!(read, Err(error), "{place}: {defect:?} in {}", escaped(&bytes));
    }
}

fn owned(fields: Fields<'_>) -> Vec<(&'static str, String)> {
    fields.into_iter().map(|(name, value)| (name, value.into_owned())).collect()
}

/// The fields of a message.
fn read(
    place: Place,
    is_request: bool,
    bytes: &[u8],
) -> std::result::Result<Fields<'static>, Error> {
    let Place { api, operation, binding } = place;
    let keep = |fields: Fields<'_>| -> Fields<'static> {
        fields.into_iter().map(|(n, v)| (n, v.into_owned().into())).collect()
    };
    if is_request {
        api.parse_request(operation, binding, bytes).map(keep)
    } else {
        api.parse_reply(operation, binding, bytes).map(|answer| keep(answer.fields))
    }
}

fn escaped(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let direction = if case.is_request { "request" } else { "reply" };
    let what = match (case.spoilt, case.outcome) {
        (Some(spoilt), _) => super::seeds::slug(spoilt.error.0),
        (None, Ok(_)) => "whole".to_owned(),
        (None, Err(wrong)) => super::seeds::slug(wrong.kind),
    };
    Some(format!("{}.{direction}-{what}", case.place))
}

#[cfg(test)]
mod tests {
    use rand::{RngCore, SeedableRng, rngs::StdRng};

    use super::*;

    /// Messages that are as their contracts have them.
    fn whole(messages: u64) -> impl Iterator<Item = (Case, Vec<u8>)> {
        (0..messages).filter_map(|seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let mut data = vec![0; 600];
            random.fill_bytes(&mut data);
            let case = Case::choose(&mut Unstructured::new(&data)).ok()?;
            // Which defect of a kind it is, and where, is for other bytes to choose.
            random.fill_bytes(&mut data);
            case.spoilt.is_some().then_some((case, data))
        })
    }

    #[test]
    fn every_defect_is_refused_in_any_message() {
        let mut unused = Defect::all();
        for (case, data) in whole(300) {
            let Case { place, is_request, spelt, outcome, .. } = case;
            for (index, defect) in Defect::all().into_iter().enumerate() {
                let data = &data[index % (data.len() / 2)..];
                let spoilt = spoil(&spelt, defect, &mut Unstructured::new(data));
                if let Some(spoilt) = spoilt.expect("there are bytes enough") {
                    spoilt.compare(place, is_request, &outcome);
                    unused.retain(|unused| *unused != defect);
                }
            }
        }
        assert_eq!(unused, [], "in no message at all");
    }
}
