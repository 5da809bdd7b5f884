//! Spellings: one JSON value as the many texts that mean it, and as some that mean nothing.

use std::fmt::Write as _;

use relyant_jose::limits::MAX_JSON_DEPTH;
use serde_json::Value;

use crate::choices::Choices;

/// A text of JSON and whether a strict parser takes it.
pub(crate) struct Spelling {
    pub(crate) text: String,
    pub(crate) sound: bool,
}

/// `value` as a text: plainly where the choices have run out.
pub(crate) fn spell(value: &Value, choices: &mut Choices<'_>) -> Spelling {
    let mut writer = Writer {
        choices,
        text: String::new(),
        sound: depth(value) <= MAX_JSON_DEPTH,
    };
    writer.edge();
    writer.value(value);
    writer.end();
    Spelling {
        text: writer.text,
        sound: writer.sound,
    }
}

/// How deep arrays and objects nest.
fn depth(value: &Value) -> usize {
    let deepest = |inner: &mut dyn Iterator<Item = &Value>| 1 + inner.map(depth).max().unwrap_or(0);
    match value {
        Value::Array(elements) => deepest(&mut elements.iter()),
        Value::Object(members) => deepest(&mut members.values()),
        _ => 0,
    }
}

struct Writer<'c, 'a> {
    choices: &'c mut Choices<'a>,
    text: String,
    sound: bool,
}

impl Writer<'_, '_> {
    fn edge(&mut self) {
        if self.choices.once_in(40) {
            self.unsound("\u{feff}"); // RFC 8259 §8.1
        }
        self.blank();
    }

    fn end(&mut self) {
        self.blank();
        if self.choices.once_in(40) {
            let garbage = *self.choices.pick(&["{}", "\0", ",", "// beer", "}", " 1"]);
            self.unsound(garbage);
        }
    }

    fn unsound(&mut self, text: &str) {
        self.text.push_str(text);
        self.sound = false;
    }

    /// RFC 8259 §2: white space around tokens.
    fn blank(&mut self) {
        if self.choices.once_in(24) {
            let blank = *self.choices.pick(&[" ", "\n", "\t\r\n"]);
            self.text.push_str(blank);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.string(text),
            Value::Array(elements) => {
                self.text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    self.separate(index);
                    self.value(element);
                }
                self.close(elements.len());
                self.text.push(']');
            }
            Value::Object(members) => {
                self.text.push('{');
                let mut order: Vec<_> = members.iter().collect();
                if self.choices.once_in(4) {
                    order.reverse();
                }
                for (index, (name, value)) in order.into_iter().enumerate() {
                    self.separate(index);
                    self.member(name, value);
                }
                self.close(members.len());
                self.text.push('}');
            }
            scalar => self.text.push_str(&scalar.to_string()),
        }
        self.blank();
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.blank();
    }

    fn close(&mut self, length: usize) {
        if length > 0 && self.choices.once_in(60) {
            self.unsound(","); // RFC 8259 §4, §5: none after the last one.
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        self.string(name);
        self.text.push(':');
        self.value(value);
        if self.choices.once_in(30) {
            // RFC 7515 §4, RFC 7519 §4: names are unique, however they are spelled.
            self.text.push(',');
            self.string(name);
            self.text.push(':');
            self.value(value);
            self.sound = false;
        }
    }

    /// RFC 8259 §7: any character may be escaped.
    fn string(&mut self, text: &str) {
        if !self.choices.once_in(12) {
            self.text.push_str(&Value::from(text).to_string());
            return;
        }
        self.text.push('"');
        for unit in text.encode_utf16() {
            write!(self.text, "\\u{unit:04X}").unwrap();
        }
        self.text.push('"');
    }
}
