//! The one screen that a person sees after `netprobe run`: the answer first, then what it rests on. It knows the order
//! of things and their layout; what they mean was decided before.

mod around;
mod exchange;
pub(crate) mod findings;
mod flux;
mod follow_up;
mod instrument;
mod notes;
mod stages;
mod stall;
pub(crate) mod symptom;
pub(crate) mod table;

use diagnose::Diagnosis;
use model::{Ending, Likeness, PodPlace, Purpose, Report, StopCause, Vantage, VantageKind};

use crate::Style;
use crate::page::Page;
use crate::style::{Ink, Mark};

/// The screen as text, a line feed behind each line. `report_path` is where the report was stored, if it was.
///
/// No line is wider than [`Style::columns`], save where a command, an address or a path alone is: cut in two, it could not
/// be pasted.
pub fn render(report: &Report, diagnosis: &Diagnosis, style: &Style, report_path: Option<&str>) -> String {
    let mut page = Page::new(*style);
    page.marked(diagnosis.verdict.into(), Ink::Strong, &diagnosis.headline);
    page.gap();
    subject(&mut page, report);
    if let Some(symptom) = &report.symptom {
        page.gap();
        symptom::section(&mut page, symptom);
    }
    runs(&mut page, report);
    findings::section(&mut page, diagnosis);
    flux::section(&mut page, &diagnosis.flux);
    instrument::section(&mut page, report, report_path);
    page.finished()
}

/// What was asked, from where.
fn subject(page: &mut Page, report: &Report) {
    let plan = &report.header.plan;
    page.labelled("repository", &format!("{} · {}", plan.target.url(), plan.git_ref));
    page.labelled("seen from", &vantage(&report.header.vantage));
    if let Some(ending) = ending(report) {
        page.marked(Mark::CAUTION, Ink::Caution, &ending);
    }
    if let Ending::BrokenOff { remedy, .. } = &report.ending {
        page.labelled("what to do", remedy.as_str());
    }
}

fn runs(page: &mut Page, report: &Report) {
    let (asked, follow_ups): (Vec<_>, Vec<_>) =
        report.measurements.iter().partition(|measurement| measurement.run.purpose == Purpose::Asked);
    for measurement in asked {
        page.gap();
        match measurement.run.parameters.upload_pack() {
            Some(exchange) => stages::section(page, &report.header.plan, measurement, exchange),
            None => around::section(page, measurement),
        }
    }
    if !follow_ups.is_empty() {
        page.gap();
    }
    for measurement in follow_ups {
        follow_up::line(page, report, measurement);
    }
}

fn vantage(vantage: &Vantage) -> String {
    let place = match (&vantage.pod, vantage.kind) {
        (Some(pod), _) => vec![pod_place(pod)],
        (None, VantageKind::Workstation) => vec![format!("workstation {}", vantage.host_name)],
        (None, VantageKind::Container) => vec![format!("container {}", vantage.host_name)],
        (None, VantageKind::Pod) => vec![format!("pod {}", vantage.host_name)],
    };
    let interfaces = vantage.interfaces.iter().filter(|interface| interface.name != "lo").take(INTERFACES);
    let words: Vec<String> = place
        .into_iter()
        // Nothing is known of a place that never spoke.
        .chain((!vantage.kernel.is_empty()).then(|| format!("Linux {}", vantage.kernel)))
        .chain(interfaces.map(|interface| format!("{} MTU {}", interface.name, interface.mtu_bytes)))
        .collect();
    words.join(" · ")
}

/// `pod on node npk-n2 (pod network, namespace flux-system, settings as source-controller's)`.
fn pod_place(pod: &PodPlace) -> String {
    let likeness = match pod.likeness {
        Likeness::Elsewhere => "",
        Likeness::Place => ", beside source-controller",
        Likeness::Settings => ", beside source-controller and set up as it is",
    };
    let PodPlace { node, network, namespace, .. } = pod;
    format!("pod on node {node} ({} network, namespace {namespace}{likeness})", network.name())
}

fn ending(report: &Report) -> Option<String> {
    let words = match &report.ending {
        Ending::Complete => return None,
        Ending::BrokenOff { why, .. } if report.measurements.is_empty() => {
            return Some(format!("There is no report from there: {why}."));
        }
        Ending::BrokenOff { why, .. } => {
            return Some(format!("The report is not whole: {why}. What came until then is below."));
        }
        Ending::Stopped { cause: StopCause::Budget } => "The budget was used up before every run was made.",
        Ending::Stopped { cause: StopCause::Interrupt } => "Stopped by Ctrl-C; what was seen until then is below.",
        Ending::Stopped { cause: StopCause::Terminate } => "Stopped by SIGTERM; what was seen until then is below.",
        Ending::CutShort => "The report breaks off; what was written until then is below.",
    };
    Some(words.to_owned())
}

/// Interfaces named in the line on the vantage; the report has them all.
const INTERFACES: usize = 3;
