//! How far one version is from another, gone from a third.

use super::Version;

/// More numbers don't count for how far a version went.
const NUMBERS: usize = 3;

impl Version {
    /// The version that is as far from this one as `to` is from `from`: the same number is counted up, and a
    /// pre-release is called as the other one is. None where nothing shows how far that is, or it isn't later.
    pub fn alike(&self, from: &Self, to: &Self) -> Option<Self> {
        let counted = |version: &Self| -> Vec<u64> {
            let numbers = version.numbers();
            (0..NUMBERS).map(|at| numbers.get(at).and_then(|number| number.parse().ok()).unwrap_or(0)).collect()
        };
        let (before, after) = (counted(from), counted(to));
        let level = (0..NUMBERS).find(|at| before[*at] != after[*at]);
        let mut numbers: Vec<String> = self.numbers().into_iter().map(str::to_owned).collect();
        if let Some(level) = level {
            numbers.get(level)?;
            numbers.iter_mut().skip(level + 1).for_each(|number| number.replace_range(.., "0"));
            numbers[level] = (numbers[level].parse::<u64>().ok()? + 1).to_string();
        }
        let found = Self::parse(&format!("{}{}{}", self.epoch_text(), numbers.join("."), to.tail())).ok()?;
        found.compare(self).is_gt().then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(own: &str, from: &str, to: &str, want: Option<&str>) {
        let version = |text: &str| Version::parse(text).unwrap();
        let found = version(own).alike(&version(from), &version(to));
        assert_eq!(found.as_ref().map(Version::as_str), want, "{own}: {from} → {to}");
    }

    #[test]
    fn as_far_as_the_other_one() {
        check("4.14.3", "1.14.0", "1.14.1", Some("4.14.4"));
        check("4.14.3", "1.14.3", "1.15.0", Some("4.15.0"));
        check("0.9.3", "1.14.3", "2.0.1", Some("1.0.0"));
        check("0.36.0", "1.148.0", "1.150.2", Some("0.37.0"));
        check("7.1", "1.14.3", "1.15.0", Some("7.2"));
    }

    #[test]
    fn pre_releases_are_called_alike() {
        check("0.312.0", "3.12.0", "3.13.0-rc.0", Some("0.313.0-rc.0"));
        check("0.313.0-rc.0", "3.13.0-rc.0", "3.13.0-rc.1", Some("0.313.0-rc.1"));
        check("0.313.0-rc.1", "3.13.0-rc.1", "3.13.0", Some("0.313.0"));
    }

    #[test]
    fn what_says_nothing() {
        check("0.313.0", "3.13.0-rc.1", "3.13.0", None);
        check("0.313.0", "3.13.0-rc.0", "3.13.0-rc.1", None);
        check("7.1", "1.14.3", "1.14.4", None);
        check("7.1.0", "1.14.3", "1.14.3", None);
    }
}
