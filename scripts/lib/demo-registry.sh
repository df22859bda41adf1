# The registry of scripts/demo: a real one on this machine, if its program is here, and what takes part besides.

PATH=$sandbox/bin:$PATH:/usr/sbin:/sbin
mkdir -p "$sandbox/bin"
missing=''

# Notes what can't take part, with the command that brings it.
lacks() { # WHAT WHY COMMAND
    missing="$missing$(printf '  %-38s  %s: %s' "$1" "$2" "$3")"$'\n'
}
left_out() {
    [ -z "$registry$forge" ] || printf '\nWhat the demo started has ended: %s. Another release needs them again.\n' "$(started)"
    [ -z "$missing" ] || printf '\nLeft out on this machine:\n%s' "$missing"
}
started() { echo "${registry:+registry}${engine:+, engine}${forge:+, forge}" | sed 's/^, //'; }
has() { command -v "$1" >/dev/null 2>&1; }

# Sets helm, registry (HOST:PORT) and login to yes or to nothing.
look_around() {
    local tools=${LOCKSTEP_TOOLS:-$root/target/tools} name
    helm='' registry='' login=''
    for name in helm4 helm3; do
        if ! has helm && [ -x "$tools/bin/$name" ]; then ln -s "$tools/bin/$name" "$sandbox/bin/helm"; fi
    done
    if has helm; then helm=yes; else lacks "the chart's archive, pages, registry" "helm isn't here" "scripts/tools helm3"; fi
    if ! has docker-registry; then
        lacks "the image and its gate" "docker-registry isn't here" "scripts/tools docker-registry"
    elif ! has docker; then
        lacks "the image and its gate" "docker (the command alone will do) isn't here" "scripts/tools docker"
    elif ! has curl; then
        lacks "the image and its gate" "curl isn't here, and plays the part of CI" "apt-get install curl"
    else
        if has htpasswd; then login=yes; else lacks "the login" "htpasswd isn't here" "scripts/tools htpasswd"; fi
        start_registry || lacks "the image and its gate" "the registry didn't start" "cat $sandbox/registry/log"
    fi
}

start_registry() { # [PORT]
    local port try
    mkdir -p "$sandbox/registry"
    for try in 1 2 3 4 5; do
        port=${1-$((20000 + RANDOM % 20000))}
        {
            echo 'version: 0.1'
            echo "storage: {filesystem: {rootdirectory: \"$sandbox/registry/data\"}, maintenance: {uploadpurging: {enabled: false}}}"
            echo "http: {addr: \"127.0.0.1:$port\"}"
            if [ -n "$login" ]; then
                htpasswd -B -b -n ada almanac 2>/dev/null >"$sandbox/registry/users"
                echo "auth: {htpasswd: {realm: demo, path: \"$sandbox/registry/users\"}}"
            fi
        } >"$sandbox/registry/config.yml"
        OTEL_TRACES_EXPORTER=none docker-registry serve "$sandbox/registry/config.yml" >"$sandbox/registry/log" 2>&1 9>&- &
        registry_pid=$!
        for _ in $(seq 50); do
            kill -0 $registry_pid 2>/dev/null || break
            if curl -s -o "$sandbox/registry/answer" "http://127.0.0.1:$port/v2/"; then
                registry=127.0.0.1:$port
                return 0
            fi
            sleep 0.1
        done
        stop_registry
    done
    return 1
}
stop_registry() {
    [ -n "${registry_pid-}" ] || return 0
    kill "$registry_pid" 2>/dev/null || true
    wait "$registry_pid" 2>/dev/null || true
    registry_pid=''
}

# What CI does when it sees a tag: an image for two platforms. It has no files, for a registry it is one all the same.
build_image() { # NAME TAG
    local platform manifests=''
    for platform in amd64 arm64; do
        printf '{"architecture":"%s","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' $platform >"$sandbox/registry/blob"
        put_blob "$1"
        printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s","size":%s,"digest":"%s"},"layers":[]}' \
            application/vnd.oci.image.manifest.v1+json application/vnd.oci.image.config.v1+json \
            "$(size "$sandbox/registry/blob")" "$(digest "$sandbox/registry/blob")" >"$sandbox/registry/manifest"
        put_manifest "$1" "$(digest "$sandbox/registry/manifest")" application/vnd.oci.image.manifest.v1+json
        manifests="$manifests,$(printf '{"mediaType":"%s","size":%s,"digest":"%s","platform":{"os":"linux","architecture":"%s"}}' \
            application/vnd.oci.image.manifest.v1+json "$(size "$sandbox/registry/manifest")" "$(digest "$sandbox/registry/manifest")" $platform)"
    done
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}' application/vnd.oci.image.index.v1+json "${manifests#,}" >"$sandbox/registry/manifest"
    put_manifest "$1" "$2" application/vnd.oci.image.index.v1+json
}
digest() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }
size() { wc -c <"$1" | tr -d ' '; }
ask() { curl -sf -u ada:almanac "$@"; }
put_blob() { # NAME
    local place
    place=$(ask -i -X POST -H 'Content-Length: 0' "http://$registry/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    ask -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$sandbox/registry/blob" "$place&digest=$(digest "$sandbox/registry/blob")"
}
put_manifest() { # NAME REFERENCE TYPE
    ask -X PUT -H "Content-Type: $3" --data-binary "@$sandbox/registry/manifest" "http://$registry/v2/$1/manifests/$2"
}
