#!/usr/bin/env python3
"""The Debian package of a build that is there, unpacked and tried; nothing is built or installed.

    package_test.py BUILD_DIRECTORY CPACK

Exit code 77, and the reason on stdout, where the tools are not there.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
TOOLS = {"dpkg-deb": "dpkg", "dpkg-shlibdeps": "dpkg-dev", "file": "file"}
UNIT = "usr/lib/systemd/system/breakwater-replica@.service"
# Exit code 2 is a word to the operator, which no restart changes; SIGTERM is a clean stop.
SETTINGS = {"Restart": "on-failure", "RestartPreventExitStatus": "2", "KillSignal": "SIGTERM", "User": "breakwater",
            "StateDirectory": "breakwater", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "",
            "ExecStart": "/usr/bin/breakwater replica --dir /var/lib/breakwater --id %i"}
BOUNDS = ("MemoryMax", "LimitNOFILE", "TimeoutStopSec", "RestartSec", "StartLimitBurst")


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def unit_faults(text):
    """What a unit file lacks of the above."""
    settings = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    wrong = [name for name, value in SETTINGS.items() if settings.get(name) != value]
    return wrong + [name for name in BOUNDS if not re.match(r"[1-9]", settings.get(name, ""))]


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="breakwater-package-")
        home = pathlib.Path(cls.scratch.name)
        run(CPACK, "-G", "DEB", "-B", home / "made", "--config", BUILD / "CPackConfig.cmake")
        cls.file, = (home / "made").glob("breakwater_*.deb")
        cls.root, cls.control = home / "root", home / "control"
        run("dpkg-deb", "-x", cls.file, cls.root)
        run("dpkg-deb", "-e", cls.file, cls.control)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def field(self, name):
        return run("dpkg-deb", "-f", self.file, name).strip()

    def test_what_it_says_of_itself(self):
        version = re.search(r"project\(breakwater VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual(self.field("Package"), "breakwater")
        self.assertEqual(self.field("Version"), version)
        self.assertEqual(self.field("Architecture"), run("dpkg", "--print-architecture").strip())
        depends = {entry.split()[0] for entry in self.field("Depends").split(",")}
        for needed in ("libc6", "libstdc++6", "libsodium23", "libzmq5", "liblmdb0", "systemd"):
            self.assertIn(needed, depends)

    def test_what_is_in_it(self):
        listed = [line.split(None, 5) for line in run("dpkg-deb", "-c", self.file).splitlines()]
        self.assertEqual({owner for _, owner, *_ in listed}, {"root/root"})
        modes = {name.removeprefix("./"): mode for mode, _, _, _, _, name in listed if mode[0] == "-"}
        sources = [ROOT / "README.md", *ROOT.glob("docs/**/*.*")]
        documents = {f"usr/share/doc/breakwater/{f.relative_to(ROOT)}" for f in sources}
        self.assertEqual(set(modes), documents | {"usr/bin/breakwater", UNIT, "usr/lib/sysusers.d/breakwater.conf",
                                                  "usr/lib/tmpfiles.d/breakwater.conf"})
        self.assertEqual({name for name, mode in modes.items() if mode != "-rw-r--r--"}, {"usr/bin/breakwater"})
        self.assertEqual(modes["usr/bin/breakwater"], "-rwxr-xr-x")

    def test_the_program(self):
        program = self.root / "usr/bin/breakwater"
        self.assertIn(", stripped", run("file", "-b", program))
        harbor = pathlib.Path(self.scratch.name) / "harbor"
        run(program, "init", "--dir", harbor, "--desks", "1")
        self.assertTrue((harbor / "cluster.toml").exists())
        # The unit's own words: the options are known, and a host without a harbor is told so, exit code 2.
        words = SETTINGS["ExecStart"].replace("%i", "0").split()[1:]
        words[words.index("--dir") + 1] = str(harbor.parent / "nothing")
        refused = subprocess.run([program, *words], capture_output=True, text=True)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("cluster.toml", refused.stderr)

    def test_the_unit(self):
        text = (self.root / UNIT).read_text()
        self.assertEqual(unit_faults(text), [])
        for name in [*SETTINGS, *BOUNDS]:  # and each fault is found
            self.assertEqual(unit_faults(re.sub(rf"^{name}=.*\n", "", text, flags=re.MULTILINE)), [name])
        documentation = re.search(r"^Documentation=file:/(.*)$", text, re.MULTILINE).group(1)
        self.assertTrue((self.root / documentation).exists(), documentation)

    def test_the_unit_as_systemd_reads_it(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("there is no systemd-analyze")
        unit = pathlib.Path(self.scratch.name) / "breakwater-replica@0.service"
        program = f"{self.root}/usr/bin/breakwater"
        unit.write_text((self.root / UNIT).read_text().replace("/usr/bin/breakwater", program))
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
        own = [line for line in said.stderr.splitlines() if "breakwater" in line]  # others here may be faulty
        self.assertEqual(own, [])

    def test_the_maintainer_scripts(self):
        scripts = {f.name for f in self.control.iterdir() if f.read_bytes().startswith(b"#!/bin/sh")}
        self.assertEqual(scripts, {"postinst", "prerm", "postrm"})
        for name in scripts:
            run("sh", "-n", self.control / name)
            self.assertNotRegex((self.control / name).read_text(), r"rm -r|rm .*/var/lib")  # keys and stores stay


if __name__ == "__main__":
    BUILD, CPACK = pathlib.Path(sys.argv[1]), sys.argv[2]
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            print(f"skipped: there is no '{tool}' (Debian: {package})")
            sys.exit(SKIPPED)
    sys.exit(unittest.main(argv=sys.argv[:1], verbosity=1))
