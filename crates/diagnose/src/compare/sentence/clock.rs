//! The closing sentences where a time is another one, and so no place is blamed: that of the run, or Flux's clock.

use super::super::from;
use super::super::place::Witnesses;
use super::super::view::View;
use super::{capital, not_from, what};
use crate::figures::{list, time};

/// One place shows it at one time and not at another.
pub(in super::super) fn comes_and_goes(witnesses: &Witnesses<'_, '_>) -> String {
    let Witnesses { faulty, past, .. } = witnesses;
    format!(
        "The fault was not there each time: {} {} and {}, though a place is the same in both. It comes and goes, or something \
         was changed in between; nothing is cleared by that, and where the fault lies is open.",
        what(witnesses),
        from(faulty),
        not_from(past)
    )
}

/// It is one by Flux's clock, and the clocks are not the same.
pub(in super::super) fn other_timeout(witnesses: &Witnesses<'_, '_>) -> String {
    let Witnesses { faulty, past, .. } = witnesses;
    let clocks = |views: &[&View<'_>]| -> Vec<String> {
        views.iter().map(|view| format!("{} {}", time(view.timeout()), from(&[view]))).collect()
    };
    let all: Vec<String> = clocks(faulty).into_iter().chain(clocks(past)).collect();
    format!(
        "{} {}. It does not {}, but not the same spec.timeout was given ({}), so where the fault lies is open: run both with one \
         --timeout.",
        capital(&from(faulty)),
        what(witnesses),
        from(past),
        list(&all)
    )
}
