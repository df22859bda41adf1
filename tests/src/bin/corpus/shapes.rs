//! The dozen shapes of manifests in the corpus, each with lines that must follow and lines that must stay.
//!
//! In a body `@V` is the version, `@1` `@2` `@3` are its numbers; a line that begins with `@trap ` is there in some
//! files only and holds the same version for another thing; `@fill TEXT` becomes as many lines as the size asks for,
//! with `%` counted and `~` a word.

/// One kind of manifest.
pub struct Shape {
    /// The file's name: what globs find it by.
    pub file: &'static str,
    /// Its lines.
    pub body: &'static str,
    /// Its entries in `release.toml`.
    pub entries: &'static str,
    /// How many places follow the version.
    pub places: usize,
    /// For the peers: how each place is searched (a regular expression with `@V` for a version), in the order of the
    /// file; none where they cannot express it.
    pub search: &'static [&'static str],
}

/// All shapes.
pub const SHAPES: &[Shape] = &[
    Shape {
        file: "Chart.yaml",
        body: "apiVersion: v2\nname: web\n# The version of the chart itself.\nversion: @V\nappVersion: \"v@V\"\n\
            annotations:\n@fill   example.com/note-%: ~ and ~\ndependencies:\n  - name: store\n    version: 8.6.1\n\
            @trap   - name: queue\n@trap     version: @V\n    repository: https://charts.example.com\n",
        entries: "yaml.version = \"{app}\"\nyaml.appVersion = \"v{app}\"\n",
        places: 2,
        search: &["^version: @V", "^appVersion: \"v@V\""],
    },
    Shape {
        file: "values.yaml",
        body: "# -- Default values.\nimage:\n  repository: acme/web\n  tag: release-@V # the release that is rolled out\n\
            exporter:\n  repository: example/exporter\n  tag: v0.10.5\n@trap sidecar:\n@trap   tag: release-@V\n\
            settings:\n@fill   key-%: ~ # about ~\n",
        entries: "yaml.\"image.tag\" = \"release-{app}\"\n",
        places: 1,
        search: &["^  tag: release-@V # the"],
    },
    Shape {
        file: "compose.yml",
        body: "services:\n  web:\n    image: acme/web:@V\n    environment:\n@fill       KEY_%: ~\n  worker:\n\
            \x20   image: acme/worker:v@V-cluster\n  admin:\n    image: acme/admin:@V\n  store:\n\
            \x20   image: example/store:10.4.2\n@trap   queue:\n@trap     image: example/queue:@V\n",
        entries: "yaml.\"services.web.image\" = \"acme/web:{app}\"\n\
            yaml.\"services.worker.image\" = \"acme/worker:v{app}-cluster\"\n\
            yaml.\"services.admin.image\" = \"acme/admin:{app}\"\n",
        places: 3,
        search: &["acme/web:@V", "acme/worker:v@V", "acme/admin:@V"],
    },
    Shape {
        file: "package.json",
        body: "{\n  \"name\": \"@acme/web\",\n  \"version\": \"@V\",\n  \"private\": true,\n  \"dependencies\": {\n\
            @fill     \"~-%\": \"^3.2.1\",\n@trap     \"@acme/other\": \"@V\",\n    \"last\": \"1.0.0\"\n  }\n}\n",
        entries: "json.version = \"{app}\"\n",
        places: 1,
        search: &["\"version\": \"@V\""],
    },
    Shape {
        file: "Cargo.toml",
        body: "[package]\nname = \"web\"\nversion = \"@V\"\nedition = \"2021\"\n\n[dependencies]\n\
            @fill ~-% = { version = \"2.1\", features = [\"~\"] }\n@trap other = \"@V\"\nlast = \"1\"\n",
        entries: "toml.\"package.version\" = \"{app}\"\n",
        places: 1,
        search: &["^version = \"@V\""],
    },
    Shape {
        file: "pyproject.toml",
        body: "[build-system]\nrequires = [\"setuptools>=60\"]\n\n[project]\nname = \"web\"\nversion     = \"@V\"\n\
            dependencies = [\n@fill   \"~-%>=2.0\", # needs ~\n@trap   \"other==@V\",\n]\n",
        entries: "toml.\"project.version\" = \"{app}\"\n",
        places: 1,
        search: &["^version     = \"@V\""],
    },
    Shape {
        file: "web.spec",
        body: "Name: web\nVersion: @V\nRelease: 1\nSummary: A web application\nURL: https://example.com/v%{version}/web\n\
            \n%description\n@fill About ~ and ~, part %.\n\n%changelog\n@trap * Mon May 13 2024 A Person <a@example.com>\n\
            @trap - Updated to version @V\n",
        entries: "spec.Version = \"{app}\"\n",
        places: 1,
        search: &["^Version: @V"],
    },
    Shape {
        file: "const.py",
        body: "\"\"\"Constants.\"\"\"\nfrom typing import Final\n\nMAJOR_VERSION: Final = @1\nMINOR_VERSION: Final = @2\n\
            PATCH_VERSION: Final = \"@3\"\n@trap REQUIRED: Final = \"@V\"\n\n@fill CONF_%: Final = \"~_~\"  # about ~\n",
        entries: "python.MAJOR_VERSION = \"{app.major}\"\npython.MINOR_VERSION = \"{app.minor}\"\n\
            python.PATCH_VERSION = \"{app.patch}\"\n",
        places: 3,
        search: &[],
    },
    Shape {
        file: "Dockerfile",
        body: "FROM example/base:3.19\nARG VERSION=@V\nLABEL maintainer=\"a@example.com\"\n\
            @fill RUN install-%  ~ --with ~\n@trap COPY --from=example/other:@V /bin/other /bin/\nCMD [\"web\"]\n",
        entries: "dockerfile.\"ARG.VERSION\" = \"{app}\"\n",
        places: 1,
        search: &["^ARG VERSION=@V"],
    },
    Shape {
        file: ".env",
        body: "# Settings.\nAPP_VERSION=@V\n@fill SETTING_%=~-~\n@trap OTHER_VERSION=@V\n",
        entries: "env.APP_VERSION = \"{app}\"\n",
        places: 1,
        search: &["^APP_VERSION=@V"],
    },
    Shape {
        file: "pom.xml",
        body: "<?xml version=\"1.0\"?>\n<project>\n  <artifactId>web</artifactId>\n  <version>@V</version>\n\
            \x20 <properties>\n@fill     <note-%>~ and ~</note-%>\n  </properties>\n  <dependencies>\n\
            \x20   <dependency>\n      <artifactId>other</artifactId>\n@trap       <version>@V</version>\n\
            \x20   </dependency>\n  </dependencies>\n</project>\n",
        entries: "xml.\"project.version\" = \"{app}\"\n",
        places: 1,
        search: &["^  <version>@V</version>"],
    },
    Shape { file: "VERSION", body: "@V\n@fill # ~ %\n", entries: "line.1 = \"{app}\"\n", places: 1, search: &["^@V"] },
    Shape {
        file: "README.md",
        body: "# Web\n\n@fill Line % tells about ~ and ~.\n\n```\ndocker pull acme/web:@V\n\
            curl -LO https://example.com/releases/download/v@V/web-linux-amd64-v@V.tar.gz\ndocker run acme/web:@V\n```\n\
            \n@trap Since @V the setting is read from the environment.\n\nInstall release @V or a later one.\n",
        entries: "image.\"acme/web\" = { template = \"{app}\", count = 2 }\n\
            text.'releases/download/v{}/' = \"{app}\"\ntext.'amd64-v{}.tar' = \"{app}\"\n\
            text.'Install release {} or' = \"{app}\"\n",
        places: 5,
        search: &[
            "docker pull acme/web:@V",
            "download/v@V/",
            "amd64-v@V",
            "docker run acme/web:@V",
            "^Install release @V",
        ],
    },
];
