# A week of scripts/demo: the branch is cut on Monday, the release made on Wednesday, and the power fails in between.

# Says how the almanac is released, with what this machine has.
configure_release() {
    chapter "7. How it is released: in the same file, with what this machine has"
    look_around
    cp release-config/release.toml "$sandbox/where.toml"
    write_how
    sed -n '/^\[branch\]/,$p' release-config/release.toml
    put CHANGELOG.md <<'MD'
# Changelog

## 1.5.0 - 2026-06-24

- Moons rise where you are.
MD
    # `deploy/` is a folder of the almanac.
    put production/deploy <<'SH'
#!/bin/sh
# production/deploy VERSION puts a version into production; with --is it looks whether it is there.
if [ "$1" = --is ]; then grep -qx "$2" "$HOME/production" 2>/dev/null; else echo "$1" >>"$HOME/production"; fi
SH
    chmod +x production/deploy
    commit "Say how the almanac is released"
    git push -q
}

# Writes the configuration: where the versions stand, and how they are released.
write_how() {
    {
        cat "$sandbox/where.toml"
        cat <<'TOML'

# ---- How it is released ----

[branch]
name = "release-{app}"          # cut on Monday …

[freeze]
marks = ["Fixes:"]              # … and from then on a commit says which bug it fixes

[changelog]
notes = "release-config/notes/{app}.md"   # a person writes it; it becomes the changelog's section
commit = "Changelog version {app}"

[command.deploy]                # our own production first, while nothing is public
argv = ["production/deploy", "{app}"]
done = ["production/deploy", "--is", "{app}"]
when = "prepared"
TOML
        images_of_release
        [ -z "$registry" ] || cat <<TOML

[[registry]]
host = "$registry"
login = $([ -n "$login" ] && echo 'true                    # looked at before anything starts; no password is read' || echo false)
TOML
        [ -z "$helm" ] || cat <<TOML

[[chart]]                       # packaged once; that archive is what is published everywhere
repo = "charts"
path = "charts/almanac"
pages = "gh-pages"
url = "https://acme.github.io/charts"
TOML
        [ -z "$helm" ] || [ -z "$registry" ] || echo "oci = [\"oci://$registry/charts\"]"
        [ -z "$forge" ] || cat <<'TOML'

[forge]                         # a draft until everything is in it; then it is published, whole
repository = "acme/almanac"
title = "Almanac {app}"
checksums = "SHA256SUMS"

[[asset]]
path = "install.sh"             # as it is in the tag
TOML
    } >release-config/release.toml
}

images_of_release() {
    local part
    [ -n "$registry" ] || return 0
    if [ -z "$engine" ]; then
        cat <<TOML

[[image]]                       # CI builds it from the tag; no chart names it before everybody can pull it
name = "acme/almanac-web"
registries = ["$registry"]
tags = ["v{app}"]
platforms = ["linux/amd64", "linux/arm64"]
wait = "0s"                     # a demo looks once
TOML
        return
    fi
    for part in web tides; do
        cat <<TOML

[[image]]                       # built from the tag, pushed by digest; the names come last
name = "acme/almanac-$part"
dockerfile = "images/$part.Dockerfile"
args = { VERSION = "{app}" }
registries = ["$registry"]
tags = ["v{app}"]
channels = ["latest"]           # moves forward only
platforms = ["linux/amd64", "linux/arm64"]
TOML
    done
    cat <<TOML

[builder]                       # made if it isn't there
name = "$builder"
options = ["network=host"]      # the registry is this machine's own
TOML
}

# A commit that a colleague pushes to a branch of the app.
colleague() { # BRANCH SUBJECT BODY FILE
    [ -d "$sandbox/colleague" ] || git clone -q "$sandbox/remotes/almanac.git" "$sandbox/colleague"
    (
        cd "$sandbox/colleague"
        git config user.name "Grace Ephemeris"
        git config user.email grace@example.com
        git fetch -q
        git checkout -q -B "$1" "origin/$1"
        mkdir -p "$(dirname "$4")"
        echo "$2" >>"$4"
        git add -A
        git commit -q -m "$2" -m "$3"
        git push -q origin "$1"
    )
    printf '%s* Grace pushes to %s: %s%s\n' "$dim" "$1" "$2" "$plain"
}

monday() {
    chapter "8. Monday: the release branch is cut at the remote; this checkout stays as it is"
    colleague main "Show eclipses on the map (#41)" "" web/map.js
    must cargo xtask branch --yes
    colleague release-1.6.0 "Count the tides of leap days" "Fixes: #44" tides/leap.py
    colleague main "Draw comets (#45)" "" web/comets.js

    chapter "9. What is in it? A person writes the notes"
    must cargo xtask notes
    put release-config/notes/1.6.0.md <<'MD'
### Added

- Eclipses are on the map.

### Fixed

- Leap days have tides.
MD
    echo "(written: release-config/notes/1.6.0.md)"
}

# Makes the release, or goes on with it. The plan that `run` shows first was seen already; what a build says isn't shown.
release() { # COMMAND…
    last_code=0
    printf '\n%salmanac$ cargo xtask run --yes%s\n' "$cyan" "$plain"
    { "${@:-cargo}" xtask run --yes 2>&1 | sed -En '/^  #[0-9]/d;/^(\[|whole|error)/,$p'; } 2>/dev/null || last_code=$?
    [ $last_code = 0 ] || printf '%s(exit code %s)%s\n' "$dim" $last_code "$plain"
}

wednesday() {
    chapter "10. Wednesday: the whole release on one page. Nothing is changed by looking at it"
    if [ -n "$login" ]; then
        run cargo xtask run --yes --quiet
        [ "$last_code" = 4 ] || { echo "error: the missing login was not found" >&2; exit 3; }
        printf '\n%s$ docker login --username ada %s%s\n' "$cyan" "$registry" "$plain"
        echo almanac | docker login --username ada --password-stdin "$registry" 2>/dev/null
    fi
    must cargo xtask plan

    if [ -n "$registry" ]; then
        chapter "11. Run it: the chart waits for the image, and the image for the tag that CI builds it from"
        release
        [ "$last_code" = 5 ] || { echo "error: the image was not waited for" >&2; exit 3; }
        printf '%s* the tag is public now: CI sees it, and builds the image%s\n' "$dim" "$plain"
        build_image acme/almanac-web v1.6.0
    fi

    chapter "The power fails: kill -9 in the moment in which the charts' server has taken the push, and nobody heard it"
    put "$sandbox/remotes/charts.git/hooks/post-receive" <<SH
#!/bin/sh
kill -9 \$(cat "$sandbox/pid")
SH
    chmod +x "$sandbox/remotes/charts.git/hooks/post-receive"
    # cargo becomes the program that it runs: the number stays.
    release sh -c 'echo $$ >"$0" && exec cargo "$@"' "$sandbox/pid"
    rm "$sandbox/remotes/charts.git/hooks/post-receive"
    [ "$last_code" = 137 ] || { echo "error: the release was not killed" >&2; exit 3; }

    chapter "And the same command again: what is there is seen, what is missing is done"
    release
    [ "$last_code" = 0 ] || { echo "error: the release did not go on" >&2; exit 3; }
    must cargo xtask status
    run git -C ../remotes/charts.git log --oneline --decorate --all -n 6
    if [ -n "$registry" ] && [ -n "$helm" ]; then
        run helm show chart "oci://$registry/charts/almanac" --version 0.31.4 --plain-http
    fi
}
