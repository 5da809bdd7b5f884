//! The pages: what they say, what they let in, and whom they answer.

use crate::http::Request;
use crate::running::{REDIRECT_URI, Running, authorization_path, endpoint, form};

const SCRIPT: &str = "\"><script>alert(1)</script>'<img src=x onerror=alert(2)>";

#[test]
fn every_page_says_what_it_is_and_lets_nothing_else_in() {
    let provider = Running::shared();
    for path in [
        "/".to_owned(),
        "/nowhere".to_owned(),
        authorization_path(&[]),
        endpoint("logout"),
        authorization_path(&[("client_id", "wine")]),
    ] {
        let page = provider.send(&Request::get(&path));
        let text = page.text();
        assert!(
            text.contains("<html lang=\"en\">") && text.matches("<h1>").count() == 1,
            "{path}"
        );
        assert!(
            text.contains("Development provider.") && text.contains("No real sign-in"),
            "{path}"
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
        ));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(
            !text.contains("<script") && !text.contains("<style") && !text.contains(" style="),
            "{path}"
        );
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn inputs_have_labels_and_people_are_buttons() {
    let page = Running::shared().send(&Request::get(&authorization_path(&[(
        "login_hint",
        "carol",
    )])));
    let text = page.text();
    assert_eq!(text.matches("<button class=\"person\"").count(), 4);
    for id in ["username", "password"] {
        assert!(
            text.contains(&format!("<label for=\"{id}\">"))
                && text.contains(&format!("<input id=\"{id}\""))
        );
    }
    assert!(text.contains("value=\"carol\" autocomplete=\"username\""));
}

#[test]
fn the_form_may_lead_back_to_the_client() {
    let page = Running::shared().send(&Request::get(&authorization_path(&[])));
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("form-action 'self' http://127.0.0.1:8000;")
    );
}

#[test]
fn stylesheet_and_icon_have_their_own_addresses() {
    for (path, kind) in [
        ("/assets/style.css", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let file = Running::shared().send(&Request::get(path));
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, Some(kind))
        );
    }
}

#[test]
fn markup_in_parameters_stays_text() {
    let provider = Running::shared();
    let with_query = format!("{REDIRECT_URI}?{}", form(&[("x", SCRIPT)]));
    let raw_query = format!("{}&{SCRIPT}=1", authorization_path(&[])).replace(' ', "");
    let paths = [
        authorization_path(&[("client_id", SCRIPT)]),
        authorization_path(&[("redirect_uri", SCRIPT)]),
        authorization_path(&[("redirect_uri", &with_query)]),
        authorization_path(&[("state", SCRIPT)]),
        authorization_path(&[("login_hint", SCRIPT)]),
        format!("{}?{}", endpoint("logout"), form(&[("client_id", SCRIPT)])),
        format!(
            "{}?{}",
            endpoint("logout"),
            form(&[("client_id", "beer"), ("state", SCRIPT)])
        ),
        format!(
            "{}?{}",
            endpoint("logout"),
            form(&[("client_id", "beer"), ("post_logout_redirect_uri", SCRIPT)])
        ),
        format!(
            "{}?{}",
            endpoint("auth"),
            form(&[(SCRIPT, "1"), (SCRIPT, "2")])
        ),
        raw_query,
    ];
    for path in paths {
        let answer = provider.send(&Request::get(&path));
        let text = String::from_utf8_lossy(&answer.body).to_lowercase();
        assert!(
            !text.contains("<script") && !text.contains("<img"),
            "{path}"
        );
    }
    let clicked = provider.send(&Request::post(
        &authorization_path(&[]),
        &form(&[("person", SCRIPT)]),
    ));
    assert!(!clicked.text().contains("<script"));
}

#[test]
fn people_from_a_file_are_text_too() {
    let file = std::env::temp_dir().join(format!(
        "relyant-provider-people-{}.toml",
        std::process::id()
    ));
    let text = format!(
        "[[person]]\nname = '''{SCRIPT}'''\nabout = '''{SCRIPT}'''\nroles = ['''{SCRIPT}''']\nclaims = {{ name = '''{SCRIPT}''' }}\n"
    );
    std::fs::write(&file, text).unwrap();
    let provider = Running::start(&["--people", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    for path in ["/".to_owned(), authorization_path(&[])] {
        let page = provider.send(&Request::get(&path));
        assert!(
            page.text().contains("&lt;script&gt;") && !page.text().contains("<script"),
            "{path}"
        );
    }
}

#[test]
fn foreign_names_are_not_answered() {
    let provider = Running::shared();
    for path in [
        "/",
        "/realms/brewery/.well-known/openid-configuration",
        "/_control/requests",
        "/assets/style.css",
    ] {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
        ] {
            let request = Request::get(path)
                .with("Host", host)
                .with("X-Relyant-Control", "1");
            assert_eq!(provider.send(&request).status, 403, "{path} {host}");
        }
        let request = Request::get(path)
            .with("Host", "localhost")
            .with("X-Relyant-Control", "1");
        assert_eq!(provider.send(&request).status, 200, "{path}");
    }
}

#[test]
fn another_origins_form_signs_nobody_in() {
    let provider = Running::shared();
    let path = authorization_path(&[]);
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 303),
    ] {
        let request = Request::post(&path, "person=carol").with("Sec-Fetch-Site", site);
        assert_eq!(provider.send(&request).status, status, "{site}");
    }
}
