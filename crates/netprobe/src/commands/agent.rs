//! `netprobe agent`: the plan of somebody else, carried out in a pod. The report leaves through the pod's log.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use access::{Environment, FluxAccess, FluxSecrets};
use frame::{Beat, Encoder, Hello};
use measure::{Clock, Gauge, Way};
use model::{Note, Objection, Plan, PodPlace, REPORT_VERSION, Record, Target, Transport};
use url::Url;

use crate::args::agent::AgentArgs;
use crate::exit::Exit;
use crate::onlooker::purpose_of;
use crate::output;
use crate::printer::Printer;
use crate::runtime;
use crate::session::Session;
use crate::signals::Signals;

pub(crate) fn run(args: &AgentArgs) -> anyhow::Result<Exit> {
    runtime::block_on(async {
        let environment = Environment::of_this_process();
        let secrets = FluxSecrets { secret: args.secret_folder.clone(), proxy: args.proxy_secret_folder.clone() };
        let (way, objections) = way(&secrets, &environment, &args.plan.target)?;
        let session = Session {
            plan: Plan::clone(&args.plan),
            notes: notes(&way, &objections),
            way,
            symptom: None,
            pod: Some(place(args, &environment, objections)),
            journal: None,
            follow_ups: !args.no_follow_up,
        };
        let (gauge, clock) = (Gauge::default(), Clock::start());
        let printer = Printer::start()?;
        let log = Log::begin(printer.pen());
        let beats = tokio::spawn(beat(log.clone(), gauge.clone(), clock));
        let listener = log.clone();
        let heard = Arc::new(move |record: &Record| listener.record(record));
        session.measure(&Signals::listen()?, gauge, clock, heard).await;
        beats.abort();
        let summary = log.end();
        printer.finish()?;
        leave(&args.last_words, &summary);
        Ok(Exit::Fine)
    })
}

/// What goes into the pod's log, and what of it is kept for the last words.
#[derive(Clone)]
struct Log(Arc<Mutex<Written>>);

struct Written {
    encoder: Encoder,
    pen: Box<dyn Fn(String) + Send>,
    journal: Vec<String>,
    purpose: String,
}

impl Log {
    fn begin(pen: impl Fn(String) + Send + 'static) -> Self {
        let mut encoder = Encoder::new();
        let hello = Hello { netprobe: env!("CARGO_PKG_VERSION").to_owned(), report_version: REPORT_VERSION };
        pen(encoder.hello(&hello));
        let written = Written { encoder, pen: Box::new(pen), journal: Vec::new(), purpose: String::new() };
        Self(Arc::new(Mutex::new(written)))
    }

    fn record(&self, record: &Record) {
        let line = record.to_line();
        self.with(|written| {
            if let Record::RunStarted { run, .. } = record {
                purpose_of(run).clone_into(&mut written.purpose);
            }
            let text = written.encoder.record(&line);
            (written.pen)(text);
            written.journal.push(line);
        });
    }

    fn beat(&self, gauge: &Gauge, clock: Clock) {
        let reading = gauge.read();
        self.with(|written| {
            let beat = Beat {
                purpose: written.purpose.clone(),
                stage: reading.stage,
                received: reading.received,
                elapsed_us: clock.now(),
            };
            let text = written.encoder.beat(&beat);
            (written.pen)(text);
        });
    }

    /// The last frame; what is returned fits into the last words.
    fn end(&self) -> String {
        self.with(|written| {
            let text = written.encoder.end();
            (written.pen)(text);
            frame::summary(&written.journal)
        })
    }

    fn with<T>(&self, write: impl FnOnce(&mut Written) -> T) -> T {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn beat(log: Log, gauge: Gauge, clock: Clock) {
    let mut ticks = tokio::time::interval(BEAT);
    // The first tick comes at once, and there is nothing to tell yet.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        log.beat(&gauge, clock);
    }
}

fn way(secrets: &FluxSecrets, environment: &Environment, target: &Target) -> anyhow::Result<(Way, Vec<Objection>)> {
    if target.transport == Transport::Ssh {
        let FluxAccess { access, keys, objections } =
            secrets.for_ssh(environment, &target.host, target.port, target.user.as_deref())?;
        return Ok((Way::Ssh { access, keys }, objections));
    }
    let (FluxAccess { access, objections, .. }, surroundings) =
        secrets.for_http(environment, Url::parse(&target.url())?)?;
    Ok((Way::Http { access, surroundings }, objections))
}

fn notes(way: &Way, objections: &[Objection]) -> Vec<Note> {
    let (known, proxy) = match way {
        Way::Ssh { access, .. } => (&access.notes, &access.proxy),
        Way::Http { access, .. } => (&access.notes, &access.proxy),
    };
    let proxy = proxy
        .as_ref()
        .map(|proxy| format!("the way goes through the proxy {}:{} ({})", proxy.host, proxy.port, proxy.source));
    let sentences = objections.iter().map(Objection::to_string).chain(known.iter().cloned()).chain(proxy);
    sentences.map(|text| Note { text: text.into() }).collect()
}

fn place(args: &AgentArgs, environment: &Environment, objections: Vec<Objection>) -> PodPlace {
    let told = |name: &str| environment.get(name).unwrap_or_default().to_owned();
    PodPlace {
        node: told("NETPROBE_NODE"),
        namespace: told("NETPROBE_NAMESPACE"),
        name: told("NETPROBE_POD"),
        network: args.network.into(),
        likeness: args.likeness.into(),
        secret: args.secret_name.clone(),
        proxy_secret: args.proxy_secret_name.clone(),
        objections,
    }
}

/// What Kubernetes keeps in the pod's status, for when the log cannot be read. It is only a second way out.
fn leave(path: &Path, summary: &str) {
    if let Err(error) = std::fs::write(path, summary) {
        output::complain(&format!("the last words cannot be left in {}: {error}", path.display()));
    }
}

/// Far more often than the 30 s of silence from which a reader takes the stream for dead, and often enough for the eye.
const BEAT: Duration = Duration::from_secs(2);
