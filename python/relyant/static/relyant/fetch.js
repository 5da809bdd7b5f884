/**
 * What a site may change, before its first request. `csrfToken` is asked at each unsafe one: replace it where no script can
 * read Django's cookie (`CSRF_USE_SESSIONS`, `CSRF_COOKIE_HTTPONLY`). `onUnauthenticated` gets the content of a 401.
 */
export const options = {
  csrfCookie: "csrftoken",
  csrfHeader: "X-CSRFToken",
  csrfToken: () => document.cookie.split("; ").find((one) => one.startsWith(`${options.csrfCookie}=`))?.split("=")[1],
  onUnauthenticated: (told) => signIn(told.login_url),
};

/**
 * `fetch`, with Django's CSRF token for unsafe requests to this site; whoever has to sign in is sent to do so.
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} also a 401, while the browser leaves
 */
export async function relyantFetch(input, init = {}) {
  let request = new Request(input, { credentials: "same-origin", ...init });
  const ours = new URL(request.url).origin === location.origin;
  const isUnsafe = !/^(GET|HEAD|OPTIONS|TRACE)$/.test(request.method);
  const token = ours && isUnsafe && (await options.csrfToken());
  // No redirect takes the token to another site.
  if (token) request = new Request(request, { mode: "same-origin" });
  if (token) request.headers.set(options.csrfHeader, token);
  const response = await fetch(request);
  const told = ours && response.status === 401 ? await response.clone().json().catch(() => null) : null;
  if (told?.login_url) options.onUnauthenticated(told);
  return response;
}

/** Leave for the login, to come back to this very page; at most once a minute, so that nobody goes in circles. */
export function signIn(loginUrl) {
  const url = new URL(loginUrl, location.href);
  const last = Number(sessionStorage.getItem("relyant.signIn"));
  if (url.origin !== location.origin || Date.now() - last < 60_000) return;
  sessionStorage.setItem("relyant.signIn", String(Date.now()));
  url.searchParams.set("next", location.pathname + location.search + location.hash);
  location.assign(url);
}
