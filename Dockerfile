# The lab's images: one stage for each language.  Toolchains come before code, so that a changed client does not reinstall
# them.  Every image has the layout of the checkout in /lab, so that a client's command is the same everywhere, and holds
# its runtime's version in /lab/VERSION.
ARG BASE=debian:trixie-slim

# Twisted without TLS, as pip also installs it: the poems are not encrypted, and loading TLS takes a quarter of a Twisted
# client's start.
FROM ${BASE} AS python
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-trio python3-twisted \
    && rm -rf /var/lib/apt/lists/* /usr/lib/python3/dist-packages/OpenSSL
WORKDIR /lab
ENV PYTHONPATH=/lab/python
RUN python3 -c "import platform, twisted; print(platform.python_version(), 'with Twisted', twisted.__version__)" > VERSION
COPY python/slowpoetry python/slowpoetry
RUN python3 -m compileall -q python

FROM ${BASE} AS erlang
RUN apt-get update && apt-get install -y --no-install-recommends erlang-base \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /lab
RUN cat /usr/lib/erlang/releases/*/OTP_VERSION > VERSION
COPY erlang erlang
RUN escript erlang/build.escript

FROM ${BASE} AS haskell-build
RUN apt-get update && apt-get install -y --no-install-recommends ghc libghc-network-dev libghc-async-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /lab
RUN ghc --numeric-version > VERSION
COPY haskell haskell
RUN sh haskell/build.sh
# So that `./lab clean --images` finds it.
LABEL slow-poetry-lab.image=haskell-build

FROM ${BASE} AS haskell
RUN apt-get update && apt-get install -y --no-install-recommends libgmp10 libnuma1 libffi8 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /lab
COPY --from=haskell-build /lab/VERSION VERSION
COPY --from=haskell-build /lab/haskell/build/haskell-announcing /lab/haskell/build/haskell-lazy \
    /lab/haskell/build/slow-poetry-server /lab/haskell/build/lesson haskell/build/
