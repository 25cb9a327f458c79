#!/usr/bin/env python3
"""The shape of the code, as tests; each check is shown to be able to fail."""
import pathlib
import re
import sys
import tempfile
import unittest

import documents
import layering

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tree(files):
    """A temporary checkout with these files."""
    directory = tempfile.TemporaryDirectory()
    for name, text in files.items():
        path = pathlib.Path(directory.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


class Layering(unittest.TestCase):
    def test_this_checkout(self):
        self.assertEqual(layering.violations(ROOT), [])

    def test_every_folder_with_code_is_in_the_table(self):
        folders = {f.parent.name for f in ROOT.glob("*/*.hpp")}
        self.assertEqual(folders - {"tests"}, set(layering.ALLOWED))

    def test_it_objects(self):
        for folder, line in [("pbft", '#include "store/store.hpp"'), ("booking", '#include "crypto/digest.hpp"'),
                             ("pbft", "#include <thread>"), ("pbft", "#include <unordered_map>"),
                             ("node", "#include <lmdb.h>"), ("client", "#include <zmq.hpp>"),
                             ("net", '#include "pbft/engine.hpp"'), ("replication", '#include "crypto/digest.hpp"')]:
            with self.subTest(line=line), tree({f"{folder}/a.hpp": line + "\n"}) as root:
                self.assertEqual(len(layering.violations(root)), 1)

    def test_the_table_is_the_one_of_the_architecture_page(self):
        page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        rows = dict(re.findall(r"^\| `(\w+)/` \|[^|]*\| ([^|]*?) \|", page, re.MULTILINE))
        self.assertEqual(set(rows), set(layering.ALLOWED))
        for folder, text in rows.items():
            if text in ("all", "all above"):
                continue
            named = set(re.findall(r"[a-z]+", re.sub("'s messages", "", text)))
            self.assertEqual(named, layering.ALLOWED[folder], folder)


class Documents(unittest.TestCase):
    def test_this_checkout(self):
        self.assertEqual(documents.missing(ROOT), [])

    def test_it_objects(self):
        for text in ["`pbft/nothing.cpp`", "[x](docs/nothing.md)", "`breakwater fly`", "    scripts/nothing --now\n"]:
            with self.subTest(text=text), tree({"README.md": text}) as root:
                self.assertEqual(len(documents.missing(root)), 1)
        with tree({"pbft/a.hpp": "// docs/nothing.md says why\n"}) as root:
            self.assertEqual(len(documents.missing(root)), 1)


class Sources(unittest.TestCase):
    def files(self):
        for folder in [*layering.ALLOWED, "tests"]:
            yield from sorted([*ROOT.glob(f"{folder}/**/*.hpp"), *ROOT.glob(f"{folder}/**/*.cpp")])

    def test_no_file_is_too_long_to_read(self):
        long = [f"{f.relative_to(ROOT)}: {n}" for f in self.files()
                if (n := len(f.read_text(encoding="utf-8").splitlines())) > 600]
        self.assertEqual(long, [])

    def test_lines_fit(self):
        wide = [f"{f.relative_to(ROOT)}:{i}" for f in self.files()
                for i, line in enumerate(f.read_text(encoding="utf-8").splitlines(), 1) if len(line) > 125]
        self.assertEqual(wide, [])

    def test_nothing_that_only_one_of_the_compilers_takes(self):
        # Of libstdc++ 12, clang refuses these: deprecated inside.
        found = [f"{f.relative_to(ROOT)}" for f in self.files()
                 if re.search(r"\b(stable_sort|stable_partition|inplace_merge)\b", f.read_text(encoding="utf-8"))]
        self.assertEqual(found, [])

    def test_no_todo_without_a_reference(self):
        bare = [f"{f.relative_to(ROOT)}" for f in self.files()
                if re.search(r"\b(TODO|FIXME|XXX)\b(?!\()", f.read_text(encoding="utf-8"))]
        self.assertEqual(bare, [])


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
