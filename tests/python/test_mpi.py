"""nst-mpi: one picture painted by several processes under mpirun."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from program import DONE, HANGS, INPUT, LAYERS, PROGRAM, USE, Program, png, png_size  # noqa: E402

NST_MPI = pathlib.Path(PROGRAM).parent / "nst-mpi"
MPIRUN = shutil.which("mpirun")
SIZES = ["--size", "150", "--sizes", "40:3,75:4,150:5", *LAYERS]


def pixels(path):
    """The bytes of a PPM file behind its header."""
    return pathlib.Path(path).read_bytes().split(b"\n", 3)[3]


class Mpi(Program):
    def setUp(self):
        super().setUp()
        if not MPIRUN or not NST_MPI.exists():
            self.skipTest("mpirun is not found (Debian: openmpi-bin)" if NST_MPI.exists() else
                          "nst-mpi is not built: it needs Open MPI (Debian: libopenmpi-dev)")
        self.environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", TMPDIR=str(self.here),
                                OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_btl_vader_single_copy_mechanism="none")
        (self.here / "tall.png").write_bytes(png(60, 150))

    content = "tall.png"

    def command(self, ranks, *more):
        return [MPIRUN, "--oversubscribe", "-n", str(ranks), str(NST_MPI), "stylize", self.content, "paint.png", "-m",
                "./small.safetensors", *SIZES, *map(str, more)]

    def mpi(self, ranks, *more):
        return subprocess.run(self.command(ranks, *more), cwd=self.here, env=self.environment, timeout=HANGS,
                              capture_output=True, text=True)

    def paint(self, ranks, out, *more):
        told = self.mpi(ranks, "-o", out, *more)
        self.assertEqual(told.returncode, DONE, told.stderr)
        return told

    def alone(self, out, *more):
        told = self.run_nst("stylize", self.content, "paint.png", "-m", "./small.safetensors", *SIZES, "-o", out, *more)
        self.assertEqual(told.returncode, DONE, told.stderr)

    def start(self, ranks, evaluations, *more):
        """A job that has made so many evaluations."""
        log = self.here / "run.log"
        log.unlink(missing_ok=True)
        process = subprocess.Popen(self.command(ranks, "--log", "run.log", *more), cwd=self.here, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.ranks = []
        while not (log.exists() and log.read_text().count("\n") >= evaluations):
            self.assertIsNone(process.poll())
            if len(process.ranks) < ranks:  # known beforehand: what is killed must not end meanwhile
                told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
                process.ranks = [int(word) for word in told.split()]
            time.sleep(0.002)
        return process

    def kill_a_rank(self, process):
        os.kill(process.ranks[-1], signal.SIGKILL)
        told, _ = process.communicate(timeout=HANGS)
        self.assertNotEqual(process.returncode, DONE)
        return told

    def check_close(self, a, b, most=32):
        """Rounding moves a value of 16 bits by some steps; L-BFGS amplifies it with each evaluation."""
        a, b = pixels(self.here / a), pixels(self.here / b)
        self.assertEqual(len(a), len(b))
        steps = [abs(int.from_bytes(a[i:i + 2], "big") - int.from_bytes(b[i:i + 2], "big")) for i in range(0, len(a), 2)]
        self.assertLessEqual(max(steps), most)
        self.assertLessEqual(sum(steps) / len(steps), most / 8)


class Pictures(Mpi):
    def test_the_picture_of_one_process(self):
        for more in [], ["--optimizer", "adam"]:
            self.alone("one.ppm", "--png-depth", "16", *more)
            for ranks in 1, 2, 3:
                self.paint(ranks, f"{ranks}.ppm", "--png-depth", "16", *more)
                self.check_close(f"{ranks}.ppm", "one.ppm")
            self.assertEqual(pixels(self.here / "1.ppm"), pixels(self.here / "one.ppm"))

    def make_content(self, width, height, name):
        (self.here / "drawn.png").write_bytes(png(width, height))
        told = self.run_nst("stylize", "drawn.png", "paint.png", "-m", "./small.safetensors", "-o", name, "--size", "0",
                            "--sizes", "none", "--steps", "1", *LAYERS)
        self.assertEqual(told.returncode, DONE, told.stderr)
        self.content = name

    def test_contents_of_every_size(self):
        """Each process reads its rows: of a content larger than the result, as large, and smaller than its first size."""
        for width, height, name, ranks in [(150, 375, "larger.png", 3), (150, 375, "larger.jpg", 2), (60, 150, "equal.ppm", 2),
                                           (60, 150, "equal.jpg", 3), (14, 35, "smaller.png", 2), (14, 35, "smaller.ppm", 3)]:
            with self.subTest(name):
                self.make_content(width, height, name)
                self.alone("one.ppm", "--png-depth", "16")
                self.paint(ranks, "out.ppm", "--png-depth", "16")
                self.check_close("out.ppm", "one.ppm")

    def test_settings_that_read_the_content(self):
        """Its colours are those of all its rows; the picture of --init is read in bands too."""
        for more in ["--init", "recolored"], ["--color", "match"], ["--init", "paint.png"]:
            with self.subTest(more):
                self.alone("one.ppm", "--png-depth", "16", *more)
                self.paint(3, "out.ppm", "--png-depth", "16", *more)
                self.check_close("out.ppm", "one.ppm")

    def test_a_content_with_fewer_rows_than_processes(self):
        (self.here / "flat.png").write_bytes(png(1, 2))
        self.content = "flat.png"
        self.alone("one.ppm", "--png-depth", "16")
        self.paint(3, "out.ppm", "--png-depth", "16")
        self.check_close("out.ppm", "one.ppm")

    def test_the_same_bits_again(self):
        self.paint(3, "first.png")
        self.paint(3, "second.png")
        self.assertEqual((self.here / "first.png").read_bytes(), (self.here / "second.png").read_bytes())
        self.assertEqual(png_size(self.here / "first.png"), (60, 150))

    def test_one_log_and_one_report(self):
        told = self.paint(2, "out.jpg", "--log", "run.log", "--threads", "1")
        self.assertEqual(told.stderr.count("out.jpg: 60x150 in "), 1, told.stderr)
        self.assertEqual(len((self.here / "run.log").read_text().splitlines()), 12)


class Failures(Mpi):
    def fails(self, code, line, ranks, *more):
        told = self.mpi(ranks, *more)
        self.assertEqual(told.returncode, code, told.stderr)
        self.assertEqual([said for said in told.stderr.splitlines() if "nst: " in said], [line])

    def test_one_line_for_all(self):
        self.fails(USE, "nst: nst-mpi paints one picture, found 3: nst stylize paints several", 2, "-o", "{name}.png", "town.png",
                   "--style", "paint.png")
        self.fails(USE, "nst: --frames: nst-mpi does not have it: nst stylize does", 2, "-o", "o.png", "--frames", "film")
        self.fails(USE, "nst: ranks: expected at most 4 for 150 rows, found 5", 5, "-o", "o.png")
        self.fails(INPUT, "nst: color luma: one rank can do that, found 2 ranks", 2, "-o", "o.png", "--color", "luma")

    def test_a_rank_that_fails_alone_ends_the_job(self):
        first = self.command(1, "-o", "o.png")
        second = [word.replace("tall.png", "none.png") for word in first[first.index("-n"):]]
        told = subprocess.run([*first, ":", *second], cwd=self.here, env=self.environment, timeout=HANGS, capture_output=True,
                              text=True)
        self.assertEqual(told.returncode, INPUT, told.stderr)
        self.assertIn("nst: rank 1: none.png: No such file or directory", told.stderr)

    def test_a_killed_rank_ends_the_job(self):
        process = self.start(2, 3, "--sizes", "150:100000", "-o", "o.png")
        told = self.kill_a_rank(process)
        self.assertRegex(told, "mpirun noticed that process rank [01] .* exited on signal 9")
        self.assertFalse((self.here / "o.png").exists())

    def test_sigusr1_stops_with_the_best_picture(self):
        process = self.start(2, 3, "--sizes", "150:100000", "-o", "o.png")
        process.send_signal(signal.SIGUSR1)
        told, _ = process.communicate(timeout=HANGS)
        self.assertIn("o.png: 60x150 in ", told)
        self.assertEqual(png_size(self.here / "o.png"), (60, 150))


class Checkpoints(Mpi):
    def check(self, *more):
        """Killed with 2 processes, at the second and at the last size; goes on with 3, with 2, and with one."""
        keep = ["--checkpoint", "run.checkpoint", "--every", "0.000001"]
        more = [*more, "--sizes", "40:3,75:8,150:12"]
        self.paint(2, "whole.ppm", "--png-depth", "16", *more)
        for evaluations in 6, 13:
            process = self.start(2, evaluations, "-o", "out.ppm", "--png-depth", "16", *keep, *more)
            self.kill_a_rank(process)
            self.assertFalse((self.here / "out.ppm").exists())
            shutil.copy(self.here / "run.checkpoint", self.here / "kept")
            for ranks in 3, 2, 0:
                shutil.copy(self.here / "kept", self.here / "run.checkpoint")
                arguments = ["--png-depth", "16", *keep, "--resume", "run.checkpoint", *more]
                self.paint(ranks, "out.ppm", *arguments) if ranks else self.alone("out.ppm", *arguments)
                self.check_close("out.ppm", "whole.ppm", 1000)
                self.assertFalse((self.here / "run.checkpoint").exists())
            self.assertEqual(self.paint(2, "again.ppm", "--png-depth", "16", "--resume", "kept", *more).returncode, DONE)
            self.assertEqual(pixels(self.here / "again.ppm"), pixels(self.here / "whole.ppm"))
            (self.here / "out.ppm").unlink()

    def test_lbfgs(self):
        self.check()

    def test_adam(self):
        self.check("--optimizer", "adam")

    def test_a_picture_is_no_checkpoint(self):
        told = self.mpi(2, "-o", "o.png", "--resume", "paint.png")
        self.assertEqual(told.returncode, USE)
        self.assertIn("paint.png: nst-mpi goes on from a checkpoint", told.stderr)


if __name__ == "__main__":
    unittest.main()
