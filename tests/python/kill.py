"""Runs of nst stylize that are killed at random moments and go on, to be compared with runs that were left alone."""
import random
import signal
import subprocess
import time



class Killer:
    """START(arguments) starts the program, without waiting for it. BASE: what is painted; its result is OUT."""

    def __init__(self, start, here, base, out="out.png", seed=1):
        self.start, self.here, self.base, self.out = start, here, base, out
        self.random = random.Random(seed)
        self.kills = 0

    def paint(self, *more):
        process = self.start([*self.base, "-o", self.out, "-q", *more])
        return process, process.communicate

    def whole(self):
        """The bytes of a run that is left alone, and its seconds."""
        begun = time.monotonic()
        process, wait = self.paint()
        told = wait()
        assert process.returncode == 0, told
        return (self.here / self.out).read_bytes(), time.monotonic() - begun

    def killed(self, moments, seconds):
        """A run that is killed MOMENTS times, each at a random moment of the next SECONDS, and then left alone."""
        (self.here / self.out).unlink()
        keep = ["--checkpoint", "run.checkpoint", "--resume", "run.checkpoint", "--every", "0.000001"]
        for _ in range(moments):
            process, wait = self.paint(*keep)
            try:
                told = wait(timeout=self.random.random() * seconds)
                assert process.returncode == 0, told
                return (self.here / self.out).read_bytes()
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                wait()
                self.kills += 1
        process, wait = self.paint(*keep)
        told = wait()
        assert process.returncode == 0, told
        return (self.here / self.out).read_bytes()
