//! What a reader of a comparison should bear in mind: why cells are not comparable, who answered, and what two runs from two
//! places cannot show.

use model::Likeness;

use super::comparison::FaultPlace;
use super::row::{Cell, Incomparability, Measure, Quantity, Row, RowMark};
use super::sentence::capital;
use super::view::View;
use crate::figures::list;

/// All of them, the ones that change the reading first.
pub(super) fn of(views: &[View<'_>], rows: &[Row], place: &FaultPlace) -> Vec<String> {
    let mut caveats: Vec<String> =
        views.iter().enumerate().flat_map(|(index, view)| incomparable(view, index, rows)).collect();
    let marked = |mark: RowMark| rows.iter().any(|row| row.marks.contains(&mark));
    if marked(RowMark::OtherAddress) {
        let addresses = each(views, rows, Measure::Dialled);
        caveats
            .push(format!("* Not the same address was dialled ({addresses}): it may be another machine that answers."));
    }
    if marked(RowMark::OtherAlgorithms) {
        let algorithms = each(views, rows, Measure::Algorithms);
        caveats
            .push(format!("* Not the same algorithms were agreed on ({algorithms}), so that packets differ in size."));
    }
    caveats.extend(unlike_flux(views, place));
    let somewhere =
        !matches!(place, FaultPlace::Nowhere | FaultPlace::Secret { .. } | FaultPlace::Everywhere | FaultPlace::Open);
    if somewhere {
        caveats.push(
            "One run from each place, one after the other: what comes and goes can look the same. Run it again before \
             anything is changed."
                .to_owned(),
        );
    }
    caveats
}

/// Why cells of this column are not compared, each reason once.
fn incomparable(view: &View<'_>, index: usize, rows: &[Row]) -> Vec<String> {
    let mut whys: Vec<Incomparability> = Vec::new();
    for cell in rows.iter().filter_map(|row| row.cells.get(index)) {
        if let Cell::Incomparable { why, .. } = cell
            && !whys.contains(why)
        {
            whys.push(*why);
        }
    }
    whys.into_iter().map(|why| format!("{}: {}.", capital(&view.column.called), sentence(why, view))).collect()
}

fn sentence(why: Incomparability, view: &View<'_>) -> String {
    let plan = &view.report.header.plan;
    match why {
        Incomparability::OtherVersion => {
            format!("its report has format version {}, and nothing of it is compared", view.report.header.version)
        }
        Incomparability::OtherRepository => format!("another repository was asked for ({})", plan.target.url()),
        Incomparability::OtherReference => format!("another reference was asked for ({})", plan.git_ref),
        Incomparability::OtherRequest => "depth, filter or size of packets were asked for otherwise".to_owned(),
        Incomparability::OtherProtocol => "another protocol version was asked for".to_owned(),
        Incomparability::OtherProfile => format!("another client was imitated ({})", plan.profile.name()),
        Incomparability::OtherCommit => {
            "the reference pointed at another commit meanwhile, so that the pack is another one".to_owned()
        }
        Incomparability::CutAtCap => {
            "the pack was cut at its cap, so that its size and whatever its length goes into are not compared; its rate is"
                .to_owned()
        }
        Incomparability::NoLogin => {
            "nothing behind the login was tried, for want of one; the network is not to blame for that".to_owned()
        }
        Incomparability::BrokenOff => "the run ended before it for a reason of its own, which says nothing of the network".to_owned(),
    }
}

/// `VALUE from here, VALUE from npk-n2`.
fn each(views: &[View<'_>], rows: &[Row], measure: Measure) -> String {
    let row = rows.iter().find(|row| row.measure == measure);
    let cells = row.map(|row| row.cells.as_slice()).unwrap_or_default();
    let told: Vec<String> = views
        .iter()
        .zip(cells)
        .filter_map(|(view, cell)| match cell {
            Cell::Value { value: Quantity::Words { words } } => Some(format!("{words} from {}", view.column.called)),
            _ => None,
        })
        .collect();
    list(&told)
}

/// A pod that works is no proof for Flux's pod where that is another one.
fn unlike_flux(views: &[View<'_>], place: &FaultPlace) -> Option<String> {
    let clears_flux =
        matches!(place, FaultPlace::Nowhere | FaultPlace::OnlyFromHere { .. } | FaultPlace::SlowerFromSome { .. });
    let pods: Vec<_> = views.iter().filter_map(View::pod).collect();
    if !clears_flux || pods.is_empty() {
        return None;
    }
    let words = match pods.iter().map(|pod| pod.likeness).max() {
        Some(Likeness::Elsewhere) => {
            "No pod was on source-controller's node and in its namespace: Flux's own way may be another one."
        }
        Some(Likeness::Place) => {
            "The pod had source-controller's node and namespace, and not its DNS settings, proxies and limits. Policies that pick \
             source-controller by its labels did not bind it."
        }
        _ => "Policies that pick source-controller by its labels did not bind netprobe's pod.",
    };
    Some(words.to_owned())
}
