//! Python: what a locator hits, how a value is written, and what is refused.

use super::FORMAT;
use crate::locate::lines::testing;

#[track_caller]
fn check(text: &str, locator: &str, expected: &[&str]) {
    testing::check(&FORMAT, text, locator, expected);
}

const CONST: &str = "\"\"\"Constants: é 🚀\nMAJOR_VERSION = 1\n\"\"\"\nfrom typing import Final\n\n\
    MAJOR_VERSION: Final = 2022\nMINOR_VERSION: Final = 5\nPATCH_VERSION: Final = \"0.dev0\"\n\
    __short_version__: Final = f\"{MAJOR_VERSION}.{MINOR_VERSION}\"\n\
    __version__: Final = f\"{__short_version__}.{PATCH_VERSION}\"\n\
    REQUIRED_PYTHON_VER: Final[tuple[int, int, int]] = (3, 9, 0)\n";

#[test]
fn constants() {
    check("VERSION = '1.5.0'\n", "VERSION", &["1.5.0"]);
    check("VERSION = \"1.16.0\"\n", "VERSION", &["1.16.0"]);
    check("VERSION = '1.0.10.2'  # four 'parts'\n", "VERSION", &["1.0.10.2"]);
    check("default_app_config = 'a.B'\n\n__version__ = \"0.10.1\"\n", "__version__", &["0.10.1"]);
    check(CONST, "MAJOR_VERSION", &["2022"]);
    check(CONST, "MINOR_VERSION", &["5"]);
    check(CONST, "PATCH_VERSION", &["0.dev0"]);
    check("HASSIO_VERSION = '0.76'\nSUPERVISOR_VERSION = \"208\"\n", "SUPERVISOR_VERSION", &["208"]);
    check("VERSION=\t\"1.0\";x=1\n", "VERSION", &["1.0"]);
    check("__version__ = version = '1.0'\n", "version", &["1.0"]);
    check("VERSION = ''\n", "VERSION", &[""]);
    check("V = '1'\nV = '2'\n", "V", &["1", "2"]);
    check("x = 'it' \\\n  'V'\nV = '1'\n", "V", &["1"]);
    check("é = '1.0'\n", "é", &["1.0"]);
    check("V: \"a\" = 1.5\n", "V", &["1.5"]);
    check("V: 'a=b' = 1.5\nW: 'a ='''.x\"\nV = '1'\n", "V", &["1.5", "1"]);
}

#[test]
fn only_the_margin_of_the_module_counts() {
    check("if x:\n    V = '1'\nclass A:\n\tV = '2'\n V = '3'\n", "V", &[]);
    check("\"\"\"\nV = '1'\n\"\"\"\nr'''\nV = '2'\n\\'''\nV = '3'\n'''\n", "V", &[]);
    check("\"\"\"one line\"\"\"\nV = '1'\n", "V", &["1"]);
    check("x = '''a''' '''\nV = '0'\n'''\nV = '1'\n", "V", &["1"]);
    check("f(\nV = '0'\n)\nx = {\n'''}''':\n[\nV='0'\n]}\nV = '1'\n", "V", &["1"]);
    check("# it's (\nx = \"#(\" # (\nV = '1'\n", "V", &["1"]);
    check("x = 1 + \\\nV = '0'\nV = '1'\n", "V", &["1"]);
    check("x = 'open\nV = '1'\n", "V", &["1"]);
    check("V == '1'\nV += '1'\nV.x = '1'\nV['x'] = '1'\nVV = '1'\nV: str\nV: str # = '1'\nV\n", "V", &[]);
    check("V = other\nV = None\nV = -1\nV =\n", "V", &[]);
}

#[test]
fn elements_of_tuples_and_lists() {
    check("VERSION = (1, 2, 3)\n", "VERSION[0]", &["1"]);
    check("VERSION: tuple[int, ...] = [\n  1, # major (\n  2,\n  'rc1',\n]\n", "VERSION[2]", &["rc1"]);
    check(CONST, "REQUIRED_PYTHON_VER[1]", &["9"]);
    check("VERSION = ((9, 9), 2)\n", "VERSION[1]", &["2"]);
    check("VERSION = (1, 2)\n", "VERSION[2]", &[]);
    check("VERSION = (1, 2)\n", "VERSION", &[]);
}

#[test]
fn keywords_of_calls() {
    let setup = "from setuptools import setup\n\nsetup(\n    name=\"home-assistant-frontend\",\n    \
        version=\"20190424.0\",\n    url = 'x', package_data=dict(version='1'),\n    # version='2'\n)\n";
    check(setup, "setup.version", &["20190424.0"]);
    check(&setup.replace("setup(", "setuptools.setup("), "setup.version", &["20190424.0"]);
    check(&setup.replace("setup(", "setuptools.setup ("), "setuptools.setup.version", &["20190424.0"]);
    check(&setup.replace("setup(", "mysetup("), "setup.version", &[]);
    check(&setup.replace("\",\n", "\"  # here,\n  ,\n"), "setup.version", &["20190424.0"]);
    check("setup(a, version='1')\n", "setup.version", &["1"]);
    check("setup(x==version, version=='1')\n", "setup.version", &[]);
    check("def setup(version='1'):\n    pass\n", "setup.version", &[]);
}

#[test]
fn what_is_more_than_a_literal_is_refused() {
    for value in [
        "r'1'",
        "b\"1\"",
        "f'{x}'",
        "u'1'",
        "Rb'1'",
        "'\\x31'",
        "'''1'''",
        "'a' 'b'",
        "'%s' % x",
        "1 + 1",
        "'1', '2'",
        "'1' \\\n '2'",
        "'open",
        "'1'.strip()",
        "1e-5",
        "'1')",
    ] {
        testing::refuses(&FORMAT, &format!("V = {value}\n"), "V", "`text`");
    }
    testing::refuses(&FORMAT, "setup(version='1'\n  '2')\n", "setup.version", "`text`");
    testing::refuses(&FORMAT, "V = (r'1', 2)\n", "V[0]", "`text`");
}

#[test]
fn values() {
    for value in ["1'", "\\", "1\n", "1\r"] {
        testing::bad_value(&FORMAT, "V = '1'\n", "V", value);
    }
    for value in ["", "x", "08", "-1", "1.5", "0.dev0", "1 "] {
        testing::bad_value(&FORMAT, "V = 2022\n", "V", value);
    }
    for value in ["2022.10", "2022", "2022.", ".5", "2022.5.1"] {
        testing::bad_value(&FORMAT, "V = 2022.5\n", "V", value);
    }
    testing::encodes(&FORMAT, "V = 2022.5\r\n", "V", "2022.6", "V = 2022.6\r\n");
    testing::encodes(&FORMAT, "V = '1'\r\n", "V", "é\"", "V = 'é\"'\r\n");
}

#[test]
fn locators() {
    for bad in ["", "a b", "1a", ".a", "a.", "a[", "a[]", "a[x]", "a[01]", "a = 1", "a[-1]", "[0]"] {
        testing::bad_locator(&FORMAT, bad);
    }
}

#[test]
fn any_text_is_survived() {
    let pieces = [
        "V = ", "V = '1'", "\"\"\"", "'''", "f(", ")", "[", ",", "v=1", "V: ", "r\"", "V = (", "f(a:,", "a:,",
        "\\\r\n", "V=",
    ];
    testing::torture(&FORMAT, &["V", "f.v", "V[1]"], &pieces);
}
