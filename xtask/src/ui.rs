//! The only printer. stdout is data, stderr is talk; colour only where a person looks.

mod progress;

use std::io::{self, ErrorKind, Write as _};
use std::sync::Mutex;

use crate::error::Failure;
use crate::fsx;
use crate::tools::hide_secrets;
pub use progress::Progress;

/// Where words go and how they look.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    out_colour: bool,
    err_colour: bool,
    quiet: bool,
    verbose: bool,
}

/// A colour of the terminal's own palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What goes away, and errors.
    Red,
    /// What comes, and success.
    Green,
    /// What wants attention.
    Yellow,
    /// Places and names.
    Cyan,
    /// What matters.
    Bold,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Ui {
    /// `terminals`: are stdout and stderr terminals that want colour?
    pub fn new(when: When, terminals: (bool, bool), quiet: bool) -> Self {
        let (out_colour, err_colour) = match when {
            When::Auto => terminals,
            When::Always => (true, true),
            When::Never => (false, false),
        };
        Self { out_colour, err_colour, quiet, verbose: false }
    }

    /// The same for a person who wants to see all of it, or not.
    pub fn verbose(self, verbose: bool) -> Self {
        Self { verbose, ..self }
    }

    /// Does a person want to see all of it?
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Data: to stdout. A reader that has gone away is no error, and gets no more; any other failure is kept for
    /// [`lost_words`], because the command itself goes on.
    pub fn data(&self, text: &str) {
        let mut lost = lost();
        if !matches!(*lost, Lost::Nothing) {
            return;
        }
        progress::make_room();
        let mut out = io::stdout().lock();
        match out.write_all(hide_secrets(text).as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => *lost = Lost::Reader,
            Err(error) => *lost = Lost::Words(error),
        }
    }

    /// Talk: one line to stderr, unless quiet is wanted.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            self.tell(&format!("{}\n", one_line(line)));
        }
    }

    /// Several lines of talk, unless quiet is wanted.
    pub fn talk(&self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// A line of a program that takes long: it passes by on a terminal, and stays where all of it is wanted.
    pub fn pass_by(&self, line: &str) {
        if self.verbose {
            self.talk(&format!("  {line}\n"));
        } else if !self.quiet {
            progress::pass_by(line);
        }
    }

    /// A question, whose answer is typed behind it.
    pub fn ask(&self, question: &str) {
        self.tell(question);
    }

    /// What a person must know even when quiet is wanted.
    pub fn warn(&self, line: &str) {
        let label = paint(self.err_colour, Colour::Yellow, "warning:");
        self.tell(&format!("{label} {}\n", one_line(line)));
    }

    /// A program that was run, for who wants to see them all.
    pub fn trace(&self, line: &str) {
        self.tell(&format!("{}\n", one_line(line)));
    }

    /// Everything that isn't data goes through here.
    fn tell(&self, text: &str) {
        let text = visible(&hide_secrets(text), self.err_colour);
        progress::show(&text);
    }

    /// A word for stdout in a colour.
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        paint(self.out_colour, colour, text)
    }

    /// A word for stderr in a colour.
    pub fn paint_talk(&self, colour: Colour, text: &str) -> String {
        paint(self.err_colour, colour, text)
    }

    /// An error with everything that was found beside it, and one hint after each.
    pub fn failure(&self, failure: &Failure) {
        let mut text = String::new();
        self.write_failure(&mut text, failure);
        self.tell(&text);
    }

    fn write_failure(&self, text: &mut String, failure: &Failure) {
        text.push_str(&format!("{} {failure}\n", paint(self.err_colour, Colour::Red, "error:")));
        let place = failure.place.as_ref();
        if let Some(((line, column), (source, width))) = place.and_then(|place| place.at.zip(place.source.as_ref())) {
            text.push_str(&excerpt(line, column, source, *width));
        }
        if let Some(hint) = &failure.hint {
            text.push_str(&format!("{} {hint}\n", paint(self.err_colour, Colour::Cyan, "hint:")));
        }
        for more in &failure.more {
            self.write_failure(text, more);
        }
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

/// What became of stdout.
enum Lost {
    Nothing,
    /// Nobody reads it any more, as in `| head -1`.
    Reader,
    Words(io::Error),
}

fn lost() -> std::sync::MutexGuard<'static, Lost> {
    static LOST: Mutex<Lost> = Mutex::new(Lost::Nothing);
    LOST.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The failure of a command whose words could not be written.
pub fn lost_words() -> Option<Failure> {
    let Lost::Words(error) = &*lost() else { return None };
    let failure = Failure::tool(format!("cannot write to stdout: {}", fsx::cause(error)));
    Some(failure.hint("make room for what is printed; what the command does has been done"))
}

/// The text with everything that would steer a terminal, or turn the order of its letters round, spelled out.
/// Our own colours stay where there are colours.
pub fn visible(text: &str, colours: bool) -> String {
    const COLOURS: [&str; 6] = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m", "\u{1b}[1m", "\u{1b}[0m"];
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let odd = |c: char| turns(c) || c.is_control() && !matches!(c, '\n' | '\t');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(odd) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let colour = COLOURS.iter().find(|colour| colours && rest.starts_with(**colour));
        let width = match (colour, rest.chars().next()) {
            (Some(colour), _) => colour.len(),
            (None, first) => first.map_or(0, char::len_utf8),
        };
        let (piece, after) = rest.split_at(width);
        match colour {
            Some(_) => out.push_str(piece),
            None => out.extend(piece.chars().flat_map(char::escape_default)),
        }
        rest = after;
    }
    out + rest
}

/// `1 place`, `3 places`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The line of a text, with what is meant underlined.
fn excerpt(line: usize, column: usize, source: &str, width: usize) -> String {
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let shown: String = source.chars().take(160).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let (before, width) = (column.saturating_sub(1).min(160), width.min(160));
    format!("{gutter} |\n{number} | {shown}\n{gutter} | {}{}\n", " ".repeat(before), "^".repeat(width))
}

fn paint(on: bool, colour: Colour, text: &str) -> String {
    let code = match colour {
        Colour::Red => "31",
        Colour::Green => "32",
        Colour::Yellow => "33",
        Colour::Cyan => "36",
        Colour::Bold => "1",
    };
    if on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(visible(text, true), expected);
    }

    #[test]
    fn what_would_steer_a_terminal_is_spelled_out() {
        check("plain\té\n", "plain\té\n");
        check("a\rb\u{7}", "a\\rb\\u{7}");
        check("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m");
        check("\u{1b}[2Jgone\u{1b}]0;title", "\\u{1b}[2Jgone\\u{1b}]0;title");
        assert_eq!(visible("\u{1b}[31mred", false), "\\u{1b}[31mred");
        check("\u{202e}gnp.exe", "\\u{202e}gnp.exe");
    }
}
