# The week after in scripts/demo: images for two platforms and a release on GitHub, with a registry that goes down.

week_after() {
    start_servers
    [ -n "$engine$forge" ] || return 0
    chapter "The week after. What people download is published too${engine:+: images for two platforms}${forge:+; a release on GitHub}"
    must git pull -q --ff-only
    must git merge -q -m "Merge release 1.6.0" origin/release-1.6.0
    write_dockerfiles
    write_how
    run git diff --unified=0 release-config/release.toml
    commit "Publish images and a page" && git push -q
    must cargo xtask branch --yes
    colleague release-1.7.0 "Comets have tails" "Fixes: #51" web/comets.js
    put release-config/notes/1.7.0.md <<'MD'
### Added

- Comets are on the map, tails and all.
MD
    echo "(written: release-config/notes/1.7.0.md)"
    printf '\n%salmanac$ cargo xtask plan | grep "^to do"%s\n' "$cyan" "$plain"
    cargo xtask plan | grep '^to do'
    if [ -n "$engine" ]; then registry_goes_down; else image_of_ci; fi
    release
    [ "$last_code" = 0 ] || { echo "error: the release did not go on" >&2; exit 3; }
    read_back
    chapter "And once more the same command: everything is there, nothing is built, pushed or asked for twice"
    release
    [ "$last_code" = 0 ] || { echo "error: the release is not whole" >&2; exit 3; }
}

# Two small images, for machines that understand different programs.
write_dockerfiles() {
    local part platform
    [ -n "$engine" ] || return 0
    for part in web tides; do
        for platform in amd64 arm64; do put "bin/$part-$platform" <<<"what runs on $platform"; done
        put "images/$part.Dockerfile" <<DOCKER
FROM scratch
ARG VERSION
ARG TARGETARCH
ENV VERSION=\$VERSION
COPY bin/$part-\$TARGETARCH /usr/bin/almanac-$part
DOCKER
    done
}

registry_goes_down() {
    chapter "The registry goes down in the moment in which the tag is public"
    put "$sandbox/remotes/almanac.git/hooks/post-receive" <<SH
#!/bin/sh
if grep -q refs/tags/; then kill -9 $registry_pid; fi
SH
    chmod +x "$sandbox/remotes/almanac.git/hooks/post-receive"
    release
    rm "$sandbox/remotes/almanac.git/hooks/post-receive"
    [ "$last_code" = 3 ] || { echo "error: the release did not stop" >&2; exit 3; }
    stop_registry
    [ -z "$forge" ] || show_releases "what GitHub has: a draft that nobody sees"
    start_registry "${registry##*:}" || { echo "error: the registry did not start again" >&2; exit 3; }
    chapter "It is up again. The digests that it has are named, none is built again; then the draft becomes the release"
}

image_of_ci() {
    [ -n "$registry" ] || return 0
    release
    [ "$last_code" = 5 ] || { echo "error: the image was not waited for" >&2; exit 3; }
    build_image acme/almanac-web v1.7.0
}

show_releases() { # WHY
    printf '\n%s* %s%s\n' "$dim" "$1" "$plain"
    run gh api repos/acme/almanac/releases --jq '.[] | "\(.tag_name) draft: \(.draft), \(.assets | length) assets"'
}

# By readers that have nothing to do with Lockstep.
read_back() {
    chapter "What is there, read by others"
    if [ -n "$engine" ]; then
        read_images
    fi
    [ -z "$forge" ] || run gh api repos/acme/almanac/releases/latest --jq '"\(.name), draft: \(.draft)", (.assets[] | "\(.name) \(.digest)"), .body'
}

read_images() {
    local tag reader
    reader=$(tools)/bin/regctl
    if [ -x "$reader" ]; then
        ln -sf "$reader" "$sandbox/bin/regctl"
        export REGCTL_CONFIG=$sandbox/regctl.json
        printf '{"hosts": {"%s": {"tls": "disabled", "user": "ada", "pass": "almanac"}}}\n' "$registry" >"$REGCTL_CONFIG"
        for tag in v1.7.0 latest; do run regctl --verbosity error image digest "$registry/acme/almanac-web:$tag"; done
        run regctl --verbosity error manifest get "$registry/acme/almanac-web:latest" --format '{{range .Manifests}}{{.Platform}} {{.Digest}}{{"\n"}}{{end}}'
        run regctl --verbosity error image config "$registry/acme/almanac-web:latest" --platform linux/arm64 --format '{{index .Config.Labels "org.opencontainers.image.revision"}}'
        run git -C ../remotes/almanac.git rev-parse "v1.7.0^{commit}"
    elif has skopeo; then
        for tag in v1.7.0 latest; do
            run skopeo inspect --tls-verify=false --creds ada:almanac --format '{{.Digest}} {{.Labels}}' "docker://$registry/acme/almanac-web:$tag"
        done
    else
        lacks "another reader of the images" "neither regctl nor skopeo is here" "scripts/tools regctl"
    fi
}
