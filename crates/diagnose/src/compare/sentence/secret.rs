//! The closing sentence where Flux cannot use its Secret: a fault, and none of any place's network.

use super::super::comparison::ExchangeEnd;
use super::super::from;
use super::super::view::View;
use super::{capital, silence};

/// Flux cannot use its Secret, and nothing else is wrong.
pub(in super::super) fn in_a_secret(with: &[&View<'_>], fellows: &[&View<'_>]) -> String {
    let mut told = vec!["The fault is in the Secret that the GitRepository names, and not on the way.".to_owned()];
    told.extend(
        with.iter().filter_map(|view| Some(format!("{}: {}", capital(&from(&[view])), view.of_secret()?.statement))),
    );
    let stages = with.iter().filter_map(|view| match view.column.end {
        ExchangeEnd::Secret { stage } => stage,
        _ => None,
    });
    let (works, rest): (Vec<&View<'_>>, Vec<&View<'_>>) =
        fellows.iter().filter(|view| !with.iter().any(|one| std::ptr::eq(*one, **view))).partition(|view| view.works());
    told.extend((!works.is_empty()).then(|| format!("It works {}, with the login of that place.", from(&works))));
    told.extend(silence(&rest));
    told.push(match stages.min() {
        Some(stage) => format!(
            "{} “{}” could not be passed without it, and what lies behind was not tried: put the Secret right, and compare again.",
            capital(&from(with)),
            stage.words()
        ),
        None => "Put the Secret right, and compare again.".to_owned(),
    });
    told.join(" ")
}

/// It is so beside a fault on the way.
pub(in super::super) fn secret_beside(views: &[&View<'_>]) -> String {
    format!("Besides, Flux cannot use its Secret {}, which is a fault of its own.", from(views))
}
