"""Transforming poems: a server that transforms them, and clients that use it for each poem (seed parts 17 and 18).

Read the modules in this order: `transformations`, `server`, `proxy` (how a client asks), `poem` (fetch, then
transform); then the clients, which wait for many poems: `inlinecallbacks` (client 7.0), `inlinecallbacks_alone`,
`deferredlist` (client 8.0), `deferredlist_at_end`. Each program is a module to run:

    python -m slowpoetry.transform --port 10000
    python -m slowpoetry.transform.inlinecallbacks 10000 10001 10002

A request is one netstring, `NAME.POEM`; the answer is one netstring, the transformed poem. If the server cannot
answer, it closes the connection instead.
"""
