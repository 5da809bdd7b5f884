//! The stylesheet and the icon of the pages.

use axum::http::header;
use axum::response::IntoResponse;

/// Where the stylesheet is.
pub(crate) const STYLESHEET: &str = "/assets/style.css";
/// Where the icon is.
pub(crate) const ICON: &str = "/assets/icon.svg";

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

/// Asked for anew each time: another version may run under this address tomorrow.
fn file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, content)
}
