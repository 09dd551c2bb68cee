//! The log of the pod, as a stream of bytes. Its end means nothing: a cut link ends it as a finished program does.

use http_body_util::{BodyExt as _, Limited};
use k8s_openapi::api::core::v1::Pod;
use kube::Resource as _;
use kube::api::LogParams;
use kube::client::Body;
use kube::core::{Request, Status};
use tokio::time::{Duration, timeout};

use crate::contact::Contact;
use crate::error::told;
use crate::job::CONTAINER;

/// An open log, read from its beginning.
pub(super) struct Log(Body);

impl Log {
    /// Opens it within 5 s. With `follow` it stays open for as long as the container runs.
    ///
    /// # Errors
    /// Why it could not be opened, in words.
    pub(super) async fn open(contact: &Contact, namespace: &str, pod: &str, follow: bool) -> Result<Self, String> {
        // Sidecars may stand beside it, so the log is asked for by the container's name.
        let wish = LogParams { follow, container: Some(CONTAINER.to_owned()), ..LogParams::default() };
        let request = Request::new(Pod::url_path(&(), Some(namespace))).logs(pod, &wish);
        let request = request.map_err(|error| error.to_string())?.map(Body::from);
        let opening = async {
            let response = contact.client().send(request).await.map_err(|error| crate::error::on_the_way(&error))?;
            let status = response.status();
            let body = response.into_body();
            if status.is_success() {
                return Ok(Self(body));
            }
            let said = Limited::new(body, MAX_REFUSAL_BYTES).collect().await.map(http_body_util::Collected::to_bytes);
            let said = said.ok().and_then(|said| serde_json::from_slice::<Status>(&said).ok());
            Err(said.map_or_else(|| format!("status {}", status.as_u16()), |said| told(&said)))
        };
        timeout(OPEN, opening).await.unwrap_or_else(|_| Err("no answer within 5 s".to_owned()))
    }

    /// The next bytes; none at its end, however it came.
    pub(super) async fn next(&mut self) -> Option<impl AsRef<[u8]> + use<>> {
        loop {
            match self.0.frame().await? {
                Ok(frame) => match frame.into_data() {
                    Ok(bytes) => return Some(bytes),
                    Err(_trailers) => {}
                },
                Err(_) => return None,
            }
        }
    }
}

/// For the API server to reach the node and for the node to open the file.
const OPEN: Duration = Duration::from_secs(5);
/// Of an answer that is no log.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
