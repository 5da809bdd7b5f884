"""The ways in and out: one file a flow, each from the request to the response."""
