"""Documents name only what exists: files, scripts, commands; and so do comments that point at documents."""
import pathlib
import re

TOP = (r"(?:adversary|audit|bench|booking|cli|client|crypto|docs|net|node|packaging|pbft|raft|replica|replication|scripts|"
       r"sim|store|tests)")
PATH = re.compile(rf"(?<![\w/.-])({TOP}/[\w./*-]*\w\*?|[A-Z][\w]*\.(?:md|txt|json))(?![\w/])")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"(?:\bbreakwater|\$B)[ \t]+([a-z][a-z-]*)\b")
CODE_SPAN = re.compile(r"`([^`\n]+)`|^(?: {4}|```)(.*)$", re.MULTILINE)
DOCUMENT_IN_CODE = re.compile(r"\bdocs/[\w./-]*\w\b")


def exists(root, path):
    path = path.rstrip("/")
    if "*" in path:
        return any(root.glob(path))
    return (root / path).exists() or any(root.glob(path + ".*"))


def subcommands(root):
    text = "".join(f.read_text(encoding="utf-8") for f in root.glob("cli/command_*.cpp"))
    return set(re.findall(r'add(?:_subcommand)?\("([a-z-]+)"', text))


def documents(root):
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("tests/**/*.md")])


def missing(root):
    """Lines that name each thing a document or comment mentions and that is not there."""
    root = pathlib.Path(root)
    found = []
    known = subcommands(root)
    for document in documents(root):
        text = document.read_text(encoding="utf-8")
        name = document.relative_to(root)
        for target in LINK.findall(text):
            if "://" not in target and not (document.parent / target).exists():
                found.append(f"{name} links to {target}, which is not there")
        code = "\n".join("".join(groups) for groups in CODE_SPAN.findall(text))
        for path in PATH.findall(code):
            if not exists(root, path):
                found.append(f"{name} names {path}, which is not there")
        for command in COMMAND.findall(code):
            if command not in known:
                found.append(f"{name} names the command 'breakwater {command}', which is not there")
    for folder in re.findall(r"[a-z]+", TOP[3:-1]):
        for file in sorted([*root.glob(f"{folder}/**/*.hpp"), *root.glob(f"{folder}/**/*.cpp")]):
            for path in DOCUMENT_IN_CODE.findall(file.read_text(encoding="utf-8")):
                if not exists(root, path):
                    found.append(f"{file.relative_to(root)} names {path}, which is not there")
    return found
