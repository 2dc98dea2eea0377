//! Three-valued logic: a condition over an unknown is unknown, and only `True` makes a rule fire.

use std::ops::Not;

/// True, false, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It is not known.
    Unknown,
}

impl Truth {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }

    /// The conjunction of both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// The conjunction; true for no operands. Stops at the first false operand.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::True;
        for truth in truths {
            all = all.and(truth);
            if all == Self::False {
                break;
            }
        }
        all
    }

    /// The disjunction; false for no operands. Stops at the first true operand.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        !Self::all(truths.into_iter().map(Self::not))
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    #[test]
    fn unknown_gives_way_only_to_what_decides() {
        // One, other, both, either.
        let table = [
            (True, True, True, True),
            (True, False, False, True),
            (True, Unknown, Unknown, True),
            (False, False, False, False),
            (False, Unknown, False, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
        ];
        for (one, other, both, either) in table {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(one.and(other), both, "{one:?} and {other:?}");
                assert_eq!(Truth::all([one, other]), both);
                assert_eq!(Truth::any([one, other]), either);
            }
        }
        let decided =
            |first: Truth| [first].into_iter().chain(std::iter::once_with(|| panic!("asked further")));
        assert_eq!((Truth::all(decided(False)), Truth::any(decided(True))), (False, True));
        assert_eq!((Truth::all([]), Truth::any([])), (True, False));
        assert_eq!((!True, !False, !Unknown), (False, True, Unknown));
        assert_eq!((Truth::from(None), Truth::from(Some(true))), (Unknown, True));
    }
}
