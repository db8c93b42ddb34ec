#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""lint.py [--root DIR] NAME [BUILD-FOLDER] - one of the lints below over the tree.

Each fault is printed as file:line: what is wrong and what to do. What is allowed to stay is
counted in tools/lint_exceptions.txt; a count there may only shrink.
"""
import json
import os
import re
import subprocess
import sys

STAGES = ["ingest", "ledger", "decode", "detect", "incident", "effect", "contain", "inform", "query",
          "console"]
SHARED = ["base", "model", "guard"]
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"

# Pattern in code (comments and strings removed), what to do instead, where it is allowed.
BANS = [
    (r"\b(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|gets)\s*\(", "use struct buf", ""),
    (r"\b(ato[ilf]|atoll|strto[ud]?ll?|strto[dfl]|s?scanf|fscanf)\s*\(",
     "use value_parse_number or a strict parser of its own", ""),
    (r"\b(malloc|calloc|realloc|free|strdup|strndup|open|fopen|openat)\s*\(",
     "use base/heap.h, base/arena.h, base/file.h", r"src/base/|src/guard/"),
    (r"\b(alloca|setjmp|longjmp|system|popen)\s*\(", "forbidden; see HACKING.md", ""),
    (r"\b(exit|_exit|abort)\s*\(", "return to main; check() for invariants",
     r"src/base/attr\.c|src/base/heap\.c|src/guard/|_main\.c|src/cli/main\.c"),
    (r"\b(time|rand|localtime|gmtime|clock_gettime|gettimeofday)\s*\(", "pass a clock (base/clock.h)",
     r"src/base/clock\.c"),
    (r"\b(pthread_\w+|signal|sigaction)\s*\(", "no threads, no signal handlers: signalfd",
     r"src/guard/"),
    (r"\bsetlocale\s*\(", "the locale is never set", ""),
    (r"\b__attribute__\s*\(\(\s*packed|#pragma\s+pack", "read fields one by one with struct cursor", ""),
    (r"^static\s+(?!const\b|inline\b|_Thread_local\b|.*\bconst\b)[\w\s\*]+(\[[^\]]*\]\s*)*(=|;)",
     "no mutable static: pass state as an argument", ""),
    (r"\bTODO\b(?!.*#\d)", "a TODO names its issue: TODO(#12)", ""),
]


def tracked(root, pattern):
    """Files of the tree (not build folders), relative, sorted."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [d for d in folders if not d.startswith((".git", "build", "__pycache__"))]
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), root)
            if re.search(pattern, path):
                found.append(path)
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def code_of(text):
    """C text with comments and the insides of literals blanked, line numbers kept."""
    def blank(match):
        s = match.group(0)
        if s.startswith("/"):
            return re.sub(r"[^\n]", " ", s)
        return s[0] + " " * (len(s) - 2) + s[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def lint_spdx(root, _):
    for path in tracked(root, r"(\.([chs]|def|py|sh|build)|^dev|^\.ci/run|^meson_options\.txt|Dockerfile)$"
                        r"|^rules/.*\.yml$"):
        if SPDX not in "".join(read(root, path).splitlines(True)[:3]):
            yield path, 1, f"the first line says: {SPDX}"


def lint_bans(root, _):
    for path in tracked(root, r"^src/.*\.[ch]$"):
        text = code_of(read(root, path))
        for pattern, instead, allowed in BANS:
            if allowed and re.search(allowed, path):
                continue
            for match in re.finditer(pattern, text, flags=re.M):
                line = text.count("\n", 0, match.start()) + 1
                yield path, line, f"'{match.group(0).strip()}' is banned: {instead}"


# A *_main.c makes a process of what stages it takes; it alone may know more than one.
def may_include(stage, other):
    if stage in ("cli", "daemon") or other == stage:
        return True
    if stage in SHARED:
        return other in SHARED[:SHARED.index(stage)]
    return other in SHARED


def lint_includes(root, _):
    for path in tracked(root, r"^src/[^/]+/.*\.([ch]|def)$"):
        stage = path.split("/")[1]
        for number, line in enumerate(read(root, path).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            other = match.group(1).split("/")[0]
            if "/" not in match.group(1) or not os.path.exists(os.path.join(root, "src",
                                                                            match.group(1))):
                yield path, number, "write the path from src/: \"stage/file.h\""
            elif not may_include(stage, other) and not path.endswith("_main.c"):
                yield path, number, (f"{stage} may not include {other}: share a noun in model/ "
                                     "or a tool in base/")


def lint_sizes(root, _):
    for path in tracked(root, r"^(src|tests)/.*\.[ch]$"):
        cap = 150 if path.startswith("src/") and path.endswith(".h") else 600
        lines = read(root, path).count("\n")
        if lines > cap and not path.endswith("_simd.c"):
            yield path, cap, f"{lines} lines, the limit is {cap}: split it by what it does"


def lint_symbols(root, build):
    """Every global symbol of foo.o starts with foo_."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        commands = json.load(f)
    for command in commands:
        source = os.path.relpath(os.path.realpath(os.path.join(command["directory"],
                                                               command["file"])),
                                 os.path.realpath(root))
        if not source.startswith("src/"):
            continue
        prefix = os.path.basename(source)[:-2]
        if prefix == "main":
            continue
        if not os.path.exists(os.path.join(command["directory"], command["output"])):
            yield build, 1, f"{source} is not built: ninja -C {build}"
            return
        names = subprocess.run(["nm", "-g", "--defined-only", command["output"]],
                               cwd=command["directory"], capture_output=True, text=True,
                               check=True).stdout
        for line in names.splitlines():
            name = line.split()[-1]
            if name != prefix and not name.startswith((prefix + "_", "__", "asan.", "main")):
                yield source, 1, f"global '{name}' does not start with '{prefix}_': rename, or static"


def lint_docs(root, _):
    """Each path that a page names exists; each folder of src is in ARCHITECTURE.md."""
    pages = [p for p in tracked(root, r"\.md$") if p != "CHANGELOG.md"]
    pattern = re.compile(r"(?<![\w/.-])((?:src|tests|tools|doc|rules|demo|base|model|guard|"
                         + "|".join(STAGES) + r"|cli)/[\w./-]*\w/?|[A-Z]+\.md)(?![\w<*])")
    for page in pages:
        text = re.sub(r"^```json\n.*?^```", lambda m: "\n" * m.group(0).count("\n"),
                      read(root, page), flags=re.M | re.S)  # examples name what they like
        for number, line in enumerate(text.splitlines(), 1):
            for path in pattern.findall(line):
                if path.endswith("_"):  # cli/cmd_<verb>.c
                    continue
                places = [path, "src/" + path, os.path.join(os.path.dirname(page), path)]
                if not any(os.path.exists(os.path.join(root, p)) for p in places):
                    yield page, number, f"'{path}' does not exist: correct the page"
    page = read(root, "ARCHITECTURE.md")
    for folder in sorted(os.listdir(os.path.join(root, "src"))):
        if os.path.isdir(os.path.join(root, "src", folder)) and f"src/{folder}" not in page:
            yield "ARCHITECTURE.md", 1, f"src/{folder} is missing from the code map"


def lint_rules(root, _):
    """Each rule has an id of its own, and events that it must and must not match."""
    seen = {}
    for path in tracked(root, r"^rules/.*\.yml$"):
        match = re.search(r"^id: ([0-9a-f-]{36})$", read(root, path), flags=re.M)
        if not match:
            yield path, 1, "a rule needs an id: a new random UUID"
        elif match.group(1) in seen:
            yield path, 1, f"has the id of {seen[match.group(1)]}: make a new one"
        else:
            seen[match.group(1)] = path
        info = "tests/" + path[:-len(".yml")] + "/info.yml"
        if not os.path.exists(os.path.join(root, info)):
            yield path, 1, f"{info} is missing: add a positive and a negative event"


def allowed_of(root, lint):
    allowed = {}
    path = os.path.join(root, "tools", "lint_exceptions.txt")
    if os.path.exists(path):
        for line in read(root, path).splitlines():
            if line.strip() and not line.startswith("#"):
                name, file, count = line.split()[:3]
                if name == lint:
                    allowed[file] = int(count)
    return allowed


def main(arguments):
    root = "."
    if arguments[0] == "--root":
        root, arguments = arguments[1], arguments[2:]
    name, build = arguments[0], (arguments[1:] + ["build"])[0]
    faults = {}
    for path, line, text in globals()["lint_" + name](root, build):
        faults.setdefault(path, []).append(f"{path}:{line}: {text}")
    allowed, failed = allowed_of(root, name), False
    for path in sorted(set(faults) | set(allowed)):
        found, limit = faults.get(path, []), allowed.get(path, 0)
        if len(found) > limit:
            failed = True
            print("\n".join(found))
        elif len(found) < limit:
            failed = True
            print(f"tools/lint_exceptions.txt: {name} {path}: only {len(found)} left: lower the count")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
