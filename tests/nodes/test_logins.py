"""One site on two nodes: whoever signs in at one is known at the other, whatever keeps the sessions."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.nodes import wire


def test_who_signs_in_at_one_node_is_known_at_the_other(site):
    for node, other in ((1, 2), (2, 1)):
        visitor = site.sign_in("carol", node=node)
        assert site.who(visitor.browser, node=other) == "carol"
    assert site.rows("SELECT count(*) FROM auth_user WHERE username = 'carol'") == [(1,)]


def test_a_login_that_a_balancer_spreads_over_the_nodes(site):
    """It begins at one node and ends at the other: what it needs travels with the browser."""
    first, second = (node.base_url for node in site.nodes)
    visitor = site.visit(node=1)
    form = visitor.open("/members/").form(having="username")
    answer = visitor.browser.submit(form, follow=False, username="chris", password="chris")
    callback = urlsplit(answer.location)
    ended = wire.send(
        second,
        f"{callback.path}?{callback.query}",
        cookies=wire.cookies_of(visitor.browser),
        headers={"Host": urlsplit(first).netloc},
    )
    assert (ended.status, ended.headers["Location"]) == (302, "/members/"), ended.text
    for node in (first, second):
        assert '"user": "chris"' in wire.send(node, "/members/", cookies=ended.cookies).text
