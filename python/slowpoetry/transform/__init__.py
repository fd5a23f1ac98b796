"""Poems in other clothes: a server that transforms them, and clients that have each poem transformed (parts 17, 18).

Read them in this order: `transformations`, `server`, `proxy` (how a client asks), `poem` (fetch, then transform);
then what waits for many: `inlinecallbacks` (client 7.0), `inlinecallbacks_alone`, `deferredlist` (client 8.0),
`deferredlist_at_end`. Every client is a module to run:

    python -m slowpoetry.transform --port 10000
    python -m slowpoetry.transform.inlinecallbacks 10000 10001 10002

A request is one netstring, `NAME.POEM`; the answer is one netstring, the transformed poem. A server that has no
answer closes the connection instead.
"""
