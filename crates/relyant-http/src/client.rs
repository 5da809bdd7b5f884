//! One exchange: a request out, an answer in, within all limits.

use std::io::Read;
use std::thread;
use std::time::Duration;

use relyant_oidc::Error;
use relyant_oidc::diagnosis::probe::PageAnswer;
use relyant_oidc::error::{Clipped, Unavailable};
use relyant_oidc::http::{HttpRequest, HttpResponse, Method};
use ureq::http::{self, HeaderMap};
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{Agent, AsSendBody, Body, Proxy};
use url::Url;

use crate::breaker::Breakers;
use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::destination::Route;
use crate::error::{from_exchange, is_outage, is_too_many, is_worth_retrying};
use crate::limits::{
    MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_IDLE, MAX_REQUEST_LINE_BYTES,
    MAX_RETRY_AFTER_TOLD, RETRY_PAUSE,
};
use crate::proxy::Proxies;
use crate::resolver::SystemResolver;
use crate::retry_after;
use crate::tls::{ExtraRoots, TlsConnector};
use crate::tunnel::TunnelConnector;

/// Who we are to servers and proxies.
pub(crate) const USER_AGENT: &str = concat!("relyant/", env!("CARGO_PKG_VERSION"));

/// The connections of one process to one provider.
pub(crate) struct Client {
    agent: Agent,
    proxies: Proxies,
    breakers: Breakers,
    /// The time of a step, in seconds, for messages.
    seconds: u64,
}

impl Client {
    /// A client without connections yet. Reads the proxy variables of the environment.
    pub(crate) fn new(extra_roots: ExtraRoots, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(USER_AGENT)
            // Nothing is decompressed, so that the limit of the body is the limit of the memory.
            .accept_encoding("identity")
            .max_response_header_size(MAX_HEADER_BYTES)
            // Room for the headers and a little more, or the limit could not be seen.
            .input_buffer_size(2 * MAX_HEADER_BYTES)
            .output_buffer_size(MAX_REQUEST_LINE_BYTES)
            .max_idle_age(MAX_IDLE)
            .build();
        let connector =
            ().chain(TunnelConnector::new(config.clone()))
                .chain(TcpConnector::default())
                .chain(TlsConnector::new(extra_roots));
        Self {
            agent: Agent::with_parts(config, connector, SystemResolver),
            proxies: Proxies::from_environment(),
            breakers: Breakers::default(),
            seconds: timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0),
        }
    }

    /// Sends `request` along `route` and reads the answer, whatever its status, except 3xx, 429 and 5xx.
    ///
    /// A request that only reads is sent a second time where the connection broke or the server is just changing; a token
    /// request never is: it may have been carried out, and its code is good for one.
    pub(crate) fn exchange(
        &self,
        request: &HttpRequest,
        route: &Route,
        deadline: Deadline,
        clock: &dyn Clock,
    ) -> Result<HttpResponse, Error> {
        let breaker = self.breakers.of(&request.url);
        breaker.admit(clock.monotonic())?;
        let mut answer = self.attempt(request, route, deadline, clock);
        if request.method == Method::Get
            && answer.as_ref().is_err_and(is_worth_retrying)
            && let Some(pause) = retry_pause(deadline)
        {
            thread::sleep(pause);
            answer = self.attempt(request, route, deadline, clock);
        }
        match &answer {
            Ok(_) => breaker.succeeded(),
            Err(error) if is_outage(error) => {
                let asked = error
                    .retry_after()
                    .filter(|_| !(is_too_many(error) && is_for_one_person(request)))
                    .map(|seconds| Duration::from_secs(seconds.into()));
                breaker.failed(error.clone(), asked, clock.monotonic());
            }
            Err(_) => {}
        }
        answer
    }

    /// What a browser without cookies is answered: status and direction alone. No breaker counts it.
    pub(crate) fn look(
        &self,
        request: &HttpRequest,
        route: &Route,
        deadline: Deadline,
    ) -> Result<PageAnswer, Error> {
        let host = route.url.host_str().unwrap_or_default();
        let left = deadline.remaining().ok_or_else(|| self.late(&route.url))?;
        let proxy = self.proxies.for_url(&route.url)?;
        let answer = self.send(head(request, route).body(()), left, proxy);
        let answer = answer.map_err(|error| self.failed(error, host))?;
        Ok(PageAnswer {
            status: answer.status().as_u16(),
            location: header(answer.headers(), "location"),
        })
    }

    /// The proxy on the way along `route`, as host and port, without credentials.
    pub(crate) fn proxy_of(&self, route: &Route) -> Option<String> {
        let proxy = self.proxies.for_url(&route.url).ok()??;
        Some(format!("{}:{}", proxy.host(), proxy.port()))
    }

    /// The error of a request to `url` whose time is over before it is sent.
    pub(crate) fn late(&self, url: &Url) -> Error {
        let host = Clipped::new(url.host_str().unwrap_or_default());
        Unavailable::Timeout {
            host,
            seconds: self.seconds,
        }
        .into()
    }

    fn attempt(
        &self,
        request: &HttpRequest,
        route: &Route,
        deadline: Deadline,
        clock: &dyn Clock,
    ) -> Result<HttpResponse, Error> {
        let host = route.url.host_str().unwrap_or_default();
        let left = deadline.remaining().ok_or_else(|| self.late(&route.url))?;
        let proxy = self.proxies.for_url(&route.url)?;
        let head = head(request, route);
        let answer = match &request.body {
            Some(form) => self.send(head.body(form.as_str()), left, proxy),
            None => self.send(head.body(()), left, proxy),
        };
        answer
            .map_err(|error| self.failed(error, host))
            .and_then(|answer| self.read(answer, host, clock))
    }

    fn send<B: AsSendBody>(
        &self,
        request: http::Result<http::Request<B>>,
        left: Duration,
        proxy: Option<Proxy>,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let configured = self.agent.configure_request(request?);
        self.agent
            .run(configured.timeout_global(Some(left)).proxy(proxy).build())
    }

    fn read(
        &self,
        answer: http::Response<Body>,
        host: &str,
        clock: &dyn Clock,
    ) -> Result<HttpResponse, Error> {
        let (parts, body) = answer.into_parts();
        let header = |name: &str| header(&parts.headers, name);
        let status = parts.status.as_u16();
        if parts.headers.len() > MAX_HEADERS {
            return Err(Unavailable::HeadersTooLarge {
                host: Clipped::new(host),
            }
            .into());
        }
        if (300..400).contains(&status) {
            let target = Clipped::new(header("location").as_deref().unwrap_or("nowhere"));
            return Err(Unavailable::Redirect {
                host: Clipped::new(host),
                target,
            }
            .into());
        }
        if status == 429 || status >= 500 {
            let retry_after =
                header("retry-after").and_then(|value| told_retry_after(&value, clock));
            return Err(Unavailable::Status {
                host: Clipped::new(host),
                status,
                retry_after,
            }
            .into());
        }
        if let Some(got) =
            header("content-encoding").filter(|got| !got.trim().eq_ignore_ascii_case("identity"))
        {
            let got = Clipped::new(&got);
            return Err(Unavailable::ContentEncoding {
                host: Clipped::new(host),
                got,
            }
            .into());
        }
        Ok(HttpResponse {
            status,
            content_type: header("content-type"),
            cache_control: header("cache-control"),
            age: header("age"),
            date: header("date"),
            body: self.read_body(body, host)?,
        })
    }

    fn read_body(&self, body: Body, host: &str) -> Result<Vec<u8>, Error> {
        let too_large = || Unavailable::TooLarge {
            host: Clipped::new(host),
            limit: MAX_BODY_BYTES,
        };
        let limit = MAX_BODY_BYTES as u64;
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(too_large().into());
        }
        let mut bytes = Vec::new();
        let read = body.into_reader().take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.failed(error.into(), host))?;
        if bytes.len() > MAX_BODY_BYTES {
            Err(too_large().into())
        } else {
            Ok(bytes)
        }
    }

    fn failed(&self, error: ureq::Error, host: &str) -> Error {
        from_exchange(error, host, self.seconds)
    }
}

/// Whether a request carries a person's token, so that 429 may be about that person alone: RFC 6585 §4 leaves open whose
/// requests are counted. Nobody else has to wait for what it asks then; as a failure it counts all the same.
fn is_for_one_person(request: &HttpRequest) -> bool {
    request
        .headers
        .iter()
        .any(|(name, value)| *name == "authorization" && value.starts_with("Bearer "))
}

fn head(request: &HttpRequest, route: &Route) -> http::request::Builder {
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
    };
    let mut head = http::Request::builder()
        .method(method)
        .uri(route.url.as_str());
    if let Some(host) = &route.host {
        head = head.header("host", host);
    }
    for (name, value) in &request.headers {
        head = head.header(*name, value);
    }
    head
}

/// A header's value, several of one name joined as one list. RFC 9110 §5.3.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The seconds of a `Retry-After`, an hour at most.
fn told_retry_after(value: &str, clock: &dyn Clock) -> Option<u32> {
    let asked = retry_after::parse(value, clock.unix())?.min(MAX_RETRY_AFTER_TOLD);
    u32::try_from(asked.as_secs()).ok()
}

/// The pause before the second attempt, between once and twice [`RETRY_PAUSE`], so that many clients don't come back as one;
/// `None` where no time is left for it.
fn retry_pause(deadline: Deadline) -> Option<Duration> {
    let share = getrandom::u32().ok()? % 1000;
    let pause = RETRY_PAUSE + RETRY_PAUSE * share / 1000;
    deadline
        .remaining()
        .filter(|left| *left > pause)
        .map(|_| pause)
}
