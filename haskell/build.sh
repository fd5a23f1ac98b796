#!/bin/sh
# Builds the Haskell clients into haskell/build; with the argument `test`, builds
# and runs their unit tests instead. Each program has objects of its own, so
# that builds of the clients and of the tests never meet.
set -eu
cd "$(dirname "$0")"

# compile NAME MAIN [SOURCE-FOLDER]: only what has changed is compiled again.
# -rtsopts=ignoreAll: every argument is the client's own, `+RTS` too.
# -V0: no clock in the runtime; it has nothing to time, and stopping it takes 10 ms.
compile() {
    mkdir -p "build/objects/$1"
    ghc --make -v1 -package-env - -O1 -Wall -Werror -threaded -rtsopts=ignoreAll -with-rtsopts=-V0 \
        -isrc${3:+":$3"} -outputdir "build/objects/$1" -o "build/$1" "$2"
}

case "${1-}" in
    "")
        compile haskell-announcing app/Announcing.hs
        compile haskell-lazy app/Lazy.hs
        ;;
    test)
        compile unit-tests test/Main.hs test
        exec build/unit-tests
        ;;
    *)
        echo "usage: $0 [test]" >&2
        exit 2
        ;;
esac
