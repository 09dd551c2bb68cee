//! Everything that is asked of the cluster before anything is made in it: who may what, which repository, which node. What
//! is wrong here costs no measurement.

use anyhow::Context as _;
use cluster::job::JobWish;
use cluster::{ClusterError, Contact, ContactWish, GitRepository, NodeChoice, SourceController};
use engine::plan;
use model::{Likeness, Note, PodNetwork, Symptom, Target};

use crate::args::from_node::{FLUX, FromNodeArgs};
use crate::args::run::RunArgs;
use crate::output;
use crate::settings::{RunSettings, repository};

/// What is known then.
pub(super) struct Preparation {
    /// For the measurement from here.
    pub(super) settings: RunSettings,
    /// For the measurement from the node; none where the cluster cannot be reached.
    pub(super) there: Option<There>,
}

/// The cluster's side.
pub(super) struct There {
    /// The way to the API server.
    pub(super) contact: Contact,
    /// What will run, and where.
    pub(super) job: JobWish,
    /// What the cluster says of the repository.
    pub(super) symptom: Option<Symptom>,
    /// What the reader of the node's report should know.
    pub(super) notes: Vec<Note>,
}

impl Preparation {
    /// Asks. `tell` hears one sentence at a time.
    pub(super) async fn make(args: &RunArgs, tell: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let wish = &args.from_node;
        let asked = ContactWish { kubeconfig: wish.kubeconfig.clone(), context: wish.context.clone() };
        let contact = match Contact::open(&asked).await {
            Ok(contact) => contact,
            // Without the cluster an address is all that can be measured.
            Err(error @ ClusterError::Unreachable { .. }) if args.target.is_some() && !wish.no_local => {
                output::complain(&format!("{error}\nThis measures from here alone."));
                let settings = RunSettings::resolve(args, repository::of_manifest(args)?.as_ref()).await?;
                return Ok(Self { settings, there: None });
            }
            Err(error) => return Err(error.into()),
        };
        tell(&contact.place());
        let mut found = match find(args, &contact).await {
            Ok(found) => found,
            Err(error) => {
                // Whoever may not even look is told of all that is missing at once.
                if matches!(error.downcast_ref(), Some(ClusterError::Forbidden { .. })) {
                    cluster::check_rights(&contact, &namespace(wish, None)).await?;
                }
                return Err(error);
            }
        };
        let namespace = namespace(wish, found.as_ref());
        cluster::check_rights(&contact, &namespace).await?;
        if let Some(repository) = &mut found {
            cluster::add_events(&contact, repository).await;
        }
        let flux = cluster::source_controller(&contact).await?;
        let wanted = wish.from_node.as_deref().filter(|node| *node != FLUX);
        let choice = cluster::choose_node(&contact, wanted, flux.as_ref()).await?;
        match &choice.node {
            Some(node) => tell(&format!("node {node}: {}", choice.why)),
            None => tell(&choice.why),
        }
        choice.notes.iter().for_each(|note| tell(note));
        let settings = RunSettings::resolve(args, found.as_ref()).await?;
        let of_flux = choice.notes.iter().chain(flux.iter().flat_map(|flux| &flux.notes)).cloned();
        let notes = found.iter().flat_map(repository::remarks).chain(of_flux);
        let notes = notes.map(|text| Note { text: text.into() }).collect();
        let job = job(args, namespace, &choice, flux.as_ref(), found.as_ref(), &settings);
        // It will be tried and said again when its turn comes; whoever waits for that should know now.
        if let Err(refusal) = cluster::check_admission(&contact, &job).await {
            tell(&format!("{}\n{}", refusal.statement, refusal.remedy));
        }
        let there = There { contact, job, symptom: found.map(|found| found.symptom), notes };
        Ok(Self { settings, there: Some(there) })
    }
}

/// The GitRepository: of a manifest, with this address, or the one that there is. None where only an address is known.
async fn find(args: &RunArgs, contact: &Contact) -> anyhow::Result<Option<GitRepository>> {
    let wish = &args.from_node;
    let live = || cluster::git_repositories(contact, wish.namespace.as_deref());
    if let Some(mut of_file) = repository::of_manifest(args)? {
        // What Flux made of it, if it is in the cluster already.
        let same = |one: &GitRepository| one.namespace == of_file.namespace && one.name == of_file.name;
        if let Some(known) = live().await.unwrap_or_default().into_iter().find(same) {
            of_file.symptom = known.symptom;
            of_file.has_artifact = known.has_artifact;
        }
        return Ok(Some(of_file));
    }
    let Some(address) = args.target.as_deref() else {
        let place = format!("{} has", contact.place());
        return Ok(Some(repository::only(live().await?, wish.git_repository.as_deref(), &place)?));
    };
    let target = Target::parse(address).context("TARGET")?.0;
    // An address can be measured without Flux's objects, and without the right to see them.
    repository::with_address(live().await.unwrap_or_default(), &target)
}

/// A Secret can only be mounted in its own namespace.
fn namespace(wish: &FromNodeArgs, found: Option<&GitRepository>) -> String {
    let of_repository = found.map(|repository| repository.namespace.clone());
    of_repository.or_else(|| wish.namespace.clone()).unwrap_or_else(cluster::flux_namespace)
}

fn job(
    args: &RunArgs,
    namespace: String,
    choice: &NodeChoice,
    flux: Option<&SourceController>,
    found: Option<&GitRepository>,
    settings: &RunSettings,
) -> JobWish {
    let wish = &args.from_node;
    let network: PodNetwork = wish.network.into();
    let same_place = flux.is_some_and(|flux| choice.node.as_ref() == Some(&flux.node) && namespace == flux.namespace);
    let likeness = match (same_place, network) {
        (true, PodNetwork::Pod) => Likeness::Settings,
        (true, PodNetwork::Host) => Likeness::Place,
        (false, _) => Likeness::Elsewhere,
    };
    // The last digits of a UUID of version 7 are random.
    let run_id = uuid::Uuid::now_v7().simple().to_string().split_off(UUID_DIGITS - RUN_ID_DIGITS);
    JobWish {
        run_id,
        namespace,
        node: choice.node.clone(),
        network,
        image: wish.image.clone(),
        pull_secrets: wish.image_pull_secret.clone(),
        plan: plan(settings.wish.clone()),
        follow_ups: !args.cost.no_follow_up,
        secret: wish.secret.clone().or_else(|| found?.secret.clone()),
        proxy_secret: found.and_then(|found| found.proxy_secret.clone()),
        like: flux.map(|flux| flux.settings.clone()).unwrap_or_default(),
        likeness,
    }
}

const UUID_DIGITS: usize = 32;
const RUN_ID_DIGITS: usize = 10;
