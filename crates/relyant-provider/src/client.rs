//! The one registered client: its secret and where answers may be sent.

use relyant_jose::digest::constant_time_eq;
use url::Url;

use crate::loopback::is_local;
use crate::parameters::Parameters;

/// The client as registered at this provider. No `Debug`: it would show the secret.
pub(crate) struct Client {
    /// Its `client_id`.
    pub(crate) id: String,
    secret: String,
    /// Where authorization responses may go.
    pub(crate) redirect_uris: AllowedUris,
    /// Where a browser may go after logout.
    pub(crate) post_logout_redirect_uris: AllowedUris,
}

/// The URIs that the provider may send a browser to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AllowedUris {
    /// Nothing was registered: any http or https URI that stays on this machine.
    AnyLocal,
    /// Exactly these, compared character by character. RFC 9700 §2.1.
    Registered(Vec<String>),
}

impl AllowedUris {
    /// Whether a browser may be sent there.
    pub(crate) fn permit(&self, uri: &str) -> bool {
        match self {
            Self::Registered(registered) => registered.iter().any(|known| known == uri),
            Self::AnyLocal => Url::parse(uri).is_ok_and(|url| is_plain_local_page(&url)),
        }
    }
}

/// Django's test client calls the site it tests `testserver`, so tests need not register their redirect URI.
const DJANGO_TEST_HOST: &str = "testserver";

fn is_plain_local_page(url: &Url) -> bool {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    plain && (is_local(url) || url.host_str() == Some(DJANGO_TEST_HOST))
}

impl Client {
    /// Registers the client; like Keycloak, a client without post-logout redirect URIs may use its redirect URIs.
    pub(crate) fn register(
        id: String,
        secret: String,
        redirect: Vec<String>,
        post_logout: Vec<String>,
    ) -> Self {
        let redirect_uris = if redirect.is_empty() {
            AllowedUris::AnyLocal
        } else {
            AllowedUris::Registered(redirect)
        };
        let post_logout_redirect_uris = if post_logout.is_empty() {
            redirect_uris.clone()
        } else {
            AllowedUris::Registered(post_logout)
        };
        Self {
            id,
            secret,
            redirect_uris,
            post_logout_redirect_uris,
        }
    }

    /// Whether these are the client's id and secret.
    pub(crate) fn authenticates(&self, id: &str, secret: &str) -> bool {
        self.id == id && constant_time_eq(self.secret.as_bytes(), secret.as_bytes())
    }

    /// The client that a request names, if it is this one.
    pub(crate) fn named_by<'a>(&self, parameters: &'a Parameters) -> Result<&'a str, String> {
        let named = parameters
            .get("client_id")
            .ok_or("The parameter client_id is missing.")?;
        if named == self.id {
            return Ok(named);
        }
        Err(format!(
            "No client is called {named}. This provider knows {}.",
            self.id
        ))
    }

    /// The secret, for what it signs and encrypts.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beer(redirect: &[&str], post_logout: &[&str]) -> Client {
        let owned = |uris: &[&str]| uris.iter().map(|&uri| uri.to_owned()).collect();
        Client::register(
            "beer".to_owned(),
            "beer-secret".to_owned(),
            owned(redirect),
            owned(post_logout),
        )
    }

    #[test]
    fn without_registration_every_local_page_will_do() {
        let uris = beer(&[], &[]).redirect_uris;
        for good in [
            "http://127.0.0.1:8000/cb",
            "https://localhost/cb?x=1",
            "http://[::1]:1/",
            "http://testserver/cb",
        ] {
            assert!(uris.permit(good), "{good}");
        }
        for bad in [
            "https://evil.example/cb",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1/#x",
            "http://u@127.0.0.1/",
            "http://:p@127.0.0.1/",
            "ftp://127.0.0.1/cb",
            "javascript:alert(1)",
            "/cb",
            "",
        ] {
            assert!(!uris.permit(bad), "{bad}");
        }
    }

    #[test]
    fn registered_uris_are_compared_exactly() {
        let client = beer(&["https://beer.example/cb"], &[]);
        assert!(client.redirect_uris.permit("https://beer.example/cb"));
        assert!(!client.redirect_uris.permit("https://beer.example/cb/"));
        assert!(!client.redirect_uris.permit("http://127.0.0.1/cb"));
    }

    #[test]
    fn after_logout_the_redirect_uris_will_do_unless_others_are_registered() {
        let cb = "https://beer.example/cb";
        assert!(beer(&[cb], &[]).post_logout_redirect_uris.permit(cb));
        assert!(
            !beer(&[cb], &["https://beer.example/bye"])
                .post_logout_redirect_uris
                .permit(cb)
        );
    }

    #[test]
    fn both_id_and_secret_must_fit() {
        let client = beer(&[], &[]);
        assert!(client.authenticates("beer", "beer-secret"));
        assert!(!client.authenticates("beer", "beer-secre"));
        assert!(!client.authenticates("wine", "beer-secret"));
    }
}
