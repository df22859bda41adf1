//! The table that is printed: what each line is, what it took, and how that compares.

use anyhow::Result;

use super::timing::{Runner, Sample, race};

/// Prints lines as they are measured; each section has a line that the others are held against.
#[derive(Default)]
pub struct Table {
    base: Option<f64>,
}

impl Table {
    /// Begins a section; the first line after it is what the others are held against.
    pub fn section(&mut self, title: &str) {
        self.base = None;
        println!("\n{title}");
        println!("{:<58} {:>11} {:>7} {:>9}", "", "time", "ratio", "memory");
    }

    /// A section of runners that run in turn.
    pub fn race(&mut self, title: &str, runners: &[Runner], rounds: usize) -> Result<Vec<Sample>> {
        let samples = race(runners, rounds)?;
        self.section(title);
        runners.iter().zip(&samples).for_each(|(runner, sample)| self.line(&runner.what, *sample));
        Ok(samples)
    }

    /// A line with a time.
    pub fn line(&mut self, what: &str, sample: Sample) {
        let base = *self.base.get_or_insert(sample.time);
        let memory = sample.memory.map_or(String::new(), |mib| format!("{mib:.1} MiB"));
        println!("{what:<58} {:>8.1} ms {:>6.2}x {memory:>9}", sample.time, sample.time / base);
    }

    /// A remark below a line.
    pub fn note(&self, text: &str) {
        println!("  {text}");
    }
}
