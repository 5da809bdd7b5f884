//! Choices: the bytes of a fuzzer, read as one decision after the other.

/// What is left of the bytes. Where nothing is left, every choice is the first one: the plain one.
#[derive(Debug, Clone)]
pub struct Choices<'a>(&'a [u8]);

/// Characters that mean something to one of the parsers.
const TELLING: &[char] = &[
    'A', 'a', 'z', '0', '9', '-', '_', '.', '=', '+', '/', '"', '\\', '{', '}', '[', ']', ',', ':',
    '%', '&', '?', '#', '@', ' ', '\t', '\n', '\r', '\0', '\u{7f}', '`', '<', 'é', 'K', '\u{202e}',
    '\u{feff}', '🍺',
];

impl<'a> Choices<'a> {
    /// The choices that `bytes` make.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// One byte; 0 where none is left.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        let low = usize::from(self.byte());
        let number = if end > 256 {
            usize::from(self.byte()) << 8 | low
        } else {
            low
        };
        number % end.max(1)
    }

    /// One of `options`; the first one is the plain one.
    pub fn pick<'t, T>(&mut self, options: &'t [T]) -> &'t T {
        &options[self.below(options.len())]
    }

    /// Once in `often` times; never where nothing is left.
    pub fn once_in(&mut self, often: usize) -> bool {
        self.below(often) == often - 1
    }

    /// A character that means something to a parser, or any other.
    pub fn character(&mut self) -> char {
        match self.below(TELLING.len() + 4) {
            known if known < TELLING.len() => TELLING[known],
            _ => char::from_u32(u32::from(self.byte()) << 8 | u32::from(self.byte()))
                .unwrap_or('\u{fffd}'),
        }
    }

    /// A short text.
    pub fn text(&mut self) -> String {
        let length = self.below(12);
        (0..length).map(|_| self.character()).collect()
    }

    /// Whatever is left, as it is.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }
}
