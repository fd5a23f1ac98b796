#!/bin/sh
# Builds the Haskell programs into haskell/build; with the argument `test`, builds
# their unit tests too and runs them. The programs share their objects, so that a
# module is compiled once for all; builds at the same time wait for one another.
set -eu
cd "$(dirname "$0")"

# compile NAME MAIN-MODULE FILE [OPTION]: only what has changed is compiled again.
# -rtsopts=ignoreAll: every argument is the program's own, `+RTS` too.
# -optl-s: no symbols, which are a third of a program.
# -V0: no clock in the runtime; it has nothing to time, and stopping it takes 10 ms.
compile() {
    ghc --make -v1 -package-env - -O1 -Wall -Werror -threaded -rtsopts=ignoreAll -with-rtsopts=-V0 -optl-s \
        -isrc -outputdir build/objects -main-is "$2" -o "build/$1" "$3" ${4-}
}

programs() {
    compile haskell-announcing Announcing app/Announcing.hs
    compile haskell-lazy Lazy app/Lazy.hs
    compile slow-poetry-server SlowPoetryServer app/SlowPoetryServer.hs
    compile lesson Lesson app/Lesson.hs
}

mkdir -p build/objects
exec 9>build/lock
flock 9
case "${1-}" in
    "")
        programs
        ;;
    test)
        programs
        compile unit-tests UnitTests test/UnitTests.hs -itest
        exec 9>&-
        exec build/unit-tests
        ;;
    *)
        echo "usage: $0 [test]" >&2
        exit 2
        ;;
esac
