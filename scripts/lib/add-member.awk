# Adds MEMBER to the `members` of a Cargo workspace, as text: no other byte changes.
#
#   awk -v want=edit -v member=xtask -f add-member.awk Cargo.toml    the edited text
#   awk -v want=members               -f add-member.awk Cargo.toml    the members, one a line
#
# Exit codes: 0 done · 3 there is no workspace table · 4 `members` is written in a way that is not edited.
# One scanner walks over the text, so that strings, comments and arrays of several lines are told apart.

BEGIN { text = ""; at_table = 0; members_open = 0 }

{ text = text $0 "\n" }

# The position after the string that begins at P.
function skip_string(p,   quote, long) {
    quote = substr(text, p, 1)
    long = quote quote quote
    if (substr(text, p, 3) == long) {
        for (p += 3; p <= size && substr(text, p, 3) != long; p++)
            if (quote == "\"" && substr(text, p, 1) == "\\") p++
        p += 3
        while (substr(text, p, 1) == quote) p++
        return p
    }
    for (p++; p <= size && substr(text, p, 1) != quote; p++) {
        if (substr(text, p, 1) == "\n") return p
        if (quote == "\"" && substr(text, p, 1) == "\\") p++
    }
    return p + 1
}

# The position of the newline that ends the line of P.
function line_end(p) {
    while (p <= size && substr(text, p, 1) != "\n") p++
    return p
}

function line_start(p) {
    while (p > 1 && substr(text, p - 1, 1) != "\n") p--
    return p
}

function indent_of(p,   rest) {
    rest = substr(text, line_start(p), 200)
    match(rest, /^[ \t]*/)
    return substr(rest, 1, RLENGTH)
}

# Is there a newline between the two positions?
function newline_between(from, to) { return index(substr(text, from, to - from), "\n") > 0 }

# Reads the array that opens at P: where its last element ends, whether a comma follows, where it closes.
function read_array(p,   c, start) {
    open_at = p; count = 0; last_end = 0; comma_at = 0
    for (p++; p <= size; ) {
        c = substr(text, p, 1)
        if (c == "#") { p = line_end(p); continue }
        if (c == "\"" || c == "'") {
            start = p; p = skip_string(p)
            member_text[++count] = substr(text, start + 1, p - start - 2)
            last_end = p; comma_at = 0
            continue
        }
        if (c == "[" || c == "{") return 0
        if (c == ",") comma_at = p
        if (c == "]") { close_at = p; return p + 1 }
        p++
    }
    return 0
}

function splice(p, added) { text = substr(text, 1, p - 1) added substr(text, p) }

function add_element(   quoted, nl, indent, p) {
    quoted = "\"" member "\""
    nl = (text ~ /\r\n/) ? "\r\n" : "\n"
    if (count == 0) { splice(open_at + 1, quoted); return }
    if (!newline_between(last_end, close_at)) { splice(last_end, ", " quoted); return }
    indent = indent_of(last_end)
    if (!newline_between(open_at, last_end)) indent = indent "    "
    p = line_end(comma_at ? comma_at : last_end)
    if (nl == "\r\n" && substr(text, p - 1, 1) == "\r") p--
    splice(p, nl indent quoted (comma_at ? "," : ""))
    if (!comma_at) splice(last_end, ",")
}

# Walks over the document; at each line's beginning outside of values it sees headers and keys.
function walk(   p, c, line, depth, fresh) {
    table = ""; depth = 0; fresh = 1
    for (p = 1; p <= size; ) {
        c = substr(text, p, 1)
        if (fresh && depth == 0 && c !~ /[ \t\r\n]/) {
            fresh = 0
            line = substr(text, p, line_end(p) - p)
            if (c == "[") {
                sub(/[ \t]*(#.*)?\r?$/, "", line)
                gsub(/[ \t"']/, "", line)
                table = line
                if (table == "[workspace]") at_table = line_end(p)
                if (table ~ /^\[workspace\./) implied = 1
                p = line_end(p); continue
            }
            if (table == "" && line ~ /^["']?workspace["']?[ \t]*[.=]/) return 4
            if (table == "[workspace]" && line ~ /^["']?members["']?[ \t]*=/) {
                p += index(line, "=")
                while (substr(text, p, 1) ~ /[ \t]/) p++
                if (substr(text, p, 1) != "[") return 4
                if (!(p = read_array(p))) return 4
                members_open = open_at
                continue
            }
        }
        if (c == "\n") fresh = 1
        else if (c == "#") { p = line_end(p); continue }
        else if (c == "\"" || c == "'") { p = skip_string(p); continue }
        else if (c == "[" || c == "{") depth++
        else if (c == "]" || c == "}") depth--
        p++
    }
    return 0
}

END {
    size = length(text)
    status = walk()
    if (status) exit status
    if (!at_table && !implied) exit 3
    if (want == "members") {
        for (i = 1; i <= count && members_open; i++) print member_text[i]
        exit 0
    }
    nl = (text ~ /\r\n/) ? "\r\n" : "\n"
    if (members_open) add_element()
    else if (at_table) splice(at_table + 1, "members = [\"" member "\"]" nl)
    else text = text nl "[workspace]" nl "members = [\"" member "\"]" nl
    printf "%s", text
}
