#!/bin/sh
# Builds the Haskell programs into haskell/build. With the argument `test` it also
# builds their unit tests and runs them. The programs share their object files, so
# each module is compiled once. If another build is running, this one waits for it.
set -eu
cd "$(dirname "$0")"

# What each option is for stands in slow-poetry.cabal and cabal.project, which have
# the same ones; a test compares them.
options="-XHaskell2010 -Wall -threaded -rtsopts=ignoreAll -Werror"
runtime="-V0 -kc4k"

# compile NAME MAIN-MODULE FILE [OPTION]: only what has changed is compiled again.
# -package-env -: the user's own package environment does not count.
# -optl-s: no symbols, which are a third of a program.
compile() {
    # shellcheck disable=SC2086
    ghc --make -v1 -package-env - -O1 $options -with-rtsopts="$runtime" -optl-s \
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
        # The tests run the programs, and find them on the PATH.
        PATH=$PWD/build:$PATH
        export PATH
        exec unit-tests
        ;;
    *)
        echo "usage: $0 [test]" >&2
        exit 2
        ;;
esac
