//! An API server in memory: as much of one as a run asks for, with a clock that tests can stop, and a way to answer any
//! request otherwise. What it says is what Kubernetes 1.34 was seen to say.

mod log;
mod world;

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use http_body_util::BodyExt as _;
use hyper::{Request, Response};
use kube::client::Body;
use serde_json::{Value, json};

pub(crate) use log::{Answer, LogBody, Piece};
pub(crate) use world::{World, ended, running};

/// One request as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Value,
}

/// Says otherwise; none leaves the request to the world.
pub(crate) type Fault = Box<dyn FnMut(&Asked, &World) -> Option<Answer> + Send>;

/// The server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct StandIn(Arc<Mutex<State>>);

struct State {
    world: World,
    fault: Fault,
    asked: Vec<Asked>,
}

impl StandIn {
    /// A healthy cluster with one node, where a pod begins at once and writes `log`.
    pub(crate) fn new(world: World) -> Self {
        Self::with_fault(world, |_, _| None)
    }

    /// The same where `fault` has the first word on every request.
    pub(crate) fn with_fault(
        world: World,
        fault: impl FnMut(&Asked, &World) -> Option<Answer> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(State { world, fault: Box::new(fault), asked: Vec::new() })))
    }

    /// A client of this server, without a socket between.
    pub(crate) fn contact(&self) -> netprobe_cluster::Contact {
        let client = kube::Client::new(self.clone(), "default");
        netprobe_cluster::Contact::with_client(client, "the stand-in")
    }

    /// `METHOD path` of every request, in their order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().asked.iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    /// How many requests begin so.
    pub(crate) fn count(&self, begin: &str) -> usize {
        self.requests().iter().filter(|request| request.starts_with(begin)).count()
    }

    /// The requests that begin so.
    pub(crate) fn asked(&self, begin: &str) -> Vec<Asked> {
        let asked = self.state().asked.clone();
        asked.into_iter().filter(|asked| format!("{} {}", asked.method, asked.path).starts_with(begin)).collect()
    }

    /// POSTs that make a Job.
    pub(crate) fn jobs_posted(&self) -> usize {
        self.count("POST /apis/batch/v1/namespaces/flux-system/jobs")
    }

    /// DELETEs of a Job.
    pub(crate) fn jobs_deleted(&self) -> usize {
        self.count("DELETE /apis/batch/v1/namespaces/flux-system/jobs/")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Answers one request.
    pub(crate) fn answer(&self, asked: Asked) -> Answer {
        let mut state = self.state();
        let State { world, fault, .. } = &mut *state;
        let answer = fault(&asked, world).unwrap_or_else(|| world.answer(&asked));
        state.asked.push(asked);
        answer
    }
}

impl tower_service::Service<Request<Body>> for StandIn {
    type Response = Response<LogBody>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
            let asked = Asked {
                method: head.method.to_string(),
                path: head.uri.path().to_owned(),
                query: head.uri.query().unwrap_or_default().to_owned(),
                body: serde_json::from_slice(&body).unwrap_or(Value::Null),
            };
            server.answer(asked).into_response().await
        })
    }
}

/// What the API server says when it says no.
pub(crate) fn refusal(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code});
    Answer::Json(code, status)
}
