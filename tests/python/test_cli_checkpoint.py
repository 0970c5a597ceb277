"""nst stylize --checkpoint: runs that are killed, stopped or refused, and what is left of them."""
import pathlib
import resource
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from kill import Killer  # noqa: E402
from program import DONE, HANGS, INPUT, LAYERS, PROGRAM, STOPPED, SYSTEM, USE, Program, png  # noqa: E402

KEEP = ["--checkpoint", "run.checkpoint"]
OFTEN = [*KEEP, "--every", "0.000001"]


class Checkpoints(Program):
    def setUp(self):
        super().setUp()
        self.sizes = ["--size", "64", "--sizes", "16:12,32:12,64:12", *LAYERS]

    def command(self, *more, style="paint.png"):
        return ["stylize", "town.png", style, "-m", "./small.safetensors", *self.sizes, *more]

    def start(self, arguments):
        return subprocess.Popen([PROGRAM, *arguments], cwd=self.here, env=self.environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def paint(self, *more, **options):
        return self.run_nst(*self.command("-o", "out.png", *more), **options)

    def interrupt(self, *more, evaluations=14, number=signal.SIGINT):
        """A run that gets a signal after so many evaluations: exit code and what it told."""
        process = subprocess.Popen([PROGRAM, *self.command("-o", "out.png", "--log", "/dev/stdout", *more)],
                                   cwd=self.here, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(evaluations):
            process.stdout.readline()
        process.send_signal(number)
        _, told = process.communicate(timeout=HANGS)
        return process.returncode, told.decode()


class Kills(Checkpoints):
    def check(self, *more, moments=4):
        killer = Killer(self.start, self.here, self.command(*more))
        whole, seconds = killer.whole()
        self.assertEqual(killer.killed(moments, seconds / 2), whole)
        self.assertNotIn("run.checkpoint", self.files())
        self.assertEqual([name for name in self.files() if name.startswith(".nst")], [])

    def test_lbfgs(self):
        self.check()

    def test_adam(self):
        self.check("--optimizer", "adam")

    def test_masks_on_other_numbers_of_threads(self):
        (self.here / "left.png").write_bytes(png(40, 30, 60))
        self.check("--content-map", "left.png", "--color", "luma", "--threads", "2")


class Stops(Checkpoints):
    def test_ctrl_c_leaves_one_and_the_picture_so_far(self):
        self.assertEqual(self.paint("-q").returncode, DONE)
        whole = (self.here / "out.png").read_bytes()
        code, told = self.interrupt(*KEEP)
        self.assertEqual(code, STOPPED, told)
        self.assertIn("run.checkpoint: checkpoints of at most ", told)
        self.assertIn("run.checkpoint: --resume run.checkpoint goes on with this run", told)
        self.assertNotEqual((self.here / "out.png").read_bytes(), whole)
        self.assertEqual(self.paint("-q", "--resume", "run.checkpoint").returncode, DONE)
        self.assertEqual((self.here / "out.png").read_bytes(), whole)
        self.assertIn("run.checkpoint", self.files())  # without --checkpoint it is only read

    def test_a_run_from_a_picture_goes_on_without_it(self):
        (self.here / "from.png").write_bytes(png(64, 48, 30))
        self.sizes += ["--sizes", "64:20"]
        self.assertEqual(self.paint("-q", "--resume", "from.png").returncode, DONE)
        whole = (self.here / "out.png").read_bytes()
        self.assertEqual(self.interrupt(*KEEP, "--resume", "from.png", evaluations=5)[0], STOPPED)
        self.assertEqual(self.paint("-q", "--resume", "run.checkpoint").returncode, DONE)
        self.assertEqual((self.here / "out.png").read_bytes(), whole)

    def test_log_goes_on_counting(self):
        self.assertEqual(self.interrupt(*KEEP)[0], STOPPED)
        result = self.paint("-q", "--resume", "run.checkpoint", "--log", "/dev/stdout")
        numbers = [int(line.split('"evaluation": ')[1].split(",")[0]) for line in result.stdout.splitlines()]
        self.assertGreater(numbers[0], 10)
        self.assertEqual(numbers, list(range(numbers[0], 37)))


class Refused(Checkpoints):
    def test_the_checkpoint_of_another_run_is_not_replaced(self):
        self.assertEqual(self.interrupt(*KEEP)[0], STOPPED)
        before = (self.here / "run.checkpoint").read_bytes()
        self.fails(self.paint(*KEEP), USE, "run.checkpoint: there is one already: --resume run.checkpoint", "--force")
        self.assertEqual((self.here / "run.checkpoint").read_bytes(), before)
        self.assertEqual(self.paint(*KEEP, "--force", "-q").returncode, DONE)
        self.assertNotIn("run.checkpoint", self.files())

    def test_what_differs_is_listed(self):
        self.assertEqual(self.interrupt(*KEEP)[0], STOPPED)
        result = self.paint("-q", "--resume", "run.checkpoint", "--style-weight", "2", "--padding", "zero")
        self.fails(result, USE, "other inputs or settings: style-weight: then 1, now 2; padding: then ", ", now zero")
        (self.here / "other.png").write_bytes(png(36, 44, 91))
        result = self.run_nst(*self.command("-o", "out.png", "-q", "--resume", "run.checkpoint", style="other.png"))
        self.fails(result, USE, "style 1: then 36x44 ")

    def test_bad_files_and_words(self):
        self.assertEqual(self.interrupt(*KEEP)[0], STOPPED)
        whole = (self.here / "run.checkpoint").read_bytes()
        (self.here / "cut.checkpoint").write_bytes(whole[:len(whole) // 2])
        self.fails(self.paint("-q", "--resume", "cut.checkpoint"), INPUT, "cut.checkpoint", "cut short")
        (self.here / "changed.checkpoint").write_bytes(whole[:-100] + b"!" + whole[-99:])
        self.fails(self.paint("-q", "--resume", "changed.checkpoint"), INPUT, "checksum is wrong")
        self.fails(self.paint("-q", "--checkpoint", "none/x"), SYSTEM, "none/x")
        self.fails(self.paint("-q", "--checkpoint", "/dev/null"), USE, "/dev/null", "a file on a disk")
        self.fails(self.paint("-q", "--every", "5"), USE, "--every", "--checkpoint")
        for text in ("0", "-1", "x", "nan", ""):
            self.fails(self.paint("-q", "--checkpoint", "new", "--every", text), USE, "--every", f"found '{text}'")
        self.fails(self.paint("-q", "--resume", "none.checkpoint"), INPUT, "--resume", "none.checkpoint")
        self.fails(self.paint("-q", "--checkpoint", "out.png", "--force"), USE, "out.png", "twice")

    def test_a_full_disk_does_not_end_the_run(self):
        whole = self.paint("-q")
        self.assertEqual(whole.returncode, DONE)
        picture = (self.here / "out.png").read_bytes()
        self.assertEqual(self.interrupt(*KEEP)[0], STOPPED)
        before = (self.here / "run.checkpoint").read_bytes()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000))

        result = self.paint("-q", *OFTEN, "--resume", "run.checkpoint", preexec_fn=limit)
        self.assertEqual(result.returncode, SYSTEM)
        self.assertIn("run.checkpoint: cannot be written: File too large; the run goes on, the checkpoint of before",
                      result.stderr)
        self.assertEqual((self.here / "out.png").read_bytes(), picture)
        (self.here / "run.checkpoint").write_bytes(before)
        self.assertEqual(self.paint("-q", "--resume", "run.checkpoint").returncode, DONE)
        self.assertEqual((self.here / "out.png").read_bytes(), picture)


if __name__ == "__main__":
    unittest.main()
