"""What the program nst writes: where, with which permissions, and that it destroys nothing and hangs nowhere."""
import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, HANGS, INPUT, PROGRAM, QUICK, SYSTEM, USE, Program, png, png_size  # noqa: E402


class Files(Program):
    def paint(self, *more, out="out.png", **options):
        return self.stylize("town.png", "paint.png", "-o", out, "-q", *more, **options)

    def convert(self, out, **options):
        return self.run_nst("model", "convert", "./small.safetensors", "-o", out, **options)

    def mode(self, name):
        return stat.S_IMODE((self.here / name).stat().st_mode)

    def succeeds(self, result):
        self.assertEqual((result.returncode, result.stderr), (DONE, ""))


class Permissions(Files):
    WRITTEN = ("out.png", "l.jsonl", "p.svg", "m.safetensors")

    def write_all(self, **options):
        self.succeeds(self.paint("--log", "l.jsonl", "--plot", "p.svg", **options))
        self.succeeds(self.convert("m.safetensors", **options))

    def test_the_umask_is_obeyed(self):
        for mask in (0o077, 0o022, 0o002):
            self.write_all(preexec_fn=lambda: os.umask(mask))
            self.assertEqual({self.mode(name) for name in self.WRITTEN}, {0o666 & ~mask})
            for name in self.WRITTEN:
                (self.here / name).unlink()

    def test_those_of_a_file_that_is_replaced_are_kept(self):
        for name in self.WRITTEN:
            (self.here / name).write_text("old")
            (self.here / name).chmod(0o640)
        self.write_all(preexec_fn=lambda: os.umask(0o077))
        self.assertEqual({self.mode(name) for name in self.WRITTEN}, {0o640})
        self.assertNotIn("old", [(self.here / name).read_bytes()[:3] for name in self.WRITTEN])


class Paths(Files):
    def test_links_are_followed(self):
        (self.here / "real").mkdir()
        for name in ("out.png", "l.jsonl", "p.svg", "m.safetensors"):
            (self.here / name).symlink_to(f"real/{name}")
        for _ in range(2):  # to what is not there yet, and to what is
            self.succeeds(self.paint("--log", "l.jsonl", "--plot", "p.svg"))
            self.succeeds(self.convert("m.safetensors"))
        self.assertEqual(sorted(os.listdir(self.here / "real")), ["l.jsonl", "m.safetensors", "out.png", "p.svg"])
        self.assertTrue(all((self.here / name).is_symlink() for name in os.listdir(self.here / "real")))
        (self.here / "nowhere.png").symlink_to("none/x.png")
        self.fails(self.paint(out="nowhere.png"), SYSTEM, "nowhere.png", "No such file")

    def test_long_names(self):
        for name, flag in ((251 * "o" + ".png", None), (255 * "l", "--log"), (255 * "p", "--plot")):
            self.succeeds(self.paint(*([flag, name] if flag else []), out="out.png" if flag else name))
            self.assertGreater((self.here / name).stat().st_size, 0)
        self.succeeds(self.convert(255 * "m"))
        self.fails(self.paint(out=252 * "x" + ".png"), SYSTEM, "xxx.png")

    def test_files_beside_it_are_left_alone(self):
        """Names that could be those of temporary files, and links from there to what is precious."""
        (self.here / "precious").write_text("precious")
        for name in ("p.svg.part", "p.svg.tmp", "out.png.part", "out.png.tmp"):
            (self.here / name).symlink_to("precious")
        self.succeeds(self.paint("--plot", "p.svg"))
        self.assertEqual((self.here / "precious").read_text(), "precious")
        self.assertEqual(len(self.files()), 10)


class Apart(Files):
    """No output is an input or another output, whatever they are called."""

    def test_outputs_among_themselves(self):
        (self.here / "sub").mkdir()
        (self.here / "link.png").symlink_to("sub/out.png")
        (self.here / "here").symlink_to(".")
        (self.here / "old.svg").write_text("old")
        os.link(self.here / "old.svg", self.here / "same.svg")
        for out, more in (("out.png", ["--plot", "out.png"]), ("out.png", ["--log", "./out.png"]),
                          ("out.png", ["--log", "here/out.png"]), ("link.png", ["--plot", "sub/out.png"]),
                          ("out.png", ["--log", "old.svg", "--plot", "same.svg"]),
                          ("out.png", ["--log", "new", "--plot", "here/here/new"])):
            with self.subTest(out=out, more=more):
                before = self.files()
                self.fails(self.paint(*more, out=out), USE, "twice")
                self.assertEqual(self.files(), before)
        self.assertEqual((self.here / "old.svg").read_text(), "old")
        self.succeeds(self.paint("--log", "/dev/null", "--plot", "/dev/null"))

    def test_snapshots(self):
        (self.here / "out-0003.png").write_bytes(png(40, 30))
        before = (self.here / "out-0003.png").read_bytes()
        command = ("stylize", "out-0003.png", "paint.png", "-o", "out.png", "-q", "-m", "./small.safetensors", *QUICK,
                   "--save-every", "3")
        self.fails(self.run_nst(*command), USE, "out-0003.png: is read", "--force")
        self.assertEqual((self.here / "out-0003.png").read_bytes(), before)
        self.assertEqual(png_size(self.here / "out.png"), (32, 24))
        self.succeeds(self.run_nst(*command, "--force"))
        self.assertNotEqual((self.here / "out-0003.png").read_bytes(), before)
        for out in ("/dev/null", "/dev/stdout", "-"):
            self.fails(self.paint("--type", "png", "--save-every", "3", out=out), USE, "--save-every", out)

    def test_models_are_inputs(self):
        models = self.here / "models"
        models.mkdir()
        self.environment["NST_MODEL_PATH"] = str(models)
        os.link(self.here / "small.safetensors", models / "mine.safetensors")
        before = (models / "mine.safetensors").read_bytes()
        for flag in ("--log", "--plot"):
            for model in ("mine", "./small.safetensors"):
                result = self.run_nst("stylize", "town.png", "paint.png", "-o", "out.png", "-m", model, *QUICK, flag,
                                      "models/mine.safetensors")
                self.fails(result, USE, "models/mine.safetensors", "is read")
        for model in ("mine", "./small.safetensors", "models/mine.safetensors"):
            self.fails(self.run_nst("model", "convert", model, "-o", "small.safetensors"), USE, "is read")
        self.assertEqual((models / "mine.safetensors").read_bytes(), before)


class Special(Files):
    @unittest.skipIf(os.geteuid() == 0, "nothing is forbidden to root")
    def test_a_log_needs_no_folder(self):
        """Which is not replaced, as a plot is."""
        (self.here / "logs").mkdir()
        (self.here / "logs" / "l").write_text("old")
        (self.here / "logs").chmod(0o500)
        self.addCleanup((self.here / "logs").chmod, 0o700)
        self.succeeds(self.paint("--log", "logs/l"))
        self.fails(self.paint("--plot", "logs/l"), SYSTEM, "logs/l", "Permission denied")

    def test_devices_stay_devices(self):
        try:
            os.mknod(self.here / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            os.mknod(self.here / "disk", 0o666 | stat.S_IFBLK, os.makedev(240, 77))
            with open(self.here / "null", "w"):
                pass
        except OSError:
            self.skipTest("devices are for root, where the file system has them")
        self.succeeds(self.paint("--plot", "null", "--log", "null"))
        self.succeeds(self.paint("--type", "png", out="null"))
        self.succeeds(self.convert("null"))
        self.assertTrue(stat.S_ISCHR((self.here / "null").stat().st_mode))
        for result in (self.paint("--plot", "disk"), self.paint("--log", "disk"), self.convert("disk"),
                       self.paint("--type", "png", out="disk")):
            self.fails(result, SYSTEM, "disk", "block device")
        self.assertTrue(stat.S_ISBLK((self.here / "disk").stat().st_mode))

    def test_what_is_full_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        self.fails(self.paint("--plot", "/dev/full"), SYSTEM, "/dev/full", "No space left")
        self.fails(self.paint("--log", "/dev/full"), SYSTEM, "/dev/full", "No space left")
        self.fails(self.paint("--type", "jpeg", out="/dev/full"), SYSTEM, "/dev/full", "No space left")
        self.assertIn("out.png", self.files())

    def test_folders(self):
        (self.here / "folder").mkdir()
        for result in (self.paint("--plot", "folder"), self.paint("--log", "folder"), self.convert("folder"),
                       self.paint("--type", "png", out="folder")):
            self.fails(result, SYSTEM, "folder: cannot be written: a folder")

    def test_standard_output_goes_on_where_it_stands(self):
        log = self.here / "all"
        log.write_text("before\n")
        with open(log, "a") as file:
            result = subprocess.run([PROGRAM, "stylize", "town.png", "paint.png", "-o", "out.png", "-q", "-m",
                                     "./small.safetensors", *QUICK, "--log", "/dev/stdout", "--plot", "/dev/stdout"],
                                    cwd=self.here, env=self.environment, stdout=file, stderr=subprocess.PIPE, timeout=HANGS)
        self.assertEqual((result.returncode, result.stderr), (USE, b"nst: /dev/stdout: would be written twice: "
                                                                   b"expected a name of its own for each output\n"))
        with open(log, "a") as file:
            for flag, target in (("--log", "/dev/stdout"), ("--plot", "/dev/fd/1")):
                result = subprocess.run([PROGRAM, "stylize", "town.png", "paint.png", "-o", "out.png", "-q", "-m",
                                         "./small.safetensors", *QUICK, flag, target],
                                        cwd=self.here, env=self.environment, stdout=file, timeout=HANGS)
                self.assertEqual(result.returncode, DONE)
        lines = log.read_text().splitlines()
        self.assertEqual(lines[0], "before")
        self.assertEqual([json.loads(line)["evaluation"] for line in lines[1:8]], list(range(1, 8)))
        self.assertTrue(lines[8].startswith("<svg") and lines[-1] == "</svg>")

    def test_a_reader_that_leaves_is_an_error(self):
        for arguments in (["-o", "-"], ["-o", "/dev/stdout", "--type", "png"], ["-o", "x.png", "--plot", "/dev/fd/1"]):
            ours, theirs = os.pipe()
            os.close(ours)
            result = subprocess.run([PROGRAM, "stylize", "town.png", "paint.png", "-q", "-m", "./small.safetensors",
                                     *QUICK, *arguments], cwd=self.here, env=self.environment, stdout=theirs,
                                    stderr=subprocess.PIPE, text=True, timeout=120)
            os.close(theirs)
            self.assertEqual(result.returncode, SYSTEM)
            self.assertRegex(result.stderr, r"\Anst: /dev/\S+: cannot be written: Broken pipe\n\Z")

    def test_a_reader_that_sleeps_can_be_left(self):
        """Signals wait for files to be whole; a pipe that nobody empties may never be."""
        def inherit():
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        ours, theirs = os.pipe()
        process = subprocess.Popen([PROGRAM, "stylize", "town.png", "paint.png", "-q", "-o", "-", "-m",
                                    "./small.safetensors", *QUICK, "--sizes", "512:1", "--init", "noise"],
                                   cwd=self.here, env=self.environment, stdout=theirs, preexec_fn=inherit)
        self.addCleanup(process.kill)
        os.close(theirs)
        self.assertEqual(os.read(ours, 1), b"\x89")  # the rest is more than a pipe holds
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            while process.poll() is None and not self.was_taken(process):
                pass
        self.assertEqual(process.wait(60), -signal.SIGINT)
        os.close(ours)

    @staticmethod
    def was_taken(process):
        """No signal is pending: two alike at once would be one."""
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return True
        return all(int(line.split()[1], 16) == 0 for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd")))

    def test_pipes_are_written_to(self):
        os.mkfifo(self.here / "pipe.png")
        taken = []
        reader = threading.Thread(target=lambda: taken.append((self.here / "pipe.png").read_bytes()))
        reader.start()  # before or after the program comes to it: both wait
        result = self.paint(out="pipe.png")
        reader.join()
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.succeeds(self.paint())
        self.assertEqual(taken, [(self.here / "out.png").read_bytes()])
        self.assertTrue(stat.S_ISFIFO((self.here / "pipe.png").stat().st_mode))


class Limits(Files):
    """A limit is an error with a message: no signal, no hang."""

    def test_the_size_of_files(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        for name in ("out.png", "p.svg", "m.safetensors"):
            (self.here / name).write_text("as it was")
        before = self.files()
        self.fails(self.paint(preexec_fn=limit), SYSTEM, "out.png", "File too large")
        self.fails(self.paint("--plot", "p.svg", "--type", "png", out="/dev/null", preexec_fn=limit), SYSTEM, "p.svg",
                   "File too large")
        self.fails(self.convert("m.safetensors", preexec_fn=limit), SYSTEM, "m.safetensors", "File too large")
        self.assertEqual({(self.here / name).read_text() for name in ("out.png", "p.svg", "m.safetensors")}, {"as it was"})
        self.assertEqual(self.files(), before)
        result = self.paint("--log", "l.jsonl", "--type", "png", out="/dev/null", preexec_fn=limit)
        self.fails(result, SYSTEM, "l.jsonl: File too large; the log ends here")
        self.assertEqual((self.here / "l.jsonl").stat().st_size, 100)

    def limited(self, kind, value, *arguments, **environment):
        def limit():
            if kind == resource.RLIMIT_NPROC and os.geteuid() == 0:  # root has none
                os.setgid(54321)
                os.setuid(54321)
            resource.setrlimit(kind, (value, value))
        return subprocess.run([PROGRAM, *arguments], cwd="/", env=dict(self.environment, **environment),
                              preexec_fn=limit, capture_output=True, text=True, timeout=HANGS)

    def can_run(self, kind, value):
        """Not where the program needs more for itself, as with sanitizers, or cannot be reached by another user."""
        try:
            return self.limited(kind, value, "--version", OPENBLAS_NUM_THREADS="1").returncode == DONE
        except OSError:
            return False

    def test_memory_for_the_threads_of_a_blas(self):
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            self.environment.pop(name, None)
        for kind, value in ((resource.RLIMIT_AS, 150 << 20), (resource.RLIMIT_AS, 200 << 20), (resource.RLIMIT_NPROC, 1)):
            if not self.can_run(kind, value):
                continue
            for more in ({}, {"OPENBLAS_NUM_THREADS": "8"}):
                with self.subTest(kind=kind, value=value, more=more):
                    result = self.limited(kind, value, "--version", **more)
                    self.assertEqual((result.returncode, result.stderr), (DONE, ""))
                    self.assertIn("nst ", result.stdout)

    def test_out_of_memory_says_what_to_do(self):
        if not self.can_run(resource.RLIMIT_AS, 300 << 20):
            self.skipTest("this build needs more for itself")
        town, paint = self.here / "town.png", self.here / "paint.png"
        large = ("--memory-limit", "0", "-m", "random:0", "--threads", "1")
        for command, words in (
                (("stylize", town, paint, "-o", self.here / "x.png", "--sizes", "1024:1", *large), ("--size", "--memory-limit")),
                (("bench", "--size", "1024", *large), ("--size", "--memory-limit"))):
            result = self.limited(resource.RLIMIT_AS, 300 << 20, *map(str, command))
            self.assertEqual(result.returncode, SYSTEM, result.stderr)
            self.assertRegex(result.stderr, r"nst: out of memory: [\d.]+ (MB|bytes) were needed; [^\n]*\n\Z")
            for word in words:
                self.assertIn(word, result.stderr)
        self.assertNotIn("x.png", self.files())


if __name__ == "__main__":
    unittest.main()
