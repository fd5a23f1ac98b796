# Sourced by `lab`: runs the lab in a container of its own, beside the containers of its servers and clients.
# The engine may run in another machine or mount namespace, so that no path of the caller is mounted.  The checkout and
# what the command line names are copied in, to the same paths; what the lab wrote is copied back.
# shellcheck shell=sh disable=SC2154

command -v docker >/dev/null || die 4 "the lab's container needs the docker command; on Debian: apt-get install -y docker-cli"
answer=$(docker version --format '{{.Server.Version}}' 2>&1) ||
    die 4 "no container engine answers, which the lab's container needs: $(echo "$answer" | tail -n 1)"

container=slow-poetry-lab-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"; docker rm --force --volumes "$container" >/dev/null 2>&1 || :' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

image=slow-poetry-lab/lab:$(cat "$root/requirements.txt" "$root/harness/in_container/Dockerfile" | cksum | tr ' ' -)
if ! docker image inspect "$image" >/dev/null 2>&1; then
    echo "lab: building the image $image, which takes some minutes" >&2
    mkdir "$scratch/context"
    cp "$root/requirements.txt" "$root/harness/in_container/Dockerfile" "$scratch/context"
    for authorities in "${PIP_CERT-}" "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /dev/null; do
        if [ -r "$authorities" ]; then break; fi
    done
    cat "$authorities" >"$scratch/context/certificates.pem"
    # With --force-rm a build that fails leaves no container.
    docker build --force-rm --tag "$image" --label slow-poetry-lab.image=lab "$scratch/context" >"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        die 4 "the lab's image could not be built; see above, and docs/in-a-container.md for what your network may need"
    }
fi

absolute() { # path, which need not exist; without . and .. if its folder exists
    case $1 in /*) path=$1 ;; *) path=$PWD/$1 ;; esac
    path=${path%/}
    folder=$(CDPATH='' cd -- "$path" 2>/dev/null && pwd) && echo "$folder" && return
    folder=$(CDPATH='' cd -- "${path%/*}/" 2>/dev/null && pwd) || folder=${path%/*}
    echo "${folder%/}/${path##*/}"
}

# The engine shows only volumes to servers and clients.
needs_volume() { # folder; the checkout is a volume
    case $1/ in / | "$root"/*) return 1 ;; esac
}

there="" # what goes in and what comes back, one path a line
back=$root/runs
line="
"
task=${1-}
option=""
set -- "$image" "$@"
for word in "$@"; do
    case $word in
        "$image") continue ;;
        "$task") if [ "$task" ]; then task="" && continue; fi ;; # a later word may be the same, as in `site --out site`
        --) there=$there$line$PWD && break ;; # then comes a program of the current folder
        --*=*) option=${word%%=*} word=${word#*=} ;;
        -*) option=$word && continue ;;
    esac
    path=$(absolute "$word")
    if [ -e "$path" ]; then there=$there$line$path; fi
    folder=$path
    case $option in
        --client | --server) ;; # somebody's work, which the lab does not change
        --out)
            back=$back$line$path folder=${path%/*}
            # What cannot be written is refused now: at the end, the evidence would be lost with the container.
            mkdir -p "$folder/" 2>/dev/null || :
            if [ -e "$path" ]; then written=$path; else written=$folder/; fi
            [ -w "$written" ] || die 2 "--out $word: $written cannot be written; choose another --out"
            ;;
        *) back=$back$line$path && [ -d "$path" ] || folder="" ;;
    esac
    if needs_volume "$folder"; then set -- --volume "$folder" "$@"; fi
    option=""
done
if needs_volume "$PWD"; then set -- --volume "$PWD" "$@"; fi

socket=/var/run/docker.sock
if [ "$(uname -s)" = Linux ]; then
    case ${DOCKER_HOST-} in unix://*) socket=${DOCKER_HOST#unix://} ;; esac
fi
terminal=""
if [ -t 0 ] && [ -t 1 ]; then terminal=--tty; fi

commit=$(git -C "$root" rev-parse HEAD 2>/dev/null) || commit=""
if [ "$commit" ] && [ "$(git -C "$root" status --porcelain)" ]; then commit="$commit changed"; fi

# Not at /var/run, which is a symbolic link in the image: some engines cannot copy into a container with such a mount
# (https://github.com/moby/moby/issues/52653).
# With the engine's process ids, the lab sees the cost of its clients, and whether the owner of a container still lives.
# With its network, a port of the lab (`serve`, `demo --web`) is one of the engine's machine: on Linux, of this one.
docker create --interactive $terminal --name "$container" --label "slow-poetry-lab.lab=$container" --pid host \
    --network host \
    --env SLOW_POETRY_LAB_CONTAINER="$container" --env SLOW_POETRY_LAB_JOBS --env COLUMNS --env NO_COLOR --env CI \
    --env SLOW_POETRY_LAB_COMMIT="$commit" --env OPENBLAS_NUM_THREADS \
    --volume "$socket:/run/docker.sock" --volume "$root" --volume /tmp --workdir "$PWD" \
    --env PYTHONPATH="$root:$root/python" "$@" >/dev/null || die 4 "the lab's container could not be made"

send() { # path and options of tar
    COPYFILE_DISABLE=1 tar -C / "$@" -cf - | docker cp - "$container:/" 2>"$scratch/log" ||
        die 4 "files could not be copied into the lab's container: $(tail -n 1 "$scratch/log")"
}
send --exclude .git --exclude .venv --exclude __pycache__ --exclude build --exclude _build --exclude dist-newstyle \
    --exclude "${root#/}/runs" "${root#/}"
while read -r path; do
    if [ -d "$path" ]; then path=$path/.; fi # of a symbolic link what it points to
    if [ "$path" ]; then send "${path#/}"; fi
done <<END
$there
END

# In the background, because a shell that waits for another program does not act on signals.
exec 8<&0
if [ "$terminal" ]; then
    docker start --attach --interactive "$container" <&8 &
else
    # While this shell lives, the standard input of the lab's container stays open.
    mkfifo "$scratch/life"
    docker start --attach --interactive "$container" <"$scratch/life" &
    exec 9>"$scratch/life"
fi
attached=$!
pass_on() { # signal, which a container takes only once it runs
    until docker kill --signal "$1" "$container" >/dev/null 2>&1 || ! kill -0 $attached 2>/dev/null; do sleep 0.2; done
}
trap 'pass_on INT' INT
trap 'pass_on TERM' TERM
trap 'pass_on HUP' HUP
rm -rf "$scratch"
while kill -0 $attached 2>/dev/null; do wait $attached || :; done
trap '' HUP INT TERM
state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$container") || die 4 "the lab's container is gone"
case $state in exited*) ;; *) die 4 "the lab's container could not be started" ;; esac

while read -r path; do
    [ -d "${path%/*}/" ] || continue
    said=$(docker cp "$container:$path" "${path%/*}/" 2>&1) || case $said in
        *"not find"* | *"o such"*) ;;
        *) # the other paths are copied all the same
            echo "lab: $path could not be copied out of the lab's container: $said" >&2
            state="exited 4"
            ;;
    esac
done <<END
$back
END
exit "${state#exited }"
