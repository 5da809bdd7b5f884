//! The stylesheet, the icon and the one script of the pages.

use axum::http::header;
use axum::response::IntoResponse;

/// Where the stylesheet is.
pub(crate) const STYLESHEET: &str = "/assets/style.css";
/// Where the icon is.
pub(crate) const ICON: &str = "/assets/icon.svg";
/// Where the script is that sends a page's form on.
pub(crate) const SUBMIT: &str = "/assets/submit.js";

/// Serves the stylesheet.
pub(crate) async fn stylesheet() -> impl IntoResponse {
    file(
        "text/css; charset=utf-8",
        include_str!("../../assets/style.css"),
    )
}

/// Serves the icon.
pub(crate) async fn icon() -> impl IntoResponse {
    file("image/svg+xml", include_str!("../../assets/icon.svg"))
}

/// Serves the script.
pub(crate) async fn submit() -> impl IntoResponse {
    file(
        "text/javascript; charset=utf-8",
        include_str!("../../assets/submit.js"),
    )
}

/// Asked for anew each time: another version may run under this address tomorrow.
fn file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, content)
}
