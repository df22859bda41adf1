# What scripts/demo builds images with and publishes to: a docker engine, and a GitHub of this machine's own. Both are
# those of the tests (tests/src/bin/servers.rs), and end with the demo; else the engine that runs here already builds.

engine='' forge='' servers_pid='' building_pid=''
builder=almanac-demo-$$

tools() { echo "${LOCKSTEP_TOOLS:-$root/target/tools}"; }
# May be both: a forge for everybody who has gh, an engine for root.
wants_forge() { [ "$(uname)" = Linux ] && has gh && has node; }
wants_engine() { [ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] && has dockerd && has docker-registry && has docker && has curl; }

# Beside the first chapters, which leave the processors time for it.
build_servers() {
    wants_forge || wants_engine || return 0
    (cd "$root" && exec cargo build --quiet --package lockstep-tests --bin servers) >"$sandbox/servers.log" 2>&1 &
    building_pid=$!
}

# Sets engine and forge to yes or to nothing.
start_servers() {
    local words=() line why=''
    if [ -n "$building_pid" ]; then
        wait "$building_pid" || lacks "engine and forge" "their program can't be built" "cat $sandbox/servers.log"
        building_pid=''
    fi
    if wants_engine && [ -n "$registry" ]; then words+=(--engine); fi
    if wants_forge; then words+=(--forge "acme/almanac=$sandbox/remotes/almanac.git" "$GH_CONFIG_DIR"); fi
    if [ -x "$root/target/debug/servers" ] && [ ${#words[@]} -gt 0 ]; then
        mkdir -p "$sandbox/tmp"
        mkfifo "$sandbox/servers.end"
        TMPDIR=$sandbox/tmp "$root/target/debug/servers" "${words[@]}" <"$sandbox/servers.end" >"$sandbox/servers.out" 2>>"$sandbox/servers.log" &
        servers_pid=$!
        exec 9>"$sandbox/servers.end"
        while kill -0 $servers_pid 2>/dev/null && ! grep -q '^ready' "$sandbox/servers.out"; do sleep 0.1; done
        while read -r line; do
            case $line in
                'engine '*) engine=yes && export DOCKER_HOST=${line#engine } ;;
                'forge '*) forge=yes ;;
                'no engine: '*) why=${line#no engine: } ;;
                'no forge: '*) lacks "the release on GitHub" "the forge of the tests isn't here" "${line#no forge: }" ;;
            esac
        done <"$sandbox/servers.out"
    else
        lacks "the release on GitHub" "gh and its forge aren't here" "scripts/tools gh node npm emulate"
    fi
    if [ -n "$engine" ]; then link_buildx; elif [ -n "$registry" ]; then use_engine "$why"; fi
}

# docker looks for its plugins below HOME, which is the demo's.
link_buildx() {
    local plugin
    for plugin in "$(tools)/bin/docker-buildx" "$person/.docker/cli-plugins/docker-buildx"; do
        if [ -x "$plugin" ]; then
            mkdir -p "$HOME/.docker/cli-plugins"
            ln -sf "$plugin" "$HOME/.docker/cli-plugins/docker-buildx"
            break
        fi
    done
    docker buildx version >/dev/null 2>&1
}

# The engine of this machine, if it is one that reaches the registry of this machine and has BuildKit, or can have it.
use_engine() { # WHY-NONE-OF-OUR-OWN
    local image=moby/buildkit:buildx-stable-1
    export DOCKER_HOST=$person_engine
    case $(uname) in Linux) ;; *) lacks "images" "an engine in a virtual machine doesn't see the registry" "try it on Linux"; return ;; esac
    if ! docker info --format '{{.OperatingSystem}}' 2>/dev/null | grep -qv 'Docker Desktop'; then
        lacks "images" "no docker engine answers${1:+, and none can be started}" "${1:-sudo systemctl start docker}"
    elif ! link_buildx; then
        lacks "images" "docker has no buildx" "scripts/tools buildx"
    elif docker image inspect $image >/dev/null 2>&1; then
        engine=theirs
    elif timeout 60 docker pull --quiet $image >/dev/null 2>&1; then
        engine=theirs pulled=$image
    else
        lacks "images" "BuildKit can't be pulled" "docker pull $image"
    fi
    [ -n "$engine" ] || unset DOCKER_HOST
}

stop_all() {
    stop_registry
    if [ "$engine" = theirs ]; then
        docker buildx rm --force "$builder" >/dev/null 2>&1 || true
        [ -z "${pulled-}" ] || docker image rm "$pulled" >/dev/null 2>&1 || true
    fi
    [ -z "$building_pid" ] || kill "$building_pid" 2>/dev/null || true
    [ -n "$servers_pid" ] || return 0
    # They end with their stdin.
    exec 9>&-
    wait "$servers_pid" 2>/dev/null || true
    servers_pid=''
}
