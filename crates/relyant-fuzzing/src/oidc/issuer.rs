//! Issuers and URLs, mutated: what is compared is what is fetched.

use relyant_oidc::issuer::Issuer;
use relyant_oidc::strict_url;
use relyant_oidc::transport::TransportRules;

use super::provider::ISSUER;
use crate::choices::Choices;
use crate::{mutate, shown};

const PASSWORD: &str = "p4ssw0rd-of-carol";

/// An issuer's text: kept byte for byte, fetched from its own host over https; credentials are never shown.
pub fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let plain = *choices.pick(&[
        ISSUER,
        "https://op.example",
        "http://localhost:8080/a",
        "https://carol:p4ssw0rd-of-carol@op.example/",
        "https://[::1]:8443/",
    ]);
    let text = mutate::text(plain, &mut choices);
    match Issuer::parse(&text, &TransportRules::default()) {
        Ok(issuer) => {
            assert_eq!(issuer.as_str(), text);
            let url = issuer.metadata_url();
            let base = text.strip_suffix('/').unwrap_or(&text);
            let path = base.to_ascii_lowercase().ends_with(
                &url.path()
                    .to_ascii_lowercase()
                    .replace("/.well-known/openid-configuration", ""),
            );
            assert!(path, "{text} is fetched at {url}");
            assert!(text.to_ascii_lowercase().contains(url.host_str().unwrap()));
            assert!(
                url.scheme() == "https"
                    || matches!(url.host_str(), Some("localhost" | "[::1]"))
                    || url.host_str().unwrap().starts_with("127.")
            );
            assert!(url.username().is_empty() && url.password().is_none() && url.query().is_none());
        }
        Err(error) => {
            // Everything up to the last `@` may be credentials, and nothing behind it is.
            let behind = text
                .rsplit_once('@')
                .map_or(text.as_str(), |(_, host)| host);
            let secret = if behind.contains(PASSWORD) {
                ""
            } else {
                PASSWORD
            };
            shown::check(&error, &[secret]);
        }
    }
    if let Ok(url) = strict_url::parse(&text) {
        assert_eq!(strict_url::parse(url.as_str()).unwrap(), url);
        assert!(url.fragment().is_none());
    }
}
